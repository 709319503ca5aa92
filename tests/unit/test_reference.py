"""The interpreter on cases small enough to work out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_codegen import reference
from cbcnn_codegen.errors import DataError
from cbcnn_codegen.ir import Graph, Input, Padding, Shape, Window, chain_graph
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.max_pool import MaxPool, max_pool
from cbcnn_codegen.ops.scores import Scores


def conv_graph(pad: float, shift: int = 0, offset: int = 0) -> Graph:
    window = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
    conv = Conv("conv", np.ones((1, 3, 3, 1), np.int8), window, pad)
    return chain_graph("test", Input("input", Shape(2, 2, 1), "uint8", shift, offset), (conv,))


@pytest.mark.parametrize(("pad", "sums"), [(0, 10), (1, 15), (-1, 5)])
def test_padding_counts_as_its_value(pad: float, sums: int) -> None:
    images = np.array([[[[1], [2]], [[3], [4]]]], np.uint8)
    assert reference.run(conv_graph(pad), images).maps["conv"].ravel().tolist() == [sums] * 4


def test_shift_and_offset_apply_to_pixels_and_not_to_padding() -> None:
    images = np.array([[[[0], [1]], [[2], [255]]]], np.uint8)
    # 2x - 255 over four pixels: -255 - 253 - 251 + 255
    assert reference.run(conv_graph(0, 1, -255), images).maps["conv"][0, 0, 0, 0] == -504


def test_pool_padding_never_wins() -> None:
    window = Window(2, 2, 2, 2, Padding(0, 0, 1, 1))
    result = max_pool(np.full((1, 3, 3, 1), -7, np.int32), window)
    assert result.ravel().tolist() == [-7] * 4


def test_the_first_of_equal_scores_wins() -> None:
    ops = (
        Dense("dense", np.ones((3, 1, 1, 1), np.int8)),
        Scores("scores", np.ones(3, np.float32), np.array([0, 1, 1], np.float32)),
    )
    graph = chain_graph("test", Input("input", Shape(1, 1, 1), "int8"), ops)
    assert reference.run(graph, np.zeros((2, 1, 1, 1), np.int8)).classes.tolist() == [1, 1]


def test_batches_do_not_change_the_result() -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, 2, 2, 1)).astype(np.uint8)
    whole = reference.run(conv_graph(0), images)
    parts = reference.run(conv_graph(0), images, batch_size=2)
    np.testing.assert_array_equal(whole.maps["conv"], parts.maps["conv"])
    np.testing.assert_array_equal(whole.scores, parts.scores)


def test_only_the_wanted_maps_are_kept() -> None:
    images = np.zeros((1, 2, 2, 1), np.uint8)
    ops = (*conv_graph(0).ops, MaxPool("pool", Window(2, 2, 2, 2)))
    graph = chain_graph("test", conv_graph(0).input, ops)
    assert reference.run(graph, images, keep=["pool"]).maps.keys() == {"pool"}


@pytest.mark.parametrize(
    "images", [np.zeros((1, 2, 2, 1), np.int8), np.zeros((1, 2, 3, 1), np.uint8)]
)
def test_images_that_do_not_fit_are_refused(images: NDArray[Any]) -> None:
    with pytest.raises(DataError, match="do not fit"):
        reference.run(conv_graph(0), images)
