"""A model that may give no answer: the board says so, and every command shows and compares it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.board import cli
from cbcnn_codegen.board.build import build_firmware
from cbcnn_codegen.board.connect import find_firmware
from cbcnn_codegen.board.device import Answer, Device
from cbcnn_codegen.board.emulators.qemu import QemuBoard, machine_of
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.board.link import Link
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.board.protocol import Decision
from cbcnn_codegen.board.prove import Prover
from cbcnn_codegen.boards import Board, find_board
from cbcnn_codegen.errors import BoardError
from cbcnn_codegen.ir import Input, Shape, chain_graph
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.verify.compare import DECISION
from cbcnn_codegen.verify.data import prepare_samples
from cbcnn_codegen.verify.project import Project, read_project
from cbcnn_inputs.rejection import Rejection
from support.emulated_boards import QUICK, require_emulator
from support.firmware_builds import program
from support.generated import generate_code, read_graphs
from support.graph_files import graph_to_h5
from support.tools import require_tool

BOARD = "netduinoplus2"
IMAGES = np.array([[20, 15], [20, 0], [3, 1], [-9, 2], [0, 0]], np.int8).reshape(-1, 1, 1, 2)
WEIGHTS = {
    3: np.array([[1, 1], [1, -1], [-1, 1]], np.int8),
    1: np.array([[1, 1]], np.int8),
}
"""Of so many scores."""

LEAD = 5.0
REJECTED = {3: [False, True, True, False, True], 1: [False, False, True, False, True]}


def make_model(scores: int, folder: Path) -> Path:
    head = Dense("head", WEIGHTS[scores].reshape(scores, 1, 1, 2))
    source = Input("input", Shape(1, 1, 2), "int8")
    graph = replace(chain_graph("unsure", source, (head,)), rejection=Rejection(0.5, LEAD))
    folder.mkdir(parents=True, exist_ok=True)
    return graph_to_h5(graph, folder / "model.h5")


@pytest.fixture(scope="module")
def board() -> Board:
    require_emulator()
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    return find_board(BOARD)


@pytest.fixture(scope="module", params=[3, 1], ids=["three scores", "one score"])
def built(
    request: pytest.FixtureRequest, board: Board, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, Path, Project]:
    folder = tmp_path_factory.mktemp("rejection")
    model = make_model(request.param, folder)
    project = generate_code(model, folder / "code", board.target, measure=True)
    options = FirmwareOptions(main=program("classify"))
    build_firmware(folder / "code", board, options)
    np.savez(folder / "images.npz", images=IMAGES)
    return request.param, model, project


def talk(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    capsys.readouterr()
    cli.command.main([*map(str, arguments)], standalone_mode=False)
    return capsys.readouterr().out


def test_a_board_rejects_what_python_rejects(
    built: tuple[int, Path, Project], capsys: pytest.CaptureFixture[str]
) -> None:
    scores, model, project = built
    data = model.with_name("images.npz")
    where = ("--board", BOARD, "--port", "emulated")
    proved = ("verify", model, project.folder, *where, "--data", data, "--json")
    result = json.loads(talk(capsys, *proved))
    assert result["mismatched_bits"] == 0
    assert result["rejected_images"] == sum(REJECTED[scores])
    compared = {layer["name"]: layer["compared_bits"] for layer in result["layers"]}
    assert compared[DECISION.value] >= 32 * len(IMAGES)
    asked = ("classify", data, "--dir", project.folder, *where)
    answers = json.loads(talk(capsys, *asked, "--json"))["images"]
    assert [answer["rejected"] for answer in answers] == REJECTED[scores]
    lines = talk(capsys, *asked).splitlines()
    assert ["no answer, perhaps" in line for line in lines] == REJECTED[scores]


def test_a_board_that_decides_otherwise_is_found(
    built: tuple[int, Path, Project], board: Board
) -> None:
    _, model, project = built
    _, lowered = read_graphs(model)
    texts: list[str] = []
    with (
        QemuBoard.start(machine_of(board), find_firmware(project.folder, board)) as emulated,
        contextlib.closing(
            Link(open_port(emulated.url), emulated.url, QUICK, texts.append)
        ) as link,
    ):
        emulated.wait_for_client()
        emulated.run()
        link.wait_for_hello()
        device = Device(link)
        samples = prepare_samples(lowered, IMAGES, None, "images")
        other = dataclasses.replace(project, rejection=Rejection(0.5, 1e6))
        proof = Prover(device, other, lowered).run(samples)
        assert proof.comparison.layers[DECISION].mismatched_bits > 0
        device.class_name(0)
    assert any(text.startswith("no answer, perhaps class") for text in texts)


def test_firmware_that_says_nothing_of_it_is_refused(tmp_path: Path) -> None:
    model = make_model(3, tmp_path)
    generate_code(model, tmp_path / "code")
    project = read_project(tmp_path / "code")
    unused: Any = None
    prover = Prover(unused, project, read_graphs(model)[1])
    answer = Answer(0, np.zeros(3, np.int32), 0, 0)
    with pytest.raises(BoardError, match="does not say whether it rejects"):
        prover._decided(answer)
    rejected = dataclasses.replace(answer, decision=Decision.REJECTED)
    assert prover._decided(rejected) == project.classes
