"""Layers for models in which the sign of zero is -1, in the style of the CBCNN authors.

Model files name them `CBCNN>BinaryConv2D`, `CBCNN>BinaryDense` and `CBCNN>binary_tanh`. They differ
from Larq's in three ways: zero becomes -1, weights are -H or +H, and the activation is a layer of
its own in front of the next product.

Products are computed with weights of -1 and +1 and multiplied by H afterwards. With integer inputs
the product is then an exact integer in float32, and the scaling rounds once, whatever H is; summing
multiples of H instead would round differently on every machine.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.binarization import algorithm_1, sign, straight_through

Scale = float | Literal["Glorot"]
Tensor = Any

_DECIDED_BY_SCALE = {"kernel_constraint": None, "kernel_initializer": "zeros"}

_register = tf.keras.utils.register_keras_serializable(package="CBCNN")


@_register  # type: ignore[untyped-decorator]
def binary_tanh(x: Tensor) -> Tensor:
    """Algorithm 1 as an activation: -1 for x <= 0, +1 for x > 0, straight-through gradient."""
    return algorithm_1(x)


@_register
class Clip(tf.keras.constraints.Constraint):  # type: ignore[misc]
    """Keeps latent weights between two values, so that they can still change sign."""

    def __init__(self, min_value: float, max_value: float | None = None) -> None:
        other = -min_value if max_value is None else max_value
        self.min_value = min(min_value, other)
        self.max_value = max(min_value, other)

    def __call__(self, weights: Tensor) -> Tensor:
        """The weights, each moved to the nearest value in range."""
        return tf.clip_by_value(weights, self.min_value, self.max_value)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {"min_value": self.min_value, "max_value": self.max_value}


def resolve_scale(scale: Scale, fan_in: int, fan_out: int) -> float:
    """The number that H means: itself, or `sqrt(1.5 / (fan_in + fan_out))` for "Glorot"."""
    if scale == "Glorot":
        return math.sqrt(1.5 / (fan_in + fan_out))
    if not float(scale) > 0 or not math.isfinite(float(scale)):
        raise ValueError(f"H must be positive or 'Glorot', not {scale!r}")
    return float(scale)


def _signs(latent: Tensor, scale: float) -> Tensor:
    """-1 or +1 with the gradient of `binarize` divided by `scale`, as the later product asks."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def quantize(weights: Tensor) -> Tensor:
        def gradient(upstream: Tensor) -> Tensor:
            return straight_through(weights, upstream / scale, scale)

        return sign(weights, sign_of_zero=-1), gradient

    return quantize(latent)


class _Binary:
    """What both layers share: the resolved scale, and latent weights that stay within it."""

    H: Scale
    scale: float = 1.0

    def _prepare(self, fan_in: int, fan_out: int) -> None:
        self.scale = resolve_scale(self.H, fan_in, fan_out)
        self.kernel_constraint = Clip(-self.scale, self.scale)
        self.kernel_initializer = tf.keras.initializers.RandomUniform(-self.scale, self.scale)

    def _finish(self, product: Tensor, bias: Tensor | None, activation: Any) -> Tensor:
        outputs = product * self.scale
        if bias is not None:
            outputs = tf.nn.bias_add(outputs, bias)
        return outputs if activation is None else activation(outputs)


@_register
class BinaryConv2D(_Binary, tf.keras.layers.Conv2D):  # type: ignore[misc]
    """Convolution whose weights act as -H or +H; zero padding adds nothing to the sum."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        H: Scale = 1.0,  # noqa: N803 - the key in model files
        **options: Any,
    ) -> None:
        self.H = H
        super().__init__(filters, kernel_size, **options)

    def build(self, input_shape: Any) -> None:
        """Resolve H, then make the weights."""
        area = math.prod(self.kernel_size)
        self._prepare(int(input_shape[-1]) * area, self.filters * area)
        super().build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        """H times the exact product with weights of -1 and +1."""
        product = self.convolution_op(inputs, _signs(self.kernel, self.scale))
        return self._finish(product, self.bias, self.activation)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor; what H decides in `build` is left out."""
        return {**super().get_config(), "H": self.H, **_DECIDED_BY_SCALE}


@_register
class BinaryDense(_Binary, tf.keras.layers.Dense):  # type: ignore[misc]
    """Fully connected layer whose weights act as -H or +H."""

    def __init__(
        self,
        units: int,
        H: Scale = 1.0,  # noqa: N803 - the key in model files
        **options: Any,
    ) -> None:
        self.H = H
        super().__init__(units, **options)

    def build(self, input_shape: Any) -> None:
        """Resolve H, then make the weights."""
        self._prepare(int(input_shape[-1]), self.units)
        super().build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        """H times the exact product with weights of -1 and +1."""
        product = tf.linalg.matmul(inputs, _signs(self.kernel, self.scale))
        return self._finish(product, self.bias, self.activation)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor; what H decides in `build` is left out."""
        return {**super().get_config(), "H": self.H, **_DECIDED_BY_SCALE}
