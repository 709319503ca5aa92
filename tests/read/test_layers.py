"""Every layer that is supported, and the operation that it becomes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.ir import NO_PADDING, Padding, Shape, Window
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.read import ReadResult
from support.keras_files import Layer
from support.small_layers import (
    activation,
    conv,
    dense,
    flatten,
    image,
    latent,
    network,
    norm,
    pool,
)


def only(result: ReadResult, kind: type[Any]) -> Any:
    found = [op for op in result.graph.ops if isinstance(op, kind)]
    assert len(found) == 1, found
    return found[0]


def source(result: ReadResult, name: str) -> str:
    """The Keras layer that a value is of."""
    node = result.graph.node(name)
    assert node is not None
    return node.source


def names(result: ReadResult) -> list[tuple[str, str]]:
    return [(type(op).__name__, op.name) for op in result.graph.ops]


def test_a_network_becomes_operations_named_like_its_layers(read: Any) -> None:
    result = read(*network(pool(), norm(3), inputs=6))
    assert names(result) == [
        ("Conv", "conv"),
        ("MaxPool", "pool"),
        ("BatchNorm", "norm"),
        ("Flatten", "flatten"),
        ("Sign", "dense/input_quantizer"),
        ("Dense", "dense"),
    ]
    sign = only(result, Sign)
    assert (sign.zero, source(result, sign.name)) == (1, "flatten")
    result.graph.check()


def test_weights_are_turned_to_output_row_column_input(read: Any) -> None:
    kernel = latent(3, 2, 2, 5)
    found = only(read(image(), conv(kernel=kernel), flatten(), dense(4 * 4 * 5)), Conv)
    assert found.weights.dtype == np.int8
    for position in np.ndindex(3, 2, 2, 5):
        row, column, channel, output = position
        assert found.weights[output, row, column, channel] == np.sign(kernel[position])


def test_dense_weights_are_units_by_inputs(read: Any) -> None:
    kernel = latent(36, 4, seed=3)
    layers = [image(), conv(), flatten(), dense(36, kernel=kernel)]
    found = only(read(*layers), Dense)
    assert found.weights.shape == (4, 1, 1, 36)
    np.testing.assert_array_equal(found.weights[:, 0, 0], np.sign(kernel.T))


@pytest.mark.parametrize("zero", [0.0, -0.0, 1e-39, -1e-39])
def test_zeros_and_denormals_are_plus_one_in_larq(zero: float, read: Any) -> None:
    kernel = latent(36, 4)
    kernel[7, 2] = zero
    found = only(read(image(), conv(), flatten(), dense(36, kernel=kernel)), Dense)
    assert found.weights[2, 0, 0, 7] == 1


def test_the_smallest_normal_number_keeps_its_sign(read: Any) -> None:
    kernel = latent(36, 4)
    kernel[7, 2] = -np.finfo(np.float32).tiny
    found = only(read(image(), conv(), flatten(), dense(36, kernel=kernel)), Dense)
    assert found.weights[2, 0, 0, 7] == -1


@pytest.mark.parametrize(
    ("padding", "expected", "rows_columns"),
    [("valid", NO_PADDING, (2, 1)), ("same", Padding(0, 0, 1, 1), (3, 2))],
)
def test_padding_and_strides_become_a_window(
    padding: str, expected: Padding, rows_columns: tuple[int, int], read: Any
) -> None:
    size = 3 * rows_columns[0] * rows_columns[1]
    layer = conv(padding=padding, strides=[2, 3])
    found = only(read(image(), layer, flatten(), dense(size)), Conv)
    assert found.window == Window(3, 3, 2, 3, expected)
    assert found.pad == 0


def test_a_bias_is_kept_and_one_of_zeros_is_dropped(read: Any) -> None:
    bias = np.array([0, -1.5, 2], np.float32)
    layers = [image(), conv(bias=bias), flatten(), dense(36, bias=np.zeros(4, np.float32))]
    result = read(*layers)
    np.testing.assert_array_equal(only(result, Affine).bias, bias)
    assert result.graph.readers("conv")[0].name == only(result, Affine).name


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0])
def test_pad_values_of_signs_are_kept(value: float, read: Any) -> None:
    second = conv("second", 3, 2, input_quantizer="ste_sign", padding="same", pad_values=value)
    result = read(image(), conv(), second, flatten(), dense(24))
    assert [op.pad for op in result.graph.ops if isinstance(op, Conv)] == [0.0, value]


def test_a_pad_value_that_pads_nothing_does_not_matter(read: Any) -> None:
    layer = conv(padding="valid", pad_values=0.3)
    assert only(read(image(), layer, flatten(), dense(36)), Conv).pad == 0


@pytest.mark.parametrize("value", [1e9, -1e308])
def test_a_pad_value_beyond_exact_numbers_is_refused(value: float, refusal: Any) -> None:
    layer = conv(padding="same", pad_values=value)
    message = refusal(image(), layer, flatten(), dense(90), rescale=(1 / 128, 0.0))
    assert f"pad_values={value}" in message


def test_a_dense_layer_on_a_map_is_a_1x1_convolution(read: Any) -> None:
    kernel = latent(3, 4)
    result = read(
        image(), conv(), dense(3, kernel=kernel), flatten(), dense(48, name="head", units=2)
    )
    found = [op for op in result.graph.ops if isinstance(op, Conv)][1]
    assert (found.name, found.window) == ("dense", Window(1, 1, 1, 1))
    np.testing.assert_array_equal(found.weights[:, 0, 0], np.sign(kernel.T))


def test_max_pooling_of_any_size_and_stride_is_kept(read: Any) -> None:
    layer = pool(pool_size=[3, 2], strides=[1, 2], padding="same")
    found = only(read(*network(layer, inputs=4 * 2 * 3)), MaxPool)
    assert found.window == Window(3, 2, 1, 2, Padding(1, 0, 1, 1))


def test_pool_strides_are_the_pool_size_unless_named(read: Any) -> None:
    found = only(read(*network(pool(pool_size=2, strides=None), inputs=6)), MaxPool)
    assert found.window == Window(2, 2, 2, 2)


@pytest.mark.parametrize("keep", [True, False])
def test_global_max_pooling_is_one_window(keep: bool, read: Any) -> None:
    layer = Layer("GlobalMaxPooling2D", "all", {"keepdims": keep})
    layers = [image(), conv(), layer, *([flatten()] if keep else []), dense(3)]
    result = read(*layers)
    assert only(result, MaxPool).window == Window(4, 3, 1, 1)
    assert only(result, Flatten).name == ("flatten" if keep else "all/flatten")


def test_a_batch_norm_keeps_its_values(read: Any) -> None:
    gamma, beta, mean = (latent(3, seed=seed) for seed in (1, 2, 3))
    values: dict[str, Any] = {"gamma": gamma, "beta": beta, "mean": mean, "variance": mean**2}
    found = only(read(*network(norm(3, epsilon=1e-6, **values))), BatchNorm)
    for key, expected in values.items():
        np.testing.assert_array_equal(getattr(found, key), expected)
    assert (found.epsilon, found.fused) == (1e-6, True)


@pytest.mark.parametrize("axis", [-1, [-1], 3, [3]])
def test_the_channel_axis_has_many_spellings(axis: Any, read: Any) -> None:
    assert only(read(*network(norm(3, axis=axis))), BatchNorm)


def test_left_out_gamma_and_beta_are_one_and_zero(read: Any) -> None:
    found = only(read(*network(norm(3, gamma=None, beta=None))), BatchNorm)
    np.testing.assert_array_equal(found.gamma, np.ones(3))
    np.testing.assert_array_equal(found.beta, np.zeros(3))


def test_a_batch_norm_of_a_vector_is_not_fused(read: Any) -> None:
    assert not only(read(*network(), norm(4, axis=[1])), BatchNorm).fused


@pytest.mark.parametrize("kind", ["BatchNormalizationV1", "SyncBatchNormalization"])
def test_other_names_of_batch_norm_are_known(kind: str, read: Any) -> None:
    layer = norm(3)
    layer.class_name = kind
    found = only(read(*network(layer)), BatchNorm)
    assert found.fused == (kind == "BatchNormalizationV1")


@pytest.mark.parametrize(
    "kind", ["Dropout", "SpatialDropout2D", "GaussianNoise", "ActivityRegularization"]
)
def test_layers_of_training_are_ignored(kind: str, read: Any) -> None:
    with_it = read(*network(Layer(kind, "noise", {"rate": 0.2}))).graph
    assert [op.name for op in with_it.ops] == [op.name for op in read(*network()).graph.ops]


def test_a_linear_activation_does_nothing(read: Any) -> None:
    assert names(read(*network(activation("linear")))) == names(read(*network()))


@pytest.mark.parametrize("layer", [activation("relu"), Layer("ReLU", "activation", {})])
def test_relu_is_an_operation(layer: Layer, read: Any) -> None:
    assert only(read(*network(layer)), Relu).name == "activation"


def test_an_activation_option_comes_after_the_layer(read: Any) -> None:
    result = read(image(), conv(activation="relu"), flatten(), dense(36))
    assert names(result)[:2] == [("Conv", "conv"), ("Relu", "conv/activation")]


def test_a_sign_as_activation_option_saves_the_input_quantizer(read: Any) -> None:
    result = read(image(), conv(activation="ste_sign"), flatten(), dense(36))
    sign = only(result, Sign)
    assert (sign.name, source(result, sign.name)) == ("conv/activation", "conv")


def test_signs_are_not_binarized_again(read: Any) -> None:
    result = read(*network(activation("ste_sign"), pool(), inputs=6))
    assert only(result, Sign).name == "activation"
    assert source(result, "activation") == "conv"


def test_a_layer_without_input_quantizer_may_read_signs(read: Any) -> None:
    layers = [image(), conv(), activation("approx_sign"), flatten()]
    result = read(*layers, dense(36, input_quantizer=None))
    assert only(result, Sign).name == "activation"


@pytest.mark.parametrize("end", [activation("softmax"), Layer("Softmax", "soft", {"axis": -1})])
def test_softmax_at_the_end_is_left_out_with_a_note(end: Layer, read: Any) -> None:
    result = read(*network(), end)
    assert names(result) == names(read(*network()))
    assert any("softmax" in note for note in result.notes)


def test_softmax_as_option_of_the_last_layer_is_left_out(read: Any) -> None:
    result = read(image(), conv(), flatten(), dense(36, activation="softmax"))
    assert isinstance(result.graph.ops[-1], Dense)


def test_layers_that_do_nothing_may_follow_softmax(read: Any) -> None:
    after = [activation("softmax"), Layer("Dropout", "drop", {}), activation("linear", "lin")]
    assert read(*network(), *after).graph.ops


def test_the_image_itself_may_be_binarized(read: Any) -> None:
    result = read(image(), conv(input_quantizer="ste_sign"), flatten(), dense(36))
    first = result.graph.ops[0]
    assert isinstance(first, Sign)
    assert (first.name, source(result, first.name)) == ("conv/input_quantizer", "")


@pytest.mark.parametrize(
    ("dimensions", "shape"),
    [((7,), Shape(1, 1, 7)), ((3, 4), Shape(3, 4, 1)), ((3, 4, 2), Shape(3, 4, 2))],
)
def test_images_may_have_one_to_three_axes(
    dimensions: tuple[int, ...], shape: Shape, read: Any
) -> None:
    result = read(image(*dimensions), flatten(), dense(shape.size, input_quantizer=None))
    assert result.graph.input.shape == shape
    result.graph.check()


def test_a_channel_axis_may_be_added_by_reshape(read: Any) -> None:
    add = Layer("Reshape", "add", {"target_shape": [6, 5, 1]})
    result = read(image(6, 5), add, conv(channels=1), flatten(), dense(36))
    assert names(result)[0] == ("Conv", "conv")


@pytest.mark.parametrize("target", [[36], [-1]])
def test_a_reshape_to_a_vector_is_a_flatten(target: list[int], read: Any) -> None:
    layer = Layer("Reshape", "line", {"target_shape": target})
    result = read(image(), conv(), layer, dense(36))
    assert only(result, Flatten).name == "line"


def test_an_old_model_without_input_layer_names_its_shape_in_the_first_layer(read: Any) -> None:
    first = conv(batch_input_shape=[None, 6, 5, 2])
    graph = read(first, flatten(), dense(36), dialect="tf2.12").graph
    assert graph.input.shape == Shape(6, 5, 2)
    assert isinstance(graph.ops[0], Conv)
