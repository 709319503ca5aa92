"""Options that several subcommands of `cbcnn-board` share, and their messages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cbcnn_codegen.board.port import has_rate
from cbcnn_codegen.listing import board_option
from cbcnn_inputs.idle_options import Requirement, given_options, refuse_idle

PATH: Final = click.Path(path_type=Path)
PORT_HELP: Final = (
    "Serial port of the board: /dev/ttyACM0, COM4, socket://HOST:PORT, rfc2217://HOST:PORT, or "
    "`emulated`, which starts the board in QEMU."
)

required_board: Final = board_option("The board.", required=True)
port_option: Final = click.option("--port", required=True, metavar="PORT", help=PORT_HELP)
baud_option: Final = click.option(
    "--baud",
    type=click.IntRange(min=300),
    help="Baud rate of the port. Default: that of the firmware.",
)
data_option: Final = click.option(
    "--data", type=PATH, required=True, help="Images: IDX folder, npz, or PNG folder."
)
skip_bad_option: Final = click.option(
    "--skip-bad", is_flag=True, help="Leave out pictures that cannot be read."
)
limit_option: Final = click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N images."
)


def refuse_idle_options(port: str, *others: Requirement) -> None:
    """Refuse options that would have no effect in the subcommand that runs.

    Args:
        port: that it opens.
        others: what options of its own require.

    Raises:
        UsageError: an option has no effect.
    """
    rate = Requirement("--baud", has_rate(port), "a port that runs at some rate")
    refuse_idle(given_options(click.get_current_context()), [rate, *others])


def say(text: str) -> None:
    """A line for people, on standard error."""
    click.echo(text, err=True)


def say_board(text: str) -> None:
    """Show a board's text for people."""
    say(f"board: {text}")
