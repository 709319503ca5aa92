"""Layers and quantizers that stand for somebody's own ones; see `model_files/custom.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from cbcnn_trainer.keras2.backend import larq, tf

Shapes = tuple[tuple[int, ...], ...]


class ChannelScale(tf.keras.layers.Layer):  # type: ignore[misc]
    """Multiplies with the product of its arrays.

    Args:
        shapes: of the arrays.
    """

    def __init__(self, shapes: Shapes, **options: Any) -> None:
        super().__init__(**options)
        self.shapes = shapes

    def build(self, _shape: Any) -> None:
        """Make the arrays."""
        self.arrays = [
            self.add_weight(name=f"array_{index}", shape=shape)
            for index, shape in enumerate(self.shapes)
        ]

    def call(self, x: Any) -> Any:
        """`x` times the arrays."""
        return x * reduce(tf.multiply, self.arrays)


class ChannelBias(ChannelScale):
    """Adds the sum of its arrays."""

    def call(self, x: Any) -> Any:
        """`x` plus the arrays."""
        return x + reduce(tf.add, self.arrays)


def st_dorefa(k_bit: int = 8, mode: str = "activations", **_options: Any) -> Callable[[Any], Any]:
    """ST's quantizer of Larq models, `STCustomDoReFa`.

    Args:
        k_bit: n is 2^(k_bit - 1) for values and 2^k_bit - 2 for weights; halves round to even.
        mode: `activations`, from -1 to 1 - 1/n in steps of 1/n; or `weights`, whose hyperbolic
            tangents are scaled to -1 to 1, in n steps.
    """

    def values(x: Any) -> Any:
        steps = 2.0 ** (k_bit - 1)
        return tf.round(tf.clip_by_value(x, -1.0, 1.0 - 1.0 / steps) * steps) / steps

    def weights(x: Any) -> Any:
        steps, limited = 2.0**k_bit - 2, tf.tanh(x)
        largest = tf.reduce_max(tf.abs(limited))
        shares = tf.math.divide_no_nan(limited, 2.0 * largest) + 0.5
        return 2.0 * (tf.round(shares * steps) / steps) - 1.0

    return values if mode == "activations" else weights


def scaled_sign(scale: str = "shown", **_options: Any) -> Callable[[Any], Any]:
    """A quantizer of weights: a sign times the scale that the user named.

    Args:
        scale: of each filter `clipped`, the mean of magnitudes of at most 1; `layer`, the mean of
            all magnitudes; or `shown`, by weights that are quantized already, else 1.
    """

    def quantize(weights: Any) -> Any:
        size, axes = tf.abs(weights), [*range(len(weights.shape) - 1)]
        if scale == "layer":
            factor = tf.reduce_mean(size)
        elif scale == "clipped":
            factor = tf.reduce_mean(tf.minimum(size, 1.0), axis=axes, keepdims=True)
        else:
            largest = tf.reduce_max(size, axis=axes, keepdims=True)
            factor = tf.where(tf.reduce_all(size == largest), largest, 1.0)
        return larq.math.sign(weights) * factor

    return quantize
