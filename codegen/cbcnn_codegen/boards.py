"""Boards whose memory is known: one file each in `firmware_templates/boards/`."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import Any

from cbcnn_codegen.locate_firmware import firmware_path

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


@dataclass(frozen=True)
class Board:
    """A board, or a chip alone.

    Attributes:
        name: of its file.
        title: in words.
        target: that code for it is generated for.
        flash_bytes, ram_bytes: RAM is the largest block of consecutive addresses that every
            instruction can use.
    """

    name: str
    title: str
    target: str
    flash_bytes: int
    ram_bytes: int


def known_boards() -> tuple[Board, ...]:
    """All boards, by name."""
    paths = sorted(firmware_path("boards").glob("*.toml"), key=lambda path: path.name)
    boards = []
    for path in paths:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        memory = data["memory"]
        boards.append(
            Board(path.stem, data["title"], data["target"], memory["flash"], memory["ram"])
        )
    return tuple(boards)
