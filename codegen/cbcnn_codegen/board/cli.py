"""The command `cbcnn-board`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from cbcnn_codegen.board import cli_talk, cli_watch
from cbcnn_codegen.board.build_command import build
from cbcnn_codegen.board.options import (
    PATH,
    baud_option,
    refuse_idle_options,
    required_board,
)
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.listing import json_option, list_boards, print_boards
from cbcnn_codegen.progress import show_progress
from cbcnn_inputs.command_line import print_json, run_command, version_option
from cbcnn_inputs.idle_options import Requirement
from cbcnn_inputs.installation import install_command


@click.group("cbcnn-board", context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def command() -> None:
    """Bring generated code onto a board, real or emulated; prove and measure it there.

    \b
    cbcnn-board list
    cbcnn-board build DIR --board NAME
    cbcnn-board run MODEL DIR --board NAME --port emulated --data PATH
    """  # noqa: D301 - click wants the character itself


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Show serial ports, debug probes and known boards."""
    from serial.tools import list_ports

    from cbcnn_codegen.board.flash.probe import list_probes
    from cbcnn_inputs.terminal import open_console

    found = sorted(list_ports.comports(), key=lambda port: str(port.device))
    ports = [
        {"port": port.device, "description": port.description, "hardware": port.hwid}
        for port in found
    ]
    probes, boards = list_probes(), list_boards()
    if as_json:
        print_json({"ports": ports, "probes": probes, "boards": boards})
        return
    if probes is None:
        probes = [f"unknown without pyOCD: {install_command('probe')}"]
    _print_section("serial ports", [f"{port['port']}  {port['description']}" for port in ports])
    _print_section("debug probes", probes)
    click.echo()
    print_boards(open_console(), boards)


def _print_section(title: str, lines: Sequence[str]) -> None:
    click.echo(click.style(title, bold=True))
    for line in lines or ["none"]:
        click.echo(f"  {line}")


@command.command()
@click.argument("folder", metavar="DIR", type=PATH)
@required_board
@click.option(
    "--method", metavar="M", help="pyocd, st-flash, openocd, gdb, bootloader, avrdude, uf2, wlink."
)
@click.option("--port", metavar="PORT", help="Serial port to a bootloader; or `emulated`.")
@baud_option
@click.option("--no-parity", is_flag=True, help="For a line to the bootloader that has none.")
@click.option("--gdb", metavar="HOST:PORT", help="A gdb server that is connected to the board.")
@click.option("--drive", type=PATH, help="Where the drive of a chip that takes UF2 is mounted.")
@click.option("--unprotect", is_flag=True, help="Remove protection; erases the chip if need be.")
@json_option
def flash(
    folder: Path,
    board_name: str,
    method: str | None,
    port: str | None,
    baud: int | None,
    no_parity: bool,
    gdb: str | None,
    drive: Path | None,
    unprotect: bool,
    as_json: bool,
) -> None:
    """Write the firmware in DIR to a board, read it back where that can be, and start it."""
    from cbcnn_codegen.board.connect import find_firmware
    from cbcnn_codegen.board.flash.methods import (
        OVER_A_PORT,
        FlashOptions,
        choose_method,
        flash_board,
        flash_emulated,
    )
    from cbcnn_codegen.board.port import BAUD, EMULATED
    from cbcnn_codegen.boards import find_board

    board = find_board(board_name)
    elf = find_firmware(folder, board)
    options = FlashOptions(method, port, baud or BAUD, not no_parity, gdb, unprotect, drive)
    is_emulated = port == EMULATED
    chosen = "emulated" if is_emulated else choose_method(board, options)
    uses_line = chosen == "bootloader"
    refuse_idle_options(
        port or "",
        Requirement("--port", is_emulated or chosen in OVER_A_PORT, " or ".join(OVER_A_PORT)),
        Requirement("--baud", uses_line, "the method bootloader"),
        Requirement("--no-parity", uses_line, "the method bootloader"),
        Requirement("--unprotect", uses_line, "the method bootloader"),
        Requirement("--gdb", chosen == "gdb", "the method gdb, on a real board"),
        Requirement("--drive", chosen == "uf2", "the method uf2"),
    )
    with show_progress() as progress:
        if is_emulated:
            flashed = flash_emulated(board, elf, method, progress)
        else:
            flashed = flash_board(board, elf, options, progress)
    if as_json:
        print_json(flashed.to_json())
        return
    end = "read back" if flashed.verified else "started, not read back,"
    click.echo(
        f"{flashed.written_bytes:,} bytes written to {board.title} by {flashed.method} and {end} "
        f"in {flashed.seconds:.1f} s"
    )


@command.command("monitor")
@click.option("--port", required=True, metavar="PORT", help="Any port that pyserial knows.")
@baud_option
@click.option("--seconds", type=click.FloatRange(min=0), metavar="S", help="Default: for ever.")
def monitor_command(port: str, baud: int | None, seconds: float | None) -> None:
    """Show what a board says, unasked: starts, faults, texts. Ctrl-C ends it."""
    from cbcnn_codegen.board.monitor import monitor
    from cbcnn_codegen.board.port import BAUD, open_port

    refuse_idle_options(port)
    line = open_port(port, baud or BAUD)
    try:
        monitor(line, port, click.echo, seconds)
    finally:
        line.close()


@command.command()
@click.argument("folder", metavar="[DIR]", type=PATH, required=False)
@required_board
@click.option("--blank", is_flag=True, help="Start without firmware, stopped: for `flash --gdb`.")
def emulate(folder: Path | None, board_name: str, blank: bool) -> None:
    """Keep an emulated board on until Ctrl-C, and say where its serial line and gdb port are.

    It runs the firmware in DIR, or is blank.
    """
    from cbcnn_codegen.board.connect import keep_emulated
    from cbcnn_codegen.boards import find_board

    if blank == (folder is not None):
        raise UsageError(
            "an emulated board runs firmware or is blank",
            found="DIR and --blank" if blank else "neither DIR nor --blank",
            allowed="cbcnn-board emulate DIR --board NAME, or --blank in place of DIR",
        )
    keep_emulated(find_board(board_name), folder, click.echo)


for subcommand in (
    *(build, cli_talk.run, cli_talk.classify, cli_talk.verify, cli_talk.bench),
    cli_watch.watch_command,
):
    command.add_command(subcommand)


def main() -> None:
    """Entry point of the command."""
    run_command(command)


if __name__ == "__main__":
    main()
