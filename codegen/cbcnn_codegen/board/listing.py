"""The serial ports, debug probes and boards that there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from cbcnn_codegen.board.flash.probe import list_probes
from cbcnn_codegen.listing import list_boards, print_boards
from cbcnn_codegen.terminal import open_console
from cbcnn_inputs.installation import install_command


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
        "boards": list_boards(),
    }


def print_listing(listing: dict[str, Any]) -> None:
    """For people."""
    ports = [f"{port['port']}  {port['description']}" for port in listing["ports"]]
    probes = listing["probes"]
    if probes is None:
        probes = [f"unknown without pyOCD: {install_command('probe')}"]
    _print_section("serial ports", ports)
    _print_section("debug probes", probes)
    click.echo()
    print_boards(open_console(), listing["boards"])


def _print_section(title: str, lines: Sequence[str]) -> None:
    click.echo(click.style(title, bold=True))
    for line in lines or ["none"]:
        click.echo(f"  {line}")
