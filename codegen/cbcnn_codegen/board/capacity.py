"""Tell before anything is built whether a model with its firmware fits a board."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.boards import Board, known_boards
from cbcnn_codegen.errors import DoesNotFitError, UsageError
from cbcnn_codegen.memory import Footprint
from cbcnn_codegen.targets import FirmwareCore, find_target
from cbcnn_codegen.verify.project import Project

UNKNOWN_STACK_BYTES: Final = 1024
"""Assumed for a model whose stack was not measured."""

_FRAMING_BYTES: Final = 12


def firmware_core(board: Board) -> FirmwareCore:
    """What firmware knows about the board's core."""
    core = find_target(board.target).firmware
    assert core is not None, "load_board has seen to it"
    return core


def has_image_in_arena(project: Project, board: Board) -> bool:
    """Whether the image lies where the network works: the board asks and the code allows it."""
    return board.link.image_in_arena and project.image_in_arena is not None


def stack_reserve(project: Project, board: Board) -> int:
    """Bytes of stack: the model's worst case and the firmware's, in multiples of 8."""
    model = project.ram_bytes.stack or UNKNOWN_STACK_BYTES
    return int(-(-(model + firmware_core(board).stack_bytes) // 8) * 8)


def estimate_need(project: Project, board: Board, golden_images: int) -> Footprint:
    """Flash and RAM for a board; the linker never needs more."""
    scores = project.scores.count * project.score_dtype.itemsize
    core, link = firmware_core(board), board.link
    line = link.buffers * link.payload_bytes + _FRAMING_BYTES + link.ring_bytes
    network = project.ram_bytes.arena + project.input.bytes
    if has_image_in_arena(project, board):
        assert project.image_in_arena is not None, "it has one"
        network = project.image_in_arena.arena_bytes
    variables = project.ram_bytes.static + network + scores
    code = core.flash_bytes_for.get(project.options.optimize, core.flash_bytes)
    boot = 0 if board.boot is None else board.boot.size
    return Footprint(
        project.flash_bytes.total + boot + code + golden_images * (project.input.bytes + 12),
        variables + line + core.ram_bytes + stack_reserve(project, board),
    )


def demand_classes(project: Project) -> None:
    """Raise unless the code answers with a class, which is what the link serves.

    Raises:
        UsageError: it puts out a map, or several values.
    """
    if project.has_classes:
        return
    names = ", ".join(f"{output.layer!r}" for output in project.outputs)
    raise UsageError(
        "firmware for a board serves networks that answer with a class",
        found=f"a network that puts out {names}: a map, or several outputs",
        allowed="one output, a vector of scores",
        suggestion=f"--target {project.target} in place of --board, and {project.prefix}_run in a "
        "program of yours; cbcnn-verify --emulate runs it on an emulated processor",
    )


def golden_room(project: Project, board: Board, most: int) -> int:
    """How many golden images there is room for, up to `most`; 0 also where nothing fits."""
    counts = range(most, 0, -1)
    return next((n for n in counts if not estimate_need(project, board, n).exceeds(board)), 0)


def demand_room(project: Project, board: Board, golden_images: int) -> None:
    """Raise unless it fits.

    Raises:
        DoesNotFitError: with what is needed, what there is, and which boards have it.
    """
    need = estimate_need(project, board, golden_images)
    lacking = need.exceeds(board)
    if not lacking:
        return
    others = [
        other.name
        for other in known_boards()
        if not estimate_need(project, other, golden_images).exceeds(other)
    ]
    raise DoesNotFitError(
        f"{project.name} does not fit {board.title}: {' and '.join(lacking)}",
        found=f"{need.flash_bytes:,} bytes of flash, {need.ram_bytes:,} bytes of RAM, firmware and "
        f"{golden_images} golden images included",
        allowed=f"{board.flash_bytes:,} bytes of flash, {board.ram_bytes:,} bytes of RAM",
        suggestion=f"a board that has it: {', '.join(others)}"
        if others
        else "fewer filters or units: no known board has as much",
    )
