"""Layers that move numbers, and layers along one axis, as operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.errors import ModelFileError
from cbcnn_codegen.ir import SIGNS, Padding, Shape, Window
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.reshape import Reshape
from support.keras_files import Layer, input_layer
from support.small_layers import activation, conv, dense, flatten, image, latent, network

MOVES: dict[str, tuple[Layer, int, tuple[Along, Along, Along]]] = {
    "margins": (
        Layer("ZeroPadding2D", "move", {"padding": [[1, 2], [0, 3]]}),
        126,
        (Along(7, 0, -1), Along(6, 1), Along(3, 2)),
    ),
    "one margin": (
        Layer("ZeroPadding2D", "move", {"padding": 1}),
        90,
        (Along(6, 0, -1), Along(5, 1, -1), Along(3, 2)),
    ),
    "less": (
        Layer("Cropping2D", "move", {"cropping": [[1, 0], [0, 2]]}),
        9,
        (Along(3, 0, 1), Along(1, 1), Along(3, 2)),
    ),
    "larger": (
        Layer("UpSampling2D", "move", {"size": [2, 3]}),
        216,
        (Along(8, 0, repeat=2), Along(9, 1, repeat=3), Along(3, 2)),
    ),
    "other axes": (
        Layer("Permute", "move", {"dims": [3, 1, 2]}),
        36,
        (Along(3, 2), Along(4, 0), Along(3, 1)),
    ),
}


def found(result: Any, kind: Any) -> Any:
    (op,) = (op for op in result.graph.ops if isinstance(op, kind))
    return op


@pytest.mark.parametrize("what", MOVES)
def test_a_layer_that_moves_numbers_is_one_operation(what: str, read: Any) -> None:
    layer, inputs, sides = MOVES[what]
    assert found(read(*network(layer, inputs=inputs)), Gather).sides == sides


def test_what_is_cut_off_must_be_there(read: Any) -> None:
    for margins in ([[2, 2], [0, 0]], [[-1, 0], [0, 0]], "two"):
        layer = Layer("Cropping2D", "odd", {"cropping": margins})
        with pytest.raises(ModelFileError, match="'odd'"):
            read(*network(layer))
    with pytest.raises(ModelFileError, match="'odd'"):
        read(*network(Layer("Permute", "odd", {"dims": [1, 1, 2]})))


def test_signs_that_move_are_signs_again(read: Any) -> None:
    larger = Layer("UpSampling2D", "move", {"size": [2, 2]})
    graph = read(*network(activation("ste_sign"), larger, inputs=144)).graph
    assert graph.types["move/sign"].element == SIGNS


def test_a_map_of_another_shape_keeps_its_numbers(read: Any) -> None:
    other = Layer("Reshape", "other", {"target_shape": [2, -1, 6]})
    assert found(read(*network(other)), Reshape).shape == Shape(2, 3, 6)


def sequence(kind: str, *, steps: int = 9, **options: Any) -> list[Layer]:
    """A sequence of two channels, and a convolution along its axis to four."""
    config = {"filters": 4, "kernel_size": [3], "strides": [1], "padding": "valid"}
    config |= {"dilation_rate": [1], "use_bias": False, **options}
    kernel = latent(3, 2, 4)
    layer = Layer(kind, "along", config, {"kernel": kernel})
    return [input_layer(steps, 2, name="image"), layer]


def test_a_layer_along_one_axis_is_one_of_two_axes_on_a_row(read: Any) -> None:
    layers = sequence("QuantConv1D", kernel_quantizer="ste_sign", strides=[2], padding="same")
    pool = Layer("MaxPooling1D", "pool", {"pool_size": [2], "strides": [2]})
    result = read(*layers, pool, flatten(), dense(8))
    op = found(result, Conv)
    assert result.graph.input.shape == Shape(1, 9, 2)
    assert (op.weights.shape, op.window) == ((4, 1, 3, 2), Window(1, 3, 1, 2, Padding(0, 1, 0, 1)))
    kernel = layers[1].weights["kernel"]
    np.testing.assert_array_equal(op.weights[:, 0], np.where(kernel >= 0, 1, -1).transpose(2, 0, 1))
    assert found(result, MaxPool).window == Window(1, 2, 1, 2)


def test_causal_padding_lies_before_the_sequence(read: Any) -> None:
    layers = sequence("Conv1D", padding="causal", dilation_rate=[2])
    op = found(read(*layers, flatten(), dense(36)), RealConv)
    assert (op.window, op.dilation) == (Window(1, 5, 1, 1, Padding(0, 4, 0, 0)), (1, 2))
    with pytest.raises(ModelFileError, match="causal"):
        read(image(), conv(padding="causal"), flatten(), dense(36))


def test_a_layer_along_one_axis_refuses_a_map(refusal: Any) -> None:
    message = refusal(
        image(), Layer("MaxPooling1D", "odd", {"pool_size": [2]}), flatten(), dense(3)
    )
    assert "(6, 5, 2)" in message
    assert "steps, channels" in message


def test_rows_are_steps_where_a_layer_reads_channels_and_an_image_where_none_does(
    read: Any,
) -> None:
    rows = input_layer(6, 5, name="image")
    assert read(rows, flatten(), dense(30)).graph.input.shape == Shape(6, 5, 1)
    steps = dense(5, "steps", input_quantizer=None)
    assert read(rows, steps, flatten(), dense(24)).graph.input.shape == Shape(1, 6, 5)
