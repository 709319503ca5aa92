"""Generated code on every emulated board computes what Python computes, driven over the link."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.board.protocol import Command, Status
from cbcnn_codegen.board.prove import Prover
from cbcnn_codegen.board.report import demand_equality
from cbcnn_codegen.errors import VerificationError
from cbcnn_codegen.verify.data import Samples, load_samples, prepare_samples
from support.commands import SIGNS
from support.complete import COMPLETE, image_count
from support.emulated_boards import EMULATED, MODELS, firmware, lowered, require_emulator, running
from support.tools import require_module

MAIN = "netduinoplus2"
CORES = ("microbit", "netduino2", MAIN, "mps2-an500", "mps2-an505", "mps3-an547")
"""A board for each core: Cortex-M0, M3, M4, M7, M33, M55."""

FLOATS = ("gtsrb-residual-small", "gtsrb-quicknet-small")
WITH_FLOATS = [
    (name, model)
    for model in FLOATS
    for name in CORES
    if (name, model) != ("microbit", FLOATS[1])  # it needs 18 KB of RAM, the board has 16
]
if not COMPLETE:
    WITH_FLOATS = [("microbit", FLOATS[0]), (MAIN, FLOATS[1])]

MANY = image_count(50, 200)
FEW = 12


@pytest.fixture(autouse=True)
def tools() -> None:
    require_emulator()


def prove(name: str, samples: Samples, trace: int, model: str = SIGNS.name) -> None:
    """No bit differs, and the stack stays within what was computed and reserved."""
    project = firmware(name, model)
    with running(name, model=model) as (_, device):
        test = device.self_test()
        assert (test.run, test.passed, test.failing) == (2, 2, None)
        proof = Prover(device, project, lowered(model), None, trace).run(samples)
        info = device.info
    assert proof.comparison.first is None, proof.comparison.first
    assert proof.comparison.mismatched_bits == 0 < proof.comparison.bits
    assert len(proof.answers) == len(samples)
    assert proof.traced == min(trace, len(samples))
    assert proof.damaged_frames == 0
    assert proof.stack is not None
    assert 0 < proof.stack.model <= info.stack_bound
    assert proof.stack.model < proof.stack.deepest <= proof.stack.reserved == info.stack_bytes


def many_planes(model: str, count: int = MANY) -> Samples:
    """Test images, the Image Compression Block done: planes take a third of a picture's bytes.

    From the complete data sets where there are any, else the samples that are shipped.
    """
    from cbcnn_inputs.datasets import load_images, signs

    graph, data = lowered(model), os.environ.get("CBCNN_DATA")
    metrics = json.loads((MODELS / model / "metrics.json").read_text())
    dataset = metrics["settings"]["dataset"]
    if model == SIGNS.name:
        images, _ = signs.draw("test", count)
    else:
        folder = Path(data) / dataset if data else MODELS / model / "samples"
        images = load_images(folder, count).images
    samples = prepare_samples(graph, images, None, f"test images of {model}")
    return prepare_samples(graph, samples.planes, None, f"planes of {model}")


@pytest.mark.parametrize("model", ["fashion-mnist", "gtsrb", "mnist", "signs"])
@pytest.mark.parametrize("name", CORES)
def test_many_images_of_every_model_on_every_core(name: str, model: str) -> None:
    """The large models' seconds on one core are like those on another."""
    count = MANY if name == MAIN or model == SIGNS.name else image_count(FEW, MANY)
    prove(name, many_planes(model, count), 5, model)


@pytest.mark.parametrize(("name", "model"), WITH_FLOATS)
def test_many_images_of_models_with_floats(name: str, model: str) -> None:
    prove(name, many_planes(model, image_count(FEW, 50)), 2, model)


@pytest.mark.parametrize("name", [name for name in EMULATED if name not in CORES])
def test_a_few_images_on_every_other_board(name: str) -> None:
    prove(name, load_samples(SIGNS / "samples", lowered(), FEW), 2)


def test_images_are_taken_as_colour_grey_and_planes() -> None:
    samples = load_samples(SIGNS / "samples", lowered(), 2)
    grey = prepare_samples(lowered(), samples.images[..., 0], None, "red channel")
    planes = prepare_samples(lowered(), samples.planes, None, "planes")
    assert {s.source.name for s in (samples, grey, planes)} == {"RGB888", "GREY", "PLANES"}
    for each in (grey, planes):
        prove(MAIN, each, 1)


def test_a_difference_is_found_with_its_layer_and_position() -> None:
    """The expected values are of a network with one filter turned over."""
    graph = lowered()
    conv: Any = graph.maker("conv_2").op
    weights = conv.weights.copy()
    weights[7] = -weights[7]
    turned = replace(conv, weights=weights)
    nodes = [replace(n, op=turned) if n.op is conv else n for n in graph.nodes]
    samples = load_samples(SIGNS / "samples", graph, 3)
    with running(MAIN) as (_, device):
        proof = Prover(device, firmware(MAIN), graph.with_nodes(nodes)).run(samples)
    first = proof.comparison.first
    assert first is not None
    assert first.layer == "conv_2"
    assert first.position[2] == 7
    assert proof.traced == 1
    assert proof.comparison.mismatched_bits > 0
    with pytest.raises(VerificationError, match=r"differ, first in 'conv_2'"):
        demand_equality(proof)


def test_nothing_is_answered_while_the_stack_is_measured() -> None:
    """Not in the first run either: an answer would use the stack that is measured."""
    with running(MAIN) as (_, device):
        requests = [Packet(Command.INFO, 1), Packet(Command.STACK, 2, b"\1")]
        requests += [Packet(Command.INFO, 3 + i) for i in range(4)]
        device.link._write(b"".join(request.encode() for request in requests))
        answers = [device.link._next(time.monotonic() + 10) for _ in requests]
    assert [answer and answer.status for answer in answers] == [Status.OK] * len(requests)


def test_counts_repeat_exactly_and_agree_with_the_profiler() -> None:
    require_module("unicorn", "profile")
    from cbcnn_codegen.board.session import BoardSession
    from cbcnn_codegen.boards import find_board
    from cbcnn_codegen.profile.image import choose_image

    project = firmware(MAIN)
    sample = choose_image(project, None, 0)
    with running(MAIN) as (_, device):
        bench = BoardSession(find_board(MAIN), "emulated", device).bench(project, sample, 25)
    assert bench.unit.name == "instructions"
    assert bench.runs == 25
    assert bench.total.low == bench.total.high
    assert bench.total.predicted is not None
    assert 0 <= bench.total.middle - bench.total.predicted < 500
    for row in bench.rows:
        assert row.predicted is not None
        assert abs(row.middle - row.predicted) < 100, row
    assert np.isclose(sum(row.middle for row in bench.rows), bench.total.middle, rtol=0.01)


@pytest.mark.parametrize("name", ["microbit", "mps2-an505", "netduino2", "stm32vldiscovery"])
def test_every_kind_of_counter_counts_instructions(name: str) -> None:
    """Timer, SysTick, and a SysTick that is faster than the firmware believes."""
    require_module("unicorn", "profile")
    from cbcnn_codegen.board.session import BoardSession
    from cbcnn_codegen.boards import find_board
    from cbcnn_codegen.profile.image import choose_image

    project = firmware(name)
    with running(name) as (_, device):
        sample = choose_image(project, None, 0)
        bench = BoardSession(find_board(name), "emulated", device).bench(project, sample, 2)
    assert bench.total.predicted is not None
    assert bench.total.middle == pytest.approx(bench.total.predicted, rel=0.001)
