"""Tell before anything is built whether a model with its firmware fits a board."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.boards import Board, known_boards
from cbcnn_codegen.errors import DoesNotFitError
from cbcnn_codegen.memory import Footprint
from cbcnn_codegen.verify.project import Project

FIRMWARE_FLASH_BYTES: Final = 8704
"""Code of the firmware around the model, rounded up; a test holds it against what is linked."""

FIRMWARE_STACK_BYTES: Final = 640
"""Its functions between main and the model, and one interrupt on top; a test measures it."""

FIRMWARE_RAM_BYTES: Final = 1024
"""Its variables: receive buffer, fault stack and state; `estimate_need` adds the packets."""

UNKNOWN_STACK_BYTES: Final = 1024
"""Assumed for a model whose stack was not measured."""

_SMALL_RAM_BYTES: Final = 16384
_SMALLEST_PAYLOAD, _LARGEST_PAYLOAD = 256, 1024
_FRAMING_BYTES: Final = 12


def max_payload(board: Board) -> int:
    """Longest payload of a packet. RAM holds two of them, so small boards take short ones."""
    return _SMALLEST_PAYLOAD if board.ram_bytes < _SMALL_RAM_BYTES else _LARGEST_PAYLOAD


def stack_reserve(project: Project) -> int:
    """Bytes of stack: the model's worst case and the firmware's, in multiples of 8."""
    model = project.ram_bytes.stack or UNKNOWN_STACK_BYTES
    return int(-(-(model + FIRMWARE_STACK_BYTES) // 8) * 8)


def estimate_need(project: Project, board: Board, golden_images: int) -> Footprint:
    """Flash and RAM for a board; the linker never needs more."""
    scores = project.scores.count * project.score_dtype.itemsize
    packets = 2 * max_payload(board) + _FRAMING_BYTES
    variables = project.ram_bytes.arena + project.input.bytes + scores
    return Footprint(
        project.flash_bytes.total
        + FIRMWARE_FLASH_BYTES
        + golden_images * (project.input.bytes + 12),
        variables + packets + FIRMWARE_RAM_BYTES + stack_reserve(project),
    )


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
