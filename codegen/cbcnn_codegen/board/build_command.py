"""The verb `build` of `cbcnn-board`, and the part of `cbcnn-codegen --board` beside the code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cbcnn_codegen.board.options import required_board
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.listing import json_option
from cbcnn_inputs.command_line import print_json
from cbcnn_inputs.idle_options import Requirement, given_options, refuse_idle

if TYPE_CHECKING:
    from cbcnn_codegen.board.build import Firmware
    from cbcnn_codegen.board.golden import Golden
    from cbcnn_codegen.generation import Generated
    from cbcnn_codegen.verify.project import Project

_PATH = click.Path(path_type=Path)
_GOLDEN_IMAGES = 4


@click.command("build")
@click.argument("directory", metavar="DIR", type=_PATH)
@required_board
@click.option("--model", type=_PATH, help="Model file; puts golden images into the firmware.")
@click.option("--golden", type=_PATH, help="Images for that; else they are drawn at random.")
@click.option(
    "--golden-count", default=_GOLDEN_IMAGES, show_default=True, help="Number of golden images."
)
@click.option(
    "--main",
    type=_PATH,
    multiple=True,
    help="Your program, a C file or a folder, instead of the one that serves the link.",
)
@click.option("--provoke", is_flag=True, hidden=True, help="Faults on demand, for tests.")
@click.option("--force", is_flag=True, help="Overwrite files that were edited.")
@json_option
def build(
    directory: Path,
    board_name: str,
    model: Path | None,
    golden: Path | None,
    golden_count: int,
    main: tuple[Path, ...],
    provoke: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Build firmware for a board around the generated code in DIR, into DIR/BOARD."""
    from cbcnn_codegen.board.build import build_firmware
    from cbcnn_codegen.board.firmware import FirmwareOptions
    from cbcnn_codegen.boards import find_board
    from cbcnn_codegen.verify.project import read_project

    asked = ("--golden", "--golden-count")
    refuse_idle(
        given_options(click.get_current_context()),
        [
            Requirement(option, model is not None, "--model, which says what to expect")
            for option in asked
        ],
    )
    board = find_board(board_name)
    images = _golden(read_project(directory), model, golden, golden_count)
    options = FirmwareOptions(golden=images, main=_program(main), provokes=provoke)
    firmware = build_firmware(directory, board, options, force=force)
    if as_json:
        print_json(firmware.summary())
    else:
        _print_firmware(firmware)


def _program(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files; a folder stands for the C files and headers in it."""
    files: list[Path] = []
    for path in paths:
        inside = sorted(file for file in path.glob("*") if file.suffix in (".c", ".h"))
        if path.is_dir() and not inside:
            raise UsageError(f"there are no C files in {path}", allowed="*.c and *.h")
        files += inside if path.is_dir() else [path]
    return tuple(files)


def _golden(
    project: Project, model: Path | None, data: Path | None, count: int
) -> tuple[Golden, ...]:
    if model is None:
        return ()
    from cbcnn_codegen.board.golden import make_golden

    return make_golden(project, model, data, count)


def _print_firmware(firmware: Firmware) -> None:
    board = firmware.board
    proof = "run on the emulated board" if board.proof == "emulated" else "only ever built"
    click.echo(f"firmware for {board.title} ({board.mcu}), {proof}")
    click.echo(f"  flash  {firmware.flash_bytes:>9,} of {board.flash_bytes:,} bytes")
    click.echo(
        f"  RAM    {firmware.ram_bytes:>9,} of {board.ram_bytes:,} bytes, "
        f"{firmware.stack_bytes:,} of them stack"
    )
    for path in (firmware.elf, firmware.binary, firmware.hex, firmware.uf2):
        if path is not None:
            click.echo(f"  {path}")


def write_for_board(
    generated: Generated, model: Path, name: str, folder: Path, *, force: bool
) -> Path:
    """Write, in one step, the generated code and a firmware project for a board in a folder of it.

    The firmware has as many drawn golden images as there is room for, up to two.

    Returns:
        The folder of the firmware project.

    Raises:
        DoesNotFitError: the board is too small; nothing is written.
        UsageError: the code is for another processor than the board's.
    """
    from cbcnn_codegen.board.build import find_stale, firmware_folder
    from cbcnn_codegen.board.capacity import demand_room, golden_room
    from cbcnn_codegen.board.firmware import FirmwareOptions, demand_target, emit_firmware
    from cbcnn_codegen.board.golden import make_golden
    from cbcnn_codegen.boards import find_board
    from cbcnn_codegen.emit import check_project, encode, file_names
    from cbcnn_codegen.verify.project import Project
    from cbcnn_inputs.together import replace_together

    board = find_board(name)
    project = Project.of(folder, generated.report)
    demand_target(project, board)
    golden = make_golden(project, model)
    golden = golden[: golden_room(project, board, len(golden))]
    demand_room(project, board, len(golden))
    firmware = emit_firmware(project, board, FirmwareOptions(golden=golden), generated.files)
    family = file_names(project.name)
    stale = check_project(folder, generated.files, family=family, force=force)
    stale += [f"{board.name}/{old}" for old in find_stale(project, board, firmware, force=force)]
    inner = {f"{board.name}/{name}": content for name, content in encode(firmware).items()}
    replace_together(folder, {**encode(generated.files), **inner}, stale)
    return firmware_folder(folder, board)
