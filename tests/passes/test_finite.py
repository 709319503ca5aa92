"""Numbers that overflow are refused by layer and channel, wherever they stand; others are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbcnn_codegen import reference
from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.ir import Graph, Input, Operation, Shape, Window, chain_graph
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes import lower
from support.graph_files import graph_to_h5
from support.graphs import draw_images, graphs

INPUTS = 6


def dense(name: str, units: int, inputs: int, **constants: float) -> list[Operation]:
    arrays: dict[str, Any] = {
        key: np.full(units, value, np.float32) for key, value in constants.items()
    }
    scale = [Affine(f"{name}/scale", **arrays)] if arrays else []
    return [Dense(name, np.ones((units, 1, 1, inputs), np.int8)), *scale]


def norm(
    gamma: list[float], beta: float = 0, mean: float = 0, variance: float = 1, *, fused: bool
) -> BatchNorm:
    offset, middle, spread = (
        np.full(len(gamma), value, np.float32) for value in (beta, mean, variance)
    )
    return BatchNorm("norm", np.array(gamma, np.float32), offset, middle, spread, 0.0, fused)


def hidden(*chain: Operation, **constants: float) -> Graph:
    """Two channels of sums of six image values, a chain, a sign, and a head."""
    ops = (
        *dense("sums", 2, INPUTS, **constants),
        *chain,
        Sign("sign", 1),
        *dense("head", 3, 2),
    )
    return chain_graph("test", Input("input", Shape(1, 1, INPUTS), "uint8"), ops)


def last(*chain: Operation, **constants: float) -> Graph:
    """The same sums, and a chain to the scores."""
    ops = (*dense("sums", 2, INPUTS, **constants), *chain)
    return chain_graph("test", Input("input", Shape(1, 1, INPUTS), "uint8"), ops)


BROKEN = {
    "gamma over a tiny deviation": ((norm([1, 1e30], variance=1e-30, fused=True),), {}, "norm", 1),
    "an overflowing product": ((norm([1e36, 1], fused=False),), {}, "norm", 0),
    "a mean times gamma": ((norm([1, 1e20], mean=1e20, fused=False),), {}, "norm", 1),
    "beside a beta that is nearly infinite": (
        (norm([1e35, 1e35], beta=3e38, fused=True),),
        {},
        "norm",
        0,
    ),
    "a multiplier": ((), {"multiplier": 1e36}, "sums/scale", 0),
    "a bias beside a multiplier": ((), {"multiplier": 9e34, "bias": 3e38}, "sums/scale", 0),
    "behind a ReLU": ((Relu("relu"), norm([1, 1e36], fused=True)), {}, "norm", 1),
}


PLACES = [(what, hidden) for what in BROKEN]
PLACES += [(what, last) for what in BROKEN if what != "behind a ReLU"]  # which no scores may follow


@pytest.mark.parametrize(("what", "place"), PLACES)
def test_a_number_that_overflows_is_refused_by_layer_and_channel(
    what: str, place: Callable[..., Graph]
) -> None:
    chain, constants, layer, channel = BROKEN[what]
    with pytest.raises(UnsupportedLayerError) as refused:
        lower(place(*chain, **constants))
    assert f"layer {layer!r} cannot be generated" in str(refused.value)
    assert f"channel {channel}" in str(refused.value) or "channels 0, 1" in str(refused.value)
    assert "try " in str(refused.value)


def test_every_layer_that_overflows_is_told() -> None:
    gamma, zero, variance = (np.full(3, value, np.float32) for value in (1e38, 0, 1e-20))
    broken = BatchNorm("other", gamma, zero, zero, variance, 0, fused=True)
    graph = hidden(norm([1e30, 1e30], variance=1e-30, fused=False))
    with pytest.raises(UnsupportedLayerError) as refused:
        lower(chain_graph("test", graph.input, (*graph.ops, broken)))
    assert "'norm'" in str(refused.value)
    assert "'other'" in str(refused.value)


@pytest.mark.parametrize("value", [1e-35, -1e-33])
def test_scores_too_small_for_float32_are_refused(value: float) -> None:
    with pytest.raises(UnsupportedLayerError, match="multiplier"):
        lower(last(multiplier=value))
    with pytest.raises(UnsupportedLayerError, match="offset"):
        lower(last(bias=value))


def test_scores_whose_offsets_cancel_are_refused() -> None:
    """Keras subtracts the mean from the bias; what is folded multiplies them one by one."""
    graph = last(norm([1e12, 1e12], mean=1e28, fused=True), bias=1e28)
    with pytest.raises(UnsupportedLayerError, match="offset"):
        lower(graph)


@pytest.mark.parametrize("scores", ["integer", "float"])
@pytest.mark.parametrize("measure", [False, True])
def test_a_command_refuses_an_infinite_multiplier_of_scores(
    scores: str, measure: bool, tmp_path: Path
) -> None:
    graph = last(norm([1e30, 1e30], variance=1e-30, fused=False))
    model = graph_to_h5(graph, tmp_path / "model.h5")
    request = Request(model, "cortex-m4", scores=scores, measure=measure)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedLayerError, match="inf"):
        generate(request)


@given(
    power=st.integers(-149, 127),
    gamma=st.integers(-60, 127),
    mean=st.integers(-30, 127),
    fused=st.booleans(),
    at_end=st.booleans(),
    seed=st.integers(0, 99),
)
def test_what_is_not_refused_is_finite_and_the_same_before_and_after(
    power: int, gamma: int, mean: int, fused: bool, at_end: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], 3)
    scale = signs[0] * 2.0**gamma
    chain = norm([scale, -scale], beta=signs[1], mean=signs[2] * 2.0**mean, fused=fused)
    graph = (last if at_end else hidden)(chain, multiplier=2.0**power)
    try:
        lowered = lower(graph)
    except UnsupportedLayerError:
        return
    images = draw_images(graph, 5, seed)
    before, after = reference.run(graph, images), reference.run(lowered, images)
    assert all(np.isfinite(values).all() for values in before.maps.values())
    assert np.isfinite(after.scores).all()
    if not at_end:
        np.testing.assert_array_equal(before.scores, after.scores)


@given(graph=graphs())
def test_ordinary_networks_are_not_refused(graph: Graph) -> None:
    assert lower(graph).ops


def test_a_norm_behind_flatten_is_looked_at_by_position() -> None:
    conv = Conv("conv", np.ones((2, 1, 1, 1), np.int8), Window(1, 1, 1, 1))
    gamma, ones = np.ones(8, np.float32), np.ones(8, np.float32)
    gamma[5] = 1e38
    flat = BatchNorm("flat", gamma, ones, ones, ones, 0.0, fused=False)
    graph = chain_graph("test", Input("input", Shape(2, 2, 1), "int8"), (conv, Flatten("f"), flat))
    with pytest.raises(UnsupportedLayerError, match="channel 5"):
        lower(graph)
