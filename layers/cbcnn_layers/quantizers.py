"""Larq's quantizers: what they make of numbers, and the gradients that stand in for theirs.

Numbers of less than 2^-126, which TensorFlow takes for zero, are zero on every backend.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

import keras
from keras import ops

from cbcnn_layers.gradients import Tensor, straight_through, where, with_gradient
from cbcnn_layers.registry import find, register

_TINY: Final = 2.0**-126
"""The smallest normal number of float32; float16 has none so small and rounds it to 0."""


def sign(x: Tensor) -> Tensor:
    """+1 where x is at least 0, else -1; NaN stays NaN."""
    one = ops.ones_like(x)
    return _keep_nan(x, ops.where(ops.logical_or(x >= 0, x > -_TINY), one, -one))


def heaviside(x: Tensor) -> Tensor:
    """1 where x is above 0, else 0; NaN stays NaN."""
    return _keep_nan(x, where(ops.logical_and(x > 0, x >= _TINY), ops.ones_like(x)))


def _keep_nan(x: Tensor, result: Tensor) -> Tensor:
    return ops.where(ops.isnan(x), x, result)


class Quantizer(keras.layers.Layer):  # type: ignore[misc]
    """What all quantizers are: a layer without weights, and a function of one tensor.

    Attributes:
        precision: bits of what it makes.

    Args:
        metrics: Larq counts flips of signs here; this package does not.
    """

    precision: ClassVar[int | None] = None

    def __init__(self, *, metrics: Any = None, **options: Any) -> None:
        if metrics:
            raise ValueError(f"quantizers have no metrics here: metrics={metrics!r}")
        super().__init__(**options)

    def build(self, input_shape: Any = None) -> None:
        """There is nothing to build."""

    def call(self, inputs: Tensor) -> Tensor:
        """The quantized numbers."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The options of every layer; Keras's own guess would leave out the name."""
        config: dict[str, Any] = super().get_config()
        return config


class _Clipped(Quantizer):
    """Has a gradient of 1 where |x| is at most `clip_value`, else 0.

    Args:
        clip_value: None for a gradient of 1 everywhere.
    """

    def __init__(self, clip_value: float | None = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.clip_value = clip_value

    def _backward(self, x: Tensor, upstream: Tensor) -> Tensor:
        return straight_through(x, upstream, self.clip_value)

    def get_config(self) -> dict[str, Any]:
        """The options, as a file holds them."""
        return {**super().get_config(), "clip_value": self.clip_value}


@register("ste_sign")
class SteSign(_Clipped):
    """The sign; its gradient is 1 where |x| <= clip_value, else 0.

    Args:
        clip_value: None for a gradient of 1 everywhere.
    """

    precision = 1

    def call(self, inputs: Tensor) -> Tensor:
        """-1 and +1."""
        return with_gradient(inputs, sign, self._backward)


@register("approx_sign")
class ApproxSign(Quantizer):
    """The sign; its gradient is 2 - 2 |x| where |x| <= 1, else 0."""

    precision = 1

    def call(self, inputs: Tensor) -> Tensor:
        """-1 and +1."""
        return with_gradient(inputs, sign, _approximate)


def _approximate(x: Tensor, upstream: Tensor) -> Tensor:
    size = ops.abs(x)
    return where(size <= 1, (1 - size) * 2 * upstream)


@register("swish_sign")
class SwishSign(Quantizer):
    """The sign; its gradient is b (2 - b x tanh(b x / 2)) / (1 + cosh(b x)).

    Args:
        beta: b, the steepness.
    """

    precision = 1

    def __init__(self, beta: float = 5.0, **options: Any) -> None:
        super().__init__(**options)
        self.beta = beta

    def call(self, inputs: Tensor) -> Tensor:
        """-1 and +1."""
        return with_gradient(inputs, sign, self._backward)

    def _backward(self, x: Tensor, upstream: Tensor) -> Tensor:
        scaled = self.beta * x
        slope = 2 - scaled * ops.tanh(scaled * 0.5)
        return upstream * self.beta * slope / (1 + ops.cosh(scaled))

    def get_config(self) -> dict[str, Any]:
        """The options, as a file holds them."""
        return {**super().get_config(), "beta": self.beta}


@register("magnitude_aware_sign")
class MagnitudeAwareSign(_Clipped):
    """The sign times the mean of |x| of its filter, the last axis; that mean has no gradient.

    Args:
        clip_value: as that of `SteSign`.
    """

    precision = 1

    def call(self, inputs: Tensor) -> Tensor:
        """-a and +a for each filter."""
        axes = list(range(len(inputs.shape) - 1))
        size = ops.stop_gradient(ops.mean(ops.abs(inputs), axis=axes))
        return size * with_gradient(inputs, sign, self._backward)


@register("ste_heaviside")
class SteHeaviside(_Clipped):
    """1 above 0, else 0; its gradient is 1 where |x| <= clip_value, else 0.

    Args:
        clip_value: None for a gradient of 1 everywhere.
    """

    precision = 1

    def call(self, inputs: Tensor) -> Tensor:
        """0 and 1."""
        return with_gradient(inputs, heaviside, self._backward)


@register("ste_tern")
class SteTern(_Clipped):
    """-1, 0 and +1; on the threshold it is -1 or +1.

    Args:
        threshold_value: the threshold.
        ternary_weight_networks: 0.7 times the mean of |x| is the threshold instead.
        clip_value: as that of `SteSign`.
    """

    precision = 2

    def __init__(
        self,
        threshold_value: float = 0.05,
        ternary_weight_networks: bool = False,
        clip_value: float | None = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(clip_value=clip_value, **options)
        self.threshold_value = threshold_value
        self.ternary_weight_networks = ternary_weight_networks

    def call(self, inputs: Tensor) -> Tensor:
        """-1, 0 and +1."""
        return with_gradient(inputs, self._ternary, self._backward)

    def _ternary(self, x: Tensor) -> Tensor:
        threshold = self.threshold_value
        if self.ternary_weight_networks:
            threshold = 0.7 * ops.sum(ops.abs(x)) / ops.cast(ops.size(x), x.dtype)
        return _keep_nan(x, ops.sign(ops.sign(x + threshold) + ops.sign(x - threshold)))

    def get_config(self) -> dict[str, Any]:
        """The options, as a file holds them."""
        return {
            **super().get_config(),
            "threshold_value": self.threshold_value,
            "ternary_weight_networks": self.ternary_weight_networks,
        }


@register("dorefa_quantizer", "DoReFaQuantizer")
class DoReFa(Quantizer):
    """Numbers of k bits: i / n from 0 to 1, or 2 i / n - 1 of weights, with n = 2^k - 1.

    Args:
        k_bit: bits.
        mode: "activations" clips to [0, 1]; the gradient is 1 there. "weights" scales tanh(w) to
            [-1, 1]; the scale has no gradient.

    Raises:
        ValueError: another mode.
    """

    def __init__(
        self,
        k_bit: int = 2,
        mode: Literal["activations", "weights"] = "activations",
        **options: Any,
    ) -> None:
        if mode not in ("activations", "weights"):
            raise ValueError(f"mode is 'activations' or 'weights', not {mode!r}")
        super().__init__(**options)
        self.precision = k_bit  # type: ignore[misc]
        self.mode = mode

    def call(self, inputs: Tensor) -> Tensor:
        """The nearest of the numbers, the one of an even i where two are as near."""
        if self.mode == "activations":
            return with_gradient(inputs, self._clip_and_round, _inside)
        return 2 * with_gradient(_spread(inputs), self._round, lambda _, upstream: upstream) - 1

    def _clip_and_round(self, x: Tensor) -> Tensor:
        return self._round(ops.clip(x, 0, 1))

    def _round(self, x: Tensor) -> Tensor:
        steps = 2**self.precision - 1  # type: ignore[operator]
        return ops.round(x * steps) / steps

    def get_config(self) -> dict[str, Any]:
        """The options, as a file holds them."""
        return {**super().get_config(), "k_bit": self.precision, "mode": self.mode}


def _inside(x: Tensor, upstream: Tensor) -> Tensor:
    return where(ops.logical_and(x >= 0, x <= 1), upstream)


def _spread(weights: Tensor) -> Tensor:
    """tanh(w), its largest magnitude scaled to 1/2, and moved to [0, 1]; 1/2 where all are 0."""
    limited = ops.tanh(ops.convert_to_tensor(weights))
    largest = ops.stop_gradient(ops.max(ops.abs(limited)))
    some = ops.cast(largest != 0, limited.dtype)
    return limited * some / (2 * largest + (1 - some)) + 0.5


@register("NoOpQuantizer")
class NoOp(Quantizer):
    """Changes nothing; it says how many bits the numbers have.

    Args:
        precision: that number.
    """

    def __init__(self, precision: int, **options: Any) -> None:
        super().__init__(**options)
        self.precision = precision  # type: ignore[misc]

    def get_config(self) -> dict[str, Any]:
        """The options, as a file holds them."""
        return {**super().get_config(), "precision": self.precision}


def get(identifier: Any) -> Any:
    """The quantizer that an option of a layer names; see `registry.find`."""
    return find(identifier, "quantizer")
