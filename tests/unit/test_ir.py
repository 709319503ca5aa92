"""Shapes, invariants and text of a graph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cbcnn_codegen.ir import (
    Graph,
    Input,
    Operation,
    Padding,
    Shape,
    Window,
    chain_graph,
    integers,
    same_padding,
)
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.max_pool import MaxPool


def graph(*ops: Operation, names: tuple[str, ...] = ()) -> Graph:
    chain = chain_graph("test", Input("input", Shape(5, 4, 2), "uint8"), ops)
    return replace(chain, class_names=names)


def conv(name: str = "conv", out: int = 3, value: int = 1) -> Conv:
    weights = np.full((out, 3, 3, 2), value, np.int8)
    return Conv(name, weights, Window(3, 3, 1, 1, Padding(1, 1, 1, 1)))


def test_shapes_follow_windows_and_weights() -> None:
    types = graph(conv(), MaxPool("pool", Window(2, 2, 2, 2))).types
    assert [of.shape for of in types.values()] == [(5, 4, 2), (5, 4, 3), (2, 2, 3)]
    sums = integers(-18 * 255, 18 * 255)
    assert [of.element for of in types.values()] == [integers(0, 255), sums, sums]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [
        ((5, 5), 3, 1, (1, 1, 1, 1)),
        ((4, 4), 3, 2, (0, 0, 1, 1)),
        ((5, 5), 3, 2, (1, 1, 1, 1)),
        ((5, 4), 2, 2, (0, 0, 1, 0)),
        ((1, 1), 1, 3, (0, 0, 0, 0)),
        ((7, 7), 5, 1, (2, 2, 2, 2)),
        ((3, 3), 2, 1, (0, 0, 1, 1)),
    ],
)
def test_same_padding_puts_the_extra_row_at_the_end(
    size: tuple[int, int], kernel: int, stride: int, padding: tuple[int, ...]
) -> None:
    assert same_padding(size, Window(kernel, kernel, stride, stride)) == padding


def test_a_window_larger_than_its_map_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than the map"):
        graph(MaxPool("pool", Window(6, 1, 1, 1))).check()


def test_weights_that_do_not_meet_the_map_are_refused() -> None:
    with pytest.raises(ValueError, match="dense"):
        graph(Dense("dense", np.ones((2, 5, 4, 1), np.int8))).check()


def test_weights_other_than_signs_are_refused() -> None:
    with pytest.raises(ValueError, match="other than"):
        graph(conv(value=0)).check()


def test_repeated_names_are_refused() -> None:
    with pytest.raises(ValueError, match="repeat"):
        graph(MaxPool("a", Window(1, 1, 1, 1)), MaxPool("a", Window(1, 1, 1, 1))).check()


def test_class_names_must_match_the_scores() -> None:
    with pytest.raises(ValueError, match="class names"):
        graph(Dense("dense", np.ones((2, 5, 4, 2), np.int8)), names=("one",)).check()


def test_the_text_tells_one_weight_apart() -> None:
    one, same, other = conv(), conv(), conv()
    other.weights[0, 0, 0, 0] = -1
    assert str(graph(one)) == str(graph(same))
    assert str(graph(one)) != str(graph(other))
    assert "-> integers -4590..4590 5x4x3" in str(graph(one))
