"""Layers with real numbers, and the operation that each becomes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.ir import Operation, Padding, Window
from cbcnn_codegen.ops.average_pool import AveragePool
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.dorefa import Dorefa
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.heaviside import Heaviside
from cbcnn_codegen.ops.prelu import Prelu
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.signed_dorefa import SignedDorefa
from support.keras_files import Layer
from support.real_networks import depthwise, real_conv
from support.small_layers import activation, conv, dense, flatten, image, latent, network


def found(result: Any, kind: type[Operation]) -> Any:
    (op,) = (op for op in result.graph.ops if isinstance(op, kind))
    return op


def test_a_real_convolution_keeps_its_weights_groups_and_dilation(read: Any) -> None:
    layer = real_conv("real", 3, 3, 6, groups=3, dilation_rate=[1, 1], strides=[2, 1])
    op = found(read(*network(layer, inputs=36)), RealConv)
    kernel = layer.weights["kernel"]
    np.testing.assert_array_equal(op.weights, kernel.transpose(3, 0, 1, 2))
    np.testing.assert_array_equal(op.bias, layer.weights["bias"])
    assert (op.groups, op.dilation) == (3, (1, 1))
    spread = found(read(*network(real_conv("real", 2, 3, 3, dilation_rate=[2, 1]))), RealConv)
    assert spread.window == Window(3, 2, 1, 1, Padding(1, 0, 1, 1))
    assert spread.dilation == (2, 1)


def test_a_depthwise_convolution_has_a_group_for_each_channel(read: Any) -> None:
    layer = depthwise("spread", 3, 3)
    op = found(read(*network(layer)), RealConv)
    assert (op.groups, op.weights.shape) == (3, (3, 3, 3, 1))
    kernel = layer.weights["depthwise_kernel"]
    np.testing.assert_array_equal(op.weights[..., 0], kernel[..., 0].transpose(2, 0, 1))


def test_binary_weights_on_real_numbers_are_real_weights(read: Any) -> None:
    kernel = latent(36, 4)
    layers = [image(), conv(), activation("relu"), flatten()]
    result = read(*layers, dense(36, kernel=kernel, input_quantizer=None))
    op = result.graph.ops[-1]
    np.testing.assert_array_equal(op.weights[:, 0, 0], np.where(kernel.T >= 0, 1, -1))


def test_an_average_of_the_whole_map_has_four_lanes(read: Any) -> None:
    pool = {"pool_size": [2, 2], "strides": [2, 2], "padding": "same"}
    part = found(read(*network(Layer("AveragePooling2D", "mean", pool), inputs=12)), AveragePool)
    assert (part.window, part.lanes) == (Window(2, 2, 2, 2, Padding(0, 0, 0, 1)), 1)
    layers = [image(), conv(), Layer("GlobalAveragePooling2D", "mean", {}), dense(3)]
    whole = found(read(*layers), AveragePool)
    assert (whole.window, whole.lanes) == (Window(4, 3, 1, 1), 4)


BENDS: dict[str, tuple[Layer, type[Operation], str, Any]] = {
    "relu6": (activation("relu6"), Clip, "high", 6.0),
    "a bounded ReLU": (Layer("ReLU", "bend", {"max_value": 2.5}), Clip, "high", 2.5),
    "DoReFa": (Layer("DoReFa", "bend", {"k_bit": 3, "mode": "activations"}), Dorefa, "levels", 7),
    "ST's DoReFa": (Layer("STCustomDoReFa", "bend", {"k_bit": 8}), SignedDorefa, "levels", 128),
    "heaviside": (Layer("SteHeaviside", "bend", {}), Heaviside, "name", "bend"),
}


@pytest.mark.parametrize("what", BENDS)
def test_functions_of_real_numbers_become_operations(what: str, read: Any) -> None:
    layer, kind, field, value = BENDS[what]
    assert getattr(found(read(*network(layer)), kind), field) == value


@pytest.mark.parametrize(("shared", "shape"), [([1, 2], (1, 1, 3)), ([1, 2, 3], (1, 1, 1))])
def test_slopes_of_prelu_are_one_for_each_channel(
    shared: list[int], shape: tuple[int, ...], read: Any
) -> None:
    slopes = latent(*shape)
    layer = Layer("PReLU", "bend", {"shared_axes": shared}, {"alpha": slopes})
    op = found(read(*network(layer)), Prelu)
    np.testing.assert_array_equal(op.slopes, np.broadcast_to(slopes.ravel(), 3))


@pytest.mark.parametrize("shared", [None, [1], [2]])
def test_slopes_that_differ_between_pixels_are_one_for_each_number(shared: Any, read: Any) -> None:
    shape = [1 if shared == [axis] else size for axis, size in enumerate((4, 3, 3), 1)]
    alpha = latent(*shape)
    layer = Layer("PReLU", "bent", {"shared_axes": shared}, {"alpha": alpha})
    slopes = found(read(*network(layer)), Prelu).slopes
    np.testing.assert_array_equal(slopes, np.broadcast_to(alpha, (4, 3, 3)).ravel())


def test_a_flattened_map_may_be_one_pixel_again(read: Any) -> None:
    pixel = Layer("Reshape", "pixel", {"target_shape": [1, 1, 36]})
    result = read(
        image(),
        conv(),
        pixel,
        conv(
            "head",
            36,
            4,
            kernel=latent(1, 1, 36, 4),
            kernel_size=[1, 1],
            input_quantizer="ste_sign",
        ),
        flatten(),
    )
    assert isinstance(result.graph.ops[1], Flatten)
