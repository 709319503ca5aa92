"""One comparison of integers says what the float chain says, ties and odd gammas included."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import (
    ALTERNATIVES,
    CONTRACT,
    Graph,
    Input,
    Operation,
    Shape,
    Window,
    chain_graph,
)
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes import lower
from cbcnn_codegen.passes.fold_thresholds import fold_thresholds


def norm(gamma: float, mean: float, beta: float = 0.0, name: str = "norm") -> BatchNorm:
    scale, offset, middle, one = (
        np.array([value], np.float32) for value in (gamma, beta, mean, 1.0)
    )
    return BatchNorm(name, scale, offset, middle, one, 0.0, fused=False)


def dense_then(*chain: Operation, inputs: int = 8) -> Graph:
    """Image of signs, one unit, a chain, a sign, a head that passes the sign on."""
    return chain_graph(
        "test",
        Input("input", Shape(1, 1, inputs), "int8"),
        (
            Sign("image/sign", 1),
            Dense("unit", np.ones((1, 1, 1, inputs), np.int8)),
            *chain,
            Dense("head", np.ones((1, 1, 1, 1), np.int8)),
        ),
    )


def comparison_of(graph: Graph) -> tuple[int, bool]:
    """Threshold and complement of the one unit."""
    unit = lower(graph).ops[1]
    assert isinstance(unit, BinaryDense)
    assert unit.thresholds is not None
    assert unit.complement is not None
    return int(unit.thresholds[0]), bool(unit.complement[0])


@pytest.mark.parametrize(("zero", "threshold"), [(1, 2), (-1, 3)])
def test_a_tie_fires_as_the_sign_of_zero_says(zero: Literal[1, -1], threshold: int) -> None:
    assert comparison_of(dense_then(norm(1, 2), Sign("sign", zero))) == (threshold, False)


@pytest.mark.parametrize(("zero", "threshold"), [(1, 3), (-1, 2)])
def test_negative_gamma_complements_the_comparison(zero: Literal[1, -1], threshold: int) -> None:
    assert comparison_of(dense_then(norm(-1, 2), Sign("sign", zero))) == (threshold, True)


@pytest.mark.parametrize(("beta", "fires"), [(0.5, True), (0.0, True), (-0.5, False)])
def test_gamma_zero_makes_a_constant_channel(beta: float, fires: bool) -> None:
    threshold, complement = comparison_of(dense_then(norm(0, 3, beta), Sign("sign", 1)))
    assert threshold <= -8
    assert complement == (not fires)


def test_two_batch_norms_in_a_row_compose() -> None:
    chain = norm(-2, 1, 3, "first"), norm(-1, 1, 0, "second"), Sign("sign", 1)
    # first: -2(x-1)+3 = 5-2x; second: -(5-2x-1) = 2x-4: positive from x = 2 on.
    assert comparison_of(dense_then(*chain)) == (2, False)


def test_a_relu_before_the_batch_norm_hides_negative_sums() -> None:
    chain = Relu("relu"), norm(1, -1, 0), Sign("sign", 1)
    threshold, complement = comparison_of(dense_then(*chain))
    assert (threshold <= -8, complement) == (True, False)


def test_a_tie_that_rounding_decides_is_reported_as_knife_edge() -> None:
    third = np.float32(1 / 3)
    edge = norm(float(third), 3.0, -float(np.float32(third * np.float32(3))) + 1e-9)
    graph = fold_thresholds(dense_then(edge, Sign("sign", 1)))
    sure = fold_thresholds(dense_then(norm(1, 2.5), Sign("sign", 1)))
    assert graph.knife_edges == (("unit", (0,)),)
    assert sure.knife_edges == ()


def test_a_tie_that_only_exact_arithmetic_decides_is_reported_as_knife_edge() -> None:
    """In float32 0.1 * 3 - 0.3 is 0, exactly it is a little less; no batch norm rounds here."""
    worth, bias = np.array([0.1], np.float32), np.array([-0.3], np.float32)
    assert np.float32(worth[0] * np.float32(3)) + bias[0] == 0
    assert float(worth[0]) * 3 + float(bias[0]) < 0
    chain = dense_then(Affine("unit/scale", worth, bias), Sign("sign", 1), inputs=9)
    assert fold_thresholds(chain).knife_edges == (("unit", (0,)),)


def test_the_batch_norm_of_onednn_is_one_of_the_orders_that_find_knife_edges() -> None:
    """A fused multiply-add of (x - mean) * r, gamma and beta, as TensorFlow computes by default."""
    rng = np.random.default_rng(0)
    gamma, beta, mean = (rng.normal(size=500).astype(np.float32) for _ in range(3))
    variance = rng.uniform(0.5, 2, 500).astype(np.float32)
    op = BatchNorm("norm", gamma, beta, mean, variance, 1e-3, fused=True)
    x = rng.integers(-30, 30, 500).astype(np.float32)
    inverse = 1 / np.sqrt(variance + np.float32(1e-3))
    product = ((x - mean) * inverse).astype(np.float64) * gamma  # exact in float64
    wanted = (product + beta).astype(np.float32)
    ways = [op.evaluate(x, way).astype(np.float32) for way in (CONTRACT, *ALTERNATIVES)]
    equal = [float((found == wanted).mean()) for found in ways]
    assert max(equal) > 0.99
    assert equal[0] < 0.9


def test_batch_norm_behind_a_flattened_map_is_refused_by_name() -> None:
    image = Input("input", Shape(2, 2, 1), "int8")
    ones = np.ones(4, np.float32)
    conv = Conv("conv", np.ones((1, 1, 1, 1), np.int8), Window(1, 1, 1, 1))
    ops = (
        conv,
        Flatten("flatten"),
        BatchNorm("flat_norm", ones, ones, ones, ones, 1e-3, fused=False),
        Sign("sign", 1),
        Dense("head", np.ones((2, 1, 1, 4), np.int8)),
    )
    with pytest.raises(UnsupportedLayerError, match="flat_norm"):
        lower(chain_graph("test", image, ops))


def test_max_pooling_of_the_image_is_refused() -> None:
    image = Input("input", Shape(2, 2, 1), "int8")
    ops = (
        MaxPool("pool", Window(2, 2, 2, 2)),
        Dense("head", np.ones((2, 1, 1, 1), np.int8)),
    )
    with pytest.raises(UnsupportedLayerError, match="pool"):
        lower(chain_graph("test", image, ops))


def test_pooling_before_and_after_a_negative_gamma_differ() -> None:
    image = Input("input", Shape(1, 2, 1), "int8")
    conv = Conv("conv", np.ones((1, 1, 1, 1), np.int8), Window(1, 1, 1, 1))
    pool = MaxPool("pool", Window(1, 2, 1, 2))
    head = Dense("head", np.ones((1, 1, 1, 1), np.int8))
    images = np.array([[[[-5], [5]]], [[[5], [5]]], [[[-5], [-5]]]], np.int8)
    results = []
    for chain in ([pool, norm(-1, 0)], [norm(-1, 0), pool]):
        graph = lower(chain_graph("test", image, (conv, *chain, Sign("sign", -1), head)))
        results.append(reference.run(graph, images).scores.ravel().tolist())
    assert results == [[-1, -1, 1], [1, -1, 1]]
