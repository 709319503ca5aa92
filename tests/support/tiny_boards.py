"""A network that takes no time in an emulator, firmware with it, and the proof that it is right."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from cbcnn_codegen.board.build import Firmware, build_firmware
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators import emulator_of
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.board.golden import make_golden
from cbcnn_codegen.board.link import Link
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.board.prove import Prover
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.verify.data import Samples, prepare_samples
from cbcnn_codegen.verify.project import Project
from support import small_layers
from support.emulated_boards import QUICK
from support.generated import generate_code, read_graphs
from support.keras_files import write_h5


@cache
def tiny_model() -> Path:
    """Signs of three layers, for 12x10 pixels: a run takes no time in any emulator."""
    layers = [
        small_layers.image(12, 10, 1),
        small_layers.conv(channels=1),
        small_layers.norm(3),
        small_layers.conv("second", channels=3, input_quantizer="ste_sign"),
        small_layers.norm(3, "second_norm"),
        small_layers.flatten(),
        small_layers.dense(8 * 6 * 3, units=4),
    ]
    return write_h5(Path(tempfile.mkdtemp(prefix="cbcnn-test-tiny-")) / "model.h5", layers)


@cache
def build(board_name: str, model: Path, golden: int = 1) -> tuple[Project, Firmware]:
    """Code and firmware; in mode ram on boards that ask for it."""
    board = find_board(board_name)
    folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-board-"))
    mode: Optimize = "ram" if board.link.image_in_arena else "balanced"
    project = generate_code(model, folder, board.target, optimize=mode, measure=True, name="net")
    options = FirmwareOptions(golden=make_golden(project, model, count=golden))
    return project, build_firmware(folder, board, options)


@contextlib.contextmanager
def running(board_name: str, model: Path, golden: int = 1) -> Iterator[Device]:
    board = find_board(board_name)
    _, firmware = build(board_name, model, golden)
    with (
        emulator_of(board).start(board, firmware.elf) as emulated,
        contextlib.closing(Link(open_port(emulated.url), emulated.url, QUICK)) as link,
    ):
        emulated.wait_for_client()
        emulated.run()
        link.wait_for_hello()
        yield Device(link)


def tiny_samples(count: int) -> Samples:
    graph = read_graphs(tiny_model())[1]
    images = np.random.default_rng(3).integers(0, 256, (count, 12, 10, 1), np.uint8)
    return prepare_samples(graph, images, None, "noise")


def prove(board_name: str, model: Path, samples: Samples, trace: int) -> Device:
    """No bit differs, and the stack stays within what was computed and reserved."""
    project, firmware = build(board_name, model)
    with running(board_name, model) as device:
        test = device.self_test()
        assert (test.run, test.passed) == (1, 1)
        proof = Prover(device, project, read_graphs(model)[1], None, trace).run(samples)
    assert proof.comparison.first is None, proof.comparison.first
    assert proof.comparison.mismatched_bits == 0 < proof.comparison.bits
    assert (proof.traced, len(proof.answers)) == (trace, len(samples))
    assert proof.damaged_frames == 0
    assert proof.stack is not None
    assert 0 < proof.stack.model <= device.info.stack_bound
    assert proof.stack.model < proof.stack.deepest <= firmware.stack_bytes <= proof.stack.reserved
    return device
