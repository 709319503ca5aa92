"""Layers and quantizers that stand for somebody's own ones; see `model_files/custom.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from cbcnn_trainer.backend import larq, tf

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
