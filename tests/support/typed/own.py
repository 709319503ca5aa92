"""Things of somebody's own in a model, as people write them, for `--custom`. Needs TensorFlow."""

from __future__ import annotations

from typing import Any

from cbcnn_trainer.keras2.backend import larq, tf

_register = tf.keras.utils.register_keras_serializable("own")


@_register  # type: ignore[untyped-decorator]
def my_sign(x: Any) -> Any:
    """A sign under another name."""
    return larq.math.sign(x)


@_register  # type: ignore[untyped-decorator]
def my_magnitude(x: Any) -> Any:
    """Signs times the mean magnitude of each filter."""
    axes = [*range(len(x.shape) - 1)]
    return larq.math.sign(x) * tf.reduce_mean(tf.abs(x), axis=axes, keepdims=True)


@_register  # type: ignore[untyped-decorator]
def my_clip(x: Any) -> Any:
    """From 0 to 2."""
    return tf.clip_by_value(x, 0.0, 2.0)


@_register
class MyScale(tf.keras.layers.Layer):  # type: ignore[misc]
    """A factor for each channel."""

    def build(self, shape: Any) -> None:
        """Make the factors."""
        self.factors = self.add_weight("factors", (shape[-1],), initializer="he_normal")

    def call(self, x: Any) -> Any:
        """`x` times the factors."""
        return x * self.factors


@_register
class MyBias(tf.keras.layers.Layer):  # type: ignore[misc]
    """A number that is added to each channel."""

    def build(self, shape: Any) -> None:
        """Make the numbers."""
        self.numbers = self.add_weight("bias", (shape[-1],))

    def call(self, x: Any) -> Any:
        """`x` plus the numbers."""
        return x + self.numbers
