"""Runs boards with a CH32V003 in Unicorn's RISC-V core; `unicorn_chip` makes a chip of that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from cbcnn_codegen.board.emulators import unicorn_chip
from cbcnn_codegen.board.emulators.emulator import BoardEmulator
from cbcnn_codegen.board.emulators.simulator import SimulatedBoard
from cbcnn_codegen.board_values import Board
from cbcnn_codegen.tools import load_package

_PROGRAM: Final = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    f"from {unicorn_chip.__name__} import main; main(*sys.argv[1:])"
)
"""Imports nothing from the folder that somebody happens to be in, which Python would do first."""


def _prepare(board: Board, firmware: Path, folder: Path) -> list[str]:
    load_package("unicorn", "emulate a processor")
    return [sys.executable, "-c", _PROGRAM, str(firmware.resolve()), str(board.uart.baud)]


def _start(board: Board, firmware: Path | None) -> SimulatedBoard:
    return SimulatedBoard(board, firmware, _prepare)


EMULATOR: Final = BoardEmulator("Unicorn", "instructions", _start)
