"""Emulators of boards, one file each, by the names that data files of boards have for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cbcnn_codegen.board.emulators import qemu, rp2040js, simavr, unicorn
from cbcnn_codegen.board.emulators.emulator import BoardEmulator, EmulatedBoard
from cbcnn_codegen.boards import Board, Emulation, known_boards
from cbcnn_codegen.errors import UsageError

__all__ = ["EMULATORS", "BoardEmulator", "EmulatedBoard", "emulator_of"]

EMULATORS: Final[Mapping[Emulation, BoardEmulator]] = {
    "qemu": qemu.EMULATOR,
    "simavr": simavr.EMULATOR,
    "rp2040js": rp2040js.EMULATOR,
    "unicorn": unicorn.EMULATOR,
}


def emulator_of(board: Board) -> BoardEmulator:
    """What emulates a board.

    Raises:
        UsageError: there is none; the message lists the boards that have one.
    """
    if board.emulator is None:
        emulated = (other.name for other in known_boards() if other.emulator is not None)
        raise UsageError(
            f"nothing here emulates the {board.title}",
            allowed=f"emulated boards: {', '.join(emulated)}",
            suggestion="--port with the serial port of the real board",
        )
    return EMULATORS[board.emulator.program]
