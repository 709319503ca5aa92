"""Firmware on emulated boards, built once for each session."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cbcnn_codegen.board.build import build_firmware
from cbcnn_codegen.board.connect import find_firmware
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators.qemu import QemuBoard, machine_of
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.board.golden import make_golden
from cbcnn_codegen.board.link import Link, Patience
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.boards import find_board, known_boards
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.verify.project import Project
from support.commands import ROOT, SIGNS
from support.generated import generate_code, read_graphs
from support.tools import require_tool

MODELS = ROOT / "examples" / "models"
EMULATED = [
    board.name
    for board in known_boards()
    if board.emulator is not None and board.emulator.program == "qemu"
]
QUICK = Patience(answer=2.0, compute=10.0, notice=0.1, start=30.0)


def require_emulator() -> None:
    require_tool("qemu-system-arm", "qemu-system-arm")
    require_tool("gdb-multiarch", "gdb-multiarch")
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")


@cache
def firmware(board_name: str, model: str = SIGNS.name) -> Project:
    """Code of a shipped model with firmware for a board; measured, so that the stack is known."""
    require_emulator()
    board = find_board(board_name)
    folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-firmware-")) / model
    path = MODELS / model / "model.h5"
    project = generate_code(path, folder, board.target, measure=True, name="net", class_names=True)
    options = FirmwareOptions(golden=make_golden(project, path), provokes=True)
    build_firmware(folder, board, options)
    return project


@cache
def lowered(model: str = SIGNS.name) -> Graph:
    return read_graphs(MODELS / model / "model.h5")[1]


@contextlib.contextmanager
def running(
    board_name: str, patience: Patience = QUICK, model: str = SIGNS.name
) -> Iterator[tuple[QemuBoard, Device]]:
    """An emulated board with a shipped model, and a device on it."""
    board = find_board(board_name)
    elf = find_firmware(firmware(board_name, model).folder, board)
    with (
        QemuBoard.start(machine_of(board), elf) as emulated,
        contextlib.closing(Link(open_port(emulated.url), emulated.url, patience)) as link,
    ):
        emulated.wait_for_client()
        emulated.run()
        link.wait_for_hello()
        yield emulated, Device(link)
