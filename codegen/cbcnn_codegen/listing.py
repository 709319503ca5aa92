"""Options for the name of a target or a board, and `list`, which shows all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cbcnn_inputs.command_line import print_json

if TYPE_CHECKING:
    from rich.console import Console

Command = TypeVar("Command", bound=Callable[..., Any])
Listed = Sequence[Mapping[str, Any]]

LIST: Final = "list"

json_option: Final = click.option(
    "--json",
    "as_json",
    is_flag=True,
    is_eager=True,  # `list` is answered where its option is read, and asks for this one
    help="Print one JSON object.",
)


def target_option(text: str) -> Callable[[Command], Command]:
    """`--target NAME`; `text` says what it is for."""

    def answer(context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
        if name == LIST:
            _answer(context, "targets", list_targets(), print_targets)
        return name

    help_text = f"{text} `list` shows the names."
    return click.option("--target", metavar="NAME", callback=answer, help=help_text)


def board_option(text: str, **options: Any) -> Callable[[Command], Command]:
    """`--board NAME`, as the argument `board_name`; other options go to click."""

    def answer(context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
        if name == LIST:
            _answer(context, "boards", list_boards(), print_boards)
        return name

    help_text = f"{text} `list` shows the names; a FILE.toml describes a board of yours."
    return click.option(
        "--board", "board_name", metavar="NAME", callback=answer, help=help_text, **options
    )


def _answer(
    context: click.Context, what: str, rows: Listed, show: Callable[[Console, Listed], None]
) -> None:
    """Print all names and end the command."""
    from cbcnn_inputs.terminal import open_console

    if context.params.get("as_json"):
        print_json({what: rows})
    else:
        show(open_console(), rows)
    context.exit()


def list_targets() -> Listed:
    """The objects that `--target list --json` prints."""
    from cbcnn_codegen.targets import TARGETS

    return [
        {
            "name": target.name,
            "title": target.title,
            "compiler": " ".join((*target.compiler, *target.flags)),
            "word_bits": target.word_bits,
            "flash_bytes": target.flash_bytes,
            "ram_bytes": target.ram_bytes,
        }
        for target in TARGETS
    ]


def print_targets(console: Console, targets: Listed) -> None:
    """For people."""
    from cbcnn_inputs.terminal import Cells, Column, print_table

    columns = [
        Column("target", "whole"),
        Column("processor", "text"),
        *map(Column, ("word bits", "flash", "RAM")),
        Column("compiler", "text"),
    ]
    rows = [
        Cells(
            [
                target["name"],
                target["title"],
                str(target["word_bits"]),
                _kilobytes(target["flash_bytes"]),
                _kilobytes(target["ram_bytes"]),
                target["compiler"],
            ]
        )
        for target in targets
    ]
    print_table(console, columns, rows)


def list_boards() -> Listed:
    """The objects that `--board list --json` prints."""
    from cbcnn_codegen.boards import known_boards

    return [
        {
            "name": board.name,
            "title": board.title,
            "mcu": board.mcu,
            "target": board.target,
            "flash_bytes": board.flash_bytes,
            "ram_bytes": board.ram_bytes,
            "clock_hz": board.clock.hz,
            "flash_methods": [*board.flashing.methods, "gdb"],
            "emulated": board.emulator is not None,
            "proof": board.proof,
        }
        for board in known_boards()
    ]


def print_boards(console: Console, boards: Listed) -> None:
    """For people."""
    from cbcnn_inputs.terminal import Cells, Column, print_table

    columns = [
        Column("board", "whole"),
        Column("title", "text"),
        Column("core", "whole"),
        *map(Column, ("flash", "RAM")),
        Column("firmware", "text"),
    ]
    rows = [
        Cells(
            [
                board["name"],
                board["title"],
                board["target"],
                _kilobytes(board["flash_bytes"]),
                _kilobytes(board["ram_bytes"]),
                "was run, emulated" if board["proof"] == "emulated" else "was built",
            ]
        )
        for board in boards
    ]
    print_table(console, columns, rows)


def _kilobytes(octets: int | None) -> str:
    return "any" if octets is None else f"{octets // 1024:,}K"
