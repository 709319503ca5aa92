"""Runs boards with an RP2040 in rp2040js, a program for Node.js.

Its package has no boot ROM: `firmware_templates/rp2040js/chip.mjs` does what that does, from a UF2
file as `cbcnn-board flash` writes it, with the checksum of the boot block.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cbcnn_codegen.board.emulators.emulator import BoardEmulator
from cbcnn_codegen.board.emulators.simulator import SimulatedBoard
from cbcnn_codegen.board.flash.contents import read_contents
from cbcnn_codegen.board.flash.uf2 import FILE, drive_of, encode_uf2
from cbcnn_codegen.board_values import Board
from cbcnn_codegen.errors import MissingToolError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.tools import find_tool

_PACKAGE: Final = "rp2040js"


def _prepare(board: Board, firmware: Path, folder: Path) -> list[str]:
    node = find_tool("node", "nodejs npm")
    home = firmware_path(_PACKAGE)
    if not (home / "node_modules" / _PACKAGE).is_dir():
        raise MissingToolError(
            f"{_PACKAGE} is not installed",
            found=f"no {home / 'node_modules' / _PACKAGE}",
            suggestion=f"npm ci --prefix {home}",
        )
    path = folder / FILE
    path.write_bytes(encode_uf2(read_contents(firmware), drive_of(board).family))
    return [node, str(home / "chip.mjs"), str(path), str(board.uart.baud)]


def _start(board: Board, firmware: Path | None) -> SimulatedBoard:
    return SimulatedBoard(board, firmware, _prepare)


EMULATOR: Final = BoardEmulator("rp2040js", "cycles", _start, keeps_time=False)
