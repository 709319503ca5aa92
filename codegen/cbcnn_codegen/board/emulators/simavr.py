"""Runs AVR boards in simavr, cycle by cycle."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cbcnn_codegen.board.emulators.emulator import BoardEmulator
from cbcnn_codegen.board.emulators.simulator import SimulatedBoard
from cbcnn_codegen.board_values import Board
from cbcnn_codegen.targets import SimulatedChip
from cbcnn_codegen.verify.chip import build_chip, chip_command


def _prepare(board: Board, firmware: Path, folder: Path) -> list[str]:
    """A chip with the board's memory and no byte more."""
    assert board.emulator is not None, "emulator_of has seen to it"
    last_ram = (board.ram_origin & 0xFFFF) + board.ram_bytes - 1
    last_flash = (1 << (board.flash_bytes - 1).bit_length()) - 1
    chip = SimulatedChip(board.emulator.machine, board.clock.hz, last_flash, last_ram)
    return chip_command(build_chip(folder), chip, firmware)


def _start(board: Board, firmware: Path | None) -> SimulatedBoard:
    return SimulatedBoard(board, firmware, _prepare)


EMULATOR: Final = BoardEmulator("simavr", "cycles", _start)
