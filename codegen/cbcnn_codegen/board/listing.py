"""The serial ports, debug probes and boards that there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from cbcnn_codegen.board.flash.probe import list_probes
from cbcnn_codegen.boards import Board, known_boards


def list_everything() -> dict[str, Any]:
    """The object that `cbcnn-board list --json` prints."""
    from serial.tools import list_ports

    return {
        "ports": [
            {
                "port": port.device,
                "description": port.description,
                "hardware": port.hwid,
            }
            for port in sorted(list_ports.comports(), key=lambda port: str(port.device))
        ],
        "probes": list_probes(),
        "boards": [_board_to_json(board) for board in known_boards()],
    }


def _board_to_json(board: Board) -> dict[str, Any]:
    return {
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


def print_listing(listing: dict[str, Any]) -> None:
    """For people."""
    ports = [f"{port['port']}  {port['description']}" for port in listing["ports"]]
    probes = listing["probes"]
    if probes is None:
        probes = ["unknown without pyOCD: pip install 'cbcnn[probe]'"]
    rows = [
        (
            board["name"],
            board["title"],
            board["target"],
            f"{board['flash_bytes'] // 1024:,}K",
            f"{board['ram_bytes'] // 1024:,}K",
            "run, emulated" if board["proof"] == "emulated" else "built",
        )
        for board in listing["boards"]
    ]
    titles = ("board", "title", "core", "flash", "RAM", "its firmware was")
    _print_section("serial ports", ports)
    _print_section("debug probes", probes)
    _print_section("boards", _align([titles, *rows], right=(3, 4)))


def _print_section(title: str, lines: Sequence[str]) -> None:
    click.echo(click.style(title, bold=True))
    for line in lines or ["none"]:
        click.echo(f"  {line}")


def _align(rows: Sequence[tuple[str, ...]], right: tuple[int, ...]) -> list[str]:
    """Rows as lines, with columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.rjust(width) if index in right else text.ljust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
