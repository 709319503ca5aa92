"""Equations (3) to (7) and Algorithm 1 against the Larq quantizers that models are built of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer.keras2 import binarization, layers
from cbcnn_trainer.keras2.backend import larq, tf

# Both zeros, both sides of every limit used here, and numbers far from them.
POINTS = np.concatenate(
    [
        np.array([0.0, -0.0, 1, -1, 0.5, -0.5, 1e-6, -1e-6, 3, -3], np.float32),
        np.nextafter(np.array([1, -1, 0.5, -0.5], np.float32), np.float32(9)),
        np.nextafter(np.array([1, -1, 0.5, -0.5], np.float32), np.float32(-9)),
        np.random.default_rng(0).normal(0, 1, 1000).astype(np.float32),
    ]
)


def forward_and_gradient(function: Callable[[Any], Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    points = tf.constant(POINTS)
    upstream = tf.constant(np.random.default_rng(1).normal(0, 1, POINTS.shape).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = function(points)
    return values.numpy(), tape.gradient(values, points, upstream).numpy()


def assert_same(first: Callable[[Any], Any], second: Callable[[Any], Any]) -> None:
    for one, other in zip(forward_and_gradient(first), forward_and_gradient(second), strict=True):
        np.testing.assert_array_equal(one, other)


def test_activate_equals_larq_forward_and_backward() -> None:
    assert_same(binarization.activate, larq.quantizers.SteSign())


def test_binarize_with_h_of_one_equals_larq_forward_and_backward() -> None:
    assert_same(binarization.binarize, larq.quantizers.SteSign())


@pytest.mark.parametrize("scale", [0.25, 0.5, 2.0])
def test_binarize_with_another_h_equals_scaled_larq(scale: float) -> None:
    quantizer = larq.quantizers.SteSign()
    assert_same(lambda x: binarization.binarize(x, scale), lambda x: scale * quantizer(x / scale))


def test_algorithm_1_differs_from_larq_at_zero_only() -> None:
    values, gradient = forward_and_gradient(binarization.algorithm_1)
    expected, expected_gradient = forward_and_gradient(larq.quantizers.SteSign())
    zero = POINTS == 0
    assert zero.sum() == 2
    assert (values[zero] == -1).all()
    np.testing.assert_array_equal(values[~zero], expected[~zero])
    np.testing.assert_array_equal(gradient, expected_gradient)


def test_the_sign_by_rounding_takes_zero_for_positive() -> None:
    values = binarization.sign_by_rounding(tf.constant(POINTS)).numpy()
    np.testing.assert_array_equal(values, np.where(POINTS >= 0, 1, -1))


def test_hard_sigmoid_is_a_clipped_line() -> None:
    values = binarization.hard_sigmoid(tf.constant(POINTS)).numpy()
    np.testing.assert_array_equal(values, np.clip(POINTS * np.float32(0.5) + 0.5, 0, 1))


def test_a_half_rounds_up() -> None:
    values = binarization.round_half_up(tf.constant([0.5, 1.5, -0.5, 0.49])).numpy()
    assert values.tolist() == [1, 2, 0, 0]


@pytest.mark.parametrize("sign_of_zero", [1, -1])
def test_both_zeros_get_the_same_sign(sign_of_zero: Any) -> None:
    values = binarization.sign(tf.constant([0.0, -0.0]), sign_of_zero).numpy()
    assert values.tolist() == [sign_of_zero] * 2


@pytest.mark.parametrize("scale", [1.0, 0.5, "Glorot"])
@pytest.mark.parametrize("dense", [True, False])
def test_binary_layers_equal_a_product_with_binarized_weights(scale: Any, dense: bool) -> None:
    random = np.random.default_rng(2)
    shape = (3, 12) if dense else (2, 6, 6, 3)
    inputs = tf.constant(random.choice([-1.0, 1.0], shape).astype(np.float32))
    layer: Any = layers.BinaryDense(5, H=scale, use_bias=False)
    if not dense:
        layer = layers.BinaryConv2D(4, 3, H=scale, padding="same", use_bias=False)
    layer(inputs)
    kernel = tf.Variable(layer.kernel)
    kernel.scatter_nd_update([[0] * len(kernel.shape)], [0.0])
    layer.kernel.assign(kernel)

    def reference() -> Any:
        weights = binarization.binarize(kernel, layer.scale, sign_of_zero=-1)
        return inputs @ weights if dense else tf.nn.conv2d(inputs, weights, 1, "SAME")

    with tf.GradientTape() as tape:
        found = layer(inputs)
    gradient = tape.gradient(found, layer.kernel)
    with tf.GradientTape() as tape:
        expected = reference()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, tape.gradient(expected, kernel), rtol=1e-5, atol=1e-5)
    assert np.abs(layer.kernel.numpy()).max() <= layer.scale


def test_glorot_scale_is_the_authors_formula() -> None:
    layer = layers.BinaryConv2D(8, 3, H="Glorot")
    layer.build((None, 6, 6, 4))
    assert layer.scale == pytest.approx((1.5 / (4 * 9 + 8 * 9)) ** 0.5)


@pytest.mark.parametrize("scale", [0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_not_positive_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        layers.resolve_scale(scale, 1, 1)
