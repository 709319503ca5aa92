"""The command `cbcnn`: all commands under one name, and completion for shells.

A part is imported when it is asked for: `cbcnn codegen` does without TensorFlow.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

import click
from click.shell_completion import get_completion_class

from cbcnn_inputs.command_line import completion_variable, run_command, version_option

PARTS: Final = {
    "train": "cbcnn_trainer.cli",
    "search": "cbcnn_trainer.search.cli",
    "codegen": "cbcnn_codegen.cli",
    "verify": "cbcnn_codegen.verify.cli",
    "profile": "cbcnn_codegen.profile.cli",
    "board": "cbcnn_codegen.board.cli",
}
"""Module of each part's command; each is also a program of its own, `cbcnn-train` and so on."""

SHELLS: Final = ("bash", "zsh", "fish")


class Umbrella(click.Group):
    """A group whose members are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all members."""
        return [*PARTS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One member, or None."""
        if cmd_name not in PARTS:
            return super().get_command(ctx, cmd_name)
        member: click.Command = importlib.import_module(PARTS[cmd_name]).command
        return member


@click.group("cbcnn", cls=Umbrella, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def command() -> None:
    """Take a binarized CNN to a microcontroller, bit for bit."""


@command.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes a shell complete all commands: source it, or put it where your shell looks.

    bash: `source <(cbcnn completion bash)` in ~/.bashrc; fish: `cbcnn completion fish | source`.
    """
    maker = get_completion_class(shell)
    assert maker is not None, "one of SHELLS"
    for name in ("cbcnn", *(f"cbcnn-{part}" for part in PARTS)):
        click.echo(maker(command, {}, name, completion_variable(name)).source())


def main() -> None:
    """Entry point of the command: a part's own entry point where one is named."""
    words = sys.argv[1:]
    if words and words[0] in PARTS:
        sys.argv = [f"cbcnn {words[0]}", *words[1:]]
        part: Any = importlib.import_module(PARTS[words[0]])
        part.main()
    run_command(command)


if __name__ == "__main__":
    main()
