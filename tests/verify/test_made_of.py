"""Each output is measured by the numbers that it is made of."""

from __future__ import annotations

import numpy as np

from cbcnn_codegen.ir import Graph, Input, Operation, Shape, chain_graph
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.verify.logits import LogitTally
from cbcnn_codegen.verify.made_of import sizes_of_outputs

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
ONES = np.ones(3, np.float32)


def graph_of(*ops: Operation) -> Graph:
    return chain_graph("test", Input("image", Shape(2, 2, 3), "uint8"), ops)


def test_numbers_that_nothing_is_taken_from_are_their_own_measure() -> None:
    graph = graph_of(Affine("half", ONES / 2))
    (sizes,) = sizes_of_outputs(graph, IMAGES)
    largest = np.array([11, 23]) / 2
    assert sizes.shape == (2,)
    assert (sizes > 0.3 * largest).all()
    assert (sizes < 1.1 * largest).all()


def test_what_is_left_of_a_difference_is_measured_by_what_it_is_left_of() -> None:
    graph = graph_of(Affine("up", ONES, 5000 * ONES), Affine("down", ONES, -5000 * ONES))
    (sizes,) = sizes_of_outputs(graph, IMAGES)
    assert (sizes > 1500).all()
    assert (sizes < 10_100).all()
    found, expected = np.full(3, 20.01, np.float32), np.full(3, 20, np.float32)
    alone, measured = LogitTally(), LogitTally()
    alone.add(found, expected)
    measured.add(found, expected, sizes)
    assert not alone.agree
    assert measured.agree


def test_signs_behind_numbers_that_move_stay() -> None:
    graph = graph_of(Affine("zero", 0 * ONES), Sign("sign", 1))
    (sizes,) = sizes_of_outputs(graph, IMAGES)
    assert (sizes == 0).all()


def test_the_largest_output_is_no_measure_for_the_others() -> None:
    large, small = LogitTally(), LogitTally()
    large.add(np.array([1e4, 2e4]), np.array([1e4, 2e4]))
    small.add(np.array([0.101]), np.array([0.1]))
    assert large.agree
    assert not LogitTally.of_all([large, small]).agree
