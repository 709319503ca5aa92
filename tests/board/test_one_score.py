"""A model of one score on an emulated board: answers, golden images, names."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from cbcnn_codegen.board.build import build_firmware
from cbcnn_codegen.board.connect import find_firmware
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators.qemu import QemuBoard, machine_of
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.board.golden import make_golden
from cbcnn_codegen.board.link import Link
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.board.protocol import Format
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.ir import Input, Shape, chain_graph
from cbcnn_codegen.ops.dense import Dense
from support.emulated_boards import QUICK, require_emulator
from support.generated import generate_code
from support.graph_files import graph_to_h5

IMAGES = np.array([[-9, 2], [-1, 0], [0, 0], [1, 0], [0, 127]], np.int8)


def test_a_board_decides_by_the_sign_of_its_only_score(tmp_path: Path) -> None:
    require_emulator()
    board = find_board("netduinoplus2")
    head = Dense("head", np.ones((1, 1, 1, 2), np.int8))
    source = Input("input", Shape(1, 1, 2), "int8")
    graph = replace(chain_graph("one score", source, (head,)), class_names=("cat", "dog"))
    model = graph_to_h5(graph, tmp_path / "model.h5")
    folder = tmp_path / "code"
    project = generate_code(model, folder, board.target, measure=True, class_names=True)
    golden = make_golden(project, model, count=12)
    assert {image.class_index for image in golden} == {0, 1}
    build_firmware(folder, board, FirmwareOptions(golden=golden))
    with (
        QemuBoard.start(machine_of(board), find_firmware(folder, board)) as emulated,
        contextlib.closing(Link(open_port(emulated.url), emulated.url, QUICK)) as link,
    ):
        emulated.wait_for_client()
        emulated.run()
        link.wait_for_hello()
        device = Device(link)
        answers = [device.classify(image, Format.PLANE) for image in IMAGES]
        assert [answer.answer for answer in answers] == [0, 0, 1, 1, 1]
        assert [answer.scores.tolist() for answer in answers] == [[-7], [-1], [0], [1], [127]]
        assert [device.class_name(index) for index in (0, 1)] == ["cat", "dog"]
        assert device.info.to_json()["classes"] == 2
        result = device.self_test()
        assert (result.passed, result.run) == (len(golden), len(golden))
