"""Every option of every command says what it does."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from cbcnn_codegen import cli as codegen_cli
from cbcnn_codegen.board import cli as board_cli
from cbcnn_codegen.profile import cli as profile_cli
from cbcnn_codegen.verify import cli as verify_cli
from cbcnn_trainer import cli as trainer_cli
from cbcnn_trainer.search import cli as search_cli

ENTRIES: tuple[click.Command, ...] = (
    codegen_cli.command,
    verify_cli.command,
    profile_cli.command,
    board_cli.command,
    trainer_cli.command,
    search_cli.command,
)


def commands(entry: click.Command) -> Iterator[click.Command]:
    """A command and those below it."""
    yield entry
    if isinstance(entry, click.Group):
        for below in entry.commands.values():
            yield from commands(below)


ALL = [command for entry in ENTRIES for command in commands(entry)]


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_every_option_and_every_command_is_explained(command: click.Command) -> None:
    assert command.help
    options = [option for option in command.params if isinstance(option, click.Option)]
    silent = [option.name for option in options if not (option.help or "").strip()]
    assert not silent
    assert all(option.help.strip()[-1] in ".])" for option in options if option.help)
