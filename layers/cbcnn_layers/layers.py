"""Larq's layers: those of Keras, whose input and kernels go through quantizers first.

A layer quantizes its input, pads it with `pad_values`, which no quantizer sees, multiplies it with
its quantized kernel, adds the bias, and applies the activation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import keras
from keras import ops

from cbcnn_layers import quantizers
from cbcnn_layers.gradients import Tensor, value_of
from cbcnn_layers.registry import find, register

_ALIASES: Final = ("weight_clip",)
_KERNEL_OF_KERAS_2: Final = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")


class _Quantized(keras.layers.Layer):  # type: ignore[misc]
    """What the layers share: a quantizer of the input and one of each kernel."""

    kernels: ClassVar[Sequence[str]] = ("kernel",)
    """Prefixes of the options `…_quantizer` and `…_constraint`."""

    of_keras_2: ClassVar[Sequence[str]] = ()
    """Options that Keras 2 wrote into files and that have no effect."""

    def __init__(self, *arguments: Any, input_quantizer: Any = None, **options: Any) -> None:
        found = {key: quantizers.get(options.pop(f"{key}_quantizer", None)) for key in self.kernels}
        for key in self.kernels:
            if isinstance(options.get(f"{key}_constraint"), str):
                options[f"{key}_constraint"] = _constraint(options[f"{key}_constraint"])
        options["activation"] = _activation(options.get("activation"))
        super().__init__(*arguments, **options)
        self.input_quantizer = quantizers.get(input_quantizer)
        for key, quantizer in found.items():
            setattr(self, f"{key}_quantizer", quantizer)

    def _quantized_input(self, inputs: Tensor) -> Tensor:
        if self.input_quantizer is None:
            return inputs
        return ops.cast(self.input_quantizer(inputs), self.compute_dtype)

    def _quantized(self, kernel: Tensor, key: str) -> Tensor:
        """A kernel behind its quantizer, in the type that the layer computes in."""
        kernel = value_of(kernel)
        quantizer = getattr(self, f"{key}_quantizer")
        return ops.cast(kernel if quantizer is None else quantizer(kernel), self.compute_dtype)

    def _finish(self, outputs: Tensor) -> Tensor:
        """The outputs with the bias, behind the activation."""
        if self.bias is not None:
            first = getattr(self, "data_format", None) == "channels_first"
            shape = (-1, 1, 1) if first else (-1,)
            outputs = ops.add(outputs, ops.reshape(self.bias, shape))
        return outputs if self.activation is None else self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """The options, as a file holds them."""
        named = {f"{key}_quantizer": None for key in ("input", *self.kernels)}
        write = keras.saving.serialize_keras_object
        return {**super().get_config(), **{key: write(getattr(self, key)) for key in named}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer with the options in a file, also in one of Larq."""
        return super().from_config(
            {key: value for key, value in config.items() if key not in cls.of_keras_2}
        )


def _constraint(name: str) -> Any:
    return find(name, "constraint") if name in _ALIASES else keras.constraints.get(name)


def _activation(value: Any) -> Any:
    """Quantizers may stand in place of activations, by their names too."""
    if isinstance(value, str):
        known = keras.saving.get_registered_object(value)
        return quantizers.get(value) if known is not None else value
    return value


@register()
class QuantDense(_Quantized, keras.layers.Dense):  # type: ignore[misc]
    """A dense layer of quantized inputs and weights.

    Args:
        units: numbers that it makes.
        input_quantizer: None leaves the input as it is.
        kernel_quantizer: None leaves the kernel as it is.

    Other arguments are those of `keras.layers.Dense`.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, **options)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Sums over the last axis."""
        kernel = self._quantized(self.kernel, "kernel")
        return self._finish(ops.matmul(self._quantized_input(inputs), kernel))


class _Padded(_Quantized):
    """A convolution whose border may hold another value than 0.

    Args:
        pad_values: what the border holds, where `padding` is "same".
    """

    def __init__(self, *arguments: Any, pad_values: float = 0.0, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.pad_values = pad_values

    def _padded(self, inputs: Tensor) -> tuple[Tensor, str]:
        """The input, padded where that is up to this layer, and the padding that is left."""
        if self.padding != "same" or self.pad_values == 0:
            return inputs, self.padding
        first = self.data_format == "channels_first"
        spatial = inputs.shape[2:] if first else inputs.shape[1:-1]
        if None in spatial:
            raise ValueError(f"pad_values={self.pad_values} needs maps of known size")
        borders = [
            _border(*of)
            for of in zip(spatial, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        ]
        none = (0, 0)
        widths = [none, none, *borders] if first else [none, *borders, none]
        return ops.pad(inputs, widths, constant_values=self.pad_values), "valid"

    def _window(self, padding: str) -> dict[str, Any]:
        return {
            "strides": self.strides,
            "padding": padding,
            "dilation_rate": self.dilation_rate,
            "data_format": self.data_format,
        }

    def get_config(self) -> dict[str, Any]:
        """The options, as a file holds them."""
        return {**super().get_config(), "pad_values": self.pad_values}


def _border(size: int, window: int, stride: int, dilation: int) -> tuple[int, int]:
    """Rows in front and behind, so that there are size / stride outputs, rounded up.

    The one row more of an odd number is behind.
    """
    outputs = -(-size // stride)
    rows = max((outputs - 1) * stride + (window - 1) * dilation + 1 - size, 0)
    return rows // 2, rows - rows // 2


@register()
class QuantConv2D(_Padded, keras.layers.Conv2D):  # type: ignore[misc]
    """A convolution of quantized inputs and weights.

    Args:
        filters: channels that it makes.
        kernel_size: height and width of the window.
        pad_values: what the border holds, where `padding` is "same".
        input_quantizer: None leaves the input as it is.
        kernel_quantizer: None leaves the kernel as it is.

    Other arguments are those of `keras.layers.Conv2D`.
    """

    def __init__(self, filters: int, kernel_size: Any, **options: Any) -> None:
        super().__init__(filters, kernel_size, **options)

    def call(self, inputs: Tensor) -> Tensor:
        """The map."""
        inputs, padding = self._padded(self._quantized_input(inputs))
        kernel = self._quantized(self.kernel, "kernel")
        return self._finish(ops.conv(inputs, kernel, **self._window(padding)))


@register()
class QuantDepthwiseConv2D(_Padded, keras.layers.DepthwiseConv2D):  # type: ignore[misc]
    """A convolution of each channel alone, of quantized inputs and weights.

    Args:
        kernel_size: height and width of the window.
        pad_values: what the border holds, where `padding` is "same".
        input_quantizer: None leaves the input as it is.
        depthwise_quantizer: None leaves the kernel as it is.

    Other arguments are those of `keras.layers.DepthwiseConv2D`.
    """

    kernels = ("depthwise",)
    of_keras_2 = ("groups", *_KERNEL_OF_KERAS_2)

    def __init__(self, kernel_size: Any, **options: Any) -> None:
        super().__init__(kernel_size, **options)

    def call(self, inputs: Tensor) -> Tensor:
        """The map."""
        inputs, padding = self._padded(self._quantized_input(inputs))
        kernel = self._quantized(self.kernel, "depthwise")
        return self._finish(ops.depthwise_conv(inputs, kernel, **self._window(padding)))


@register()
class QuantSeparableConv2D(_Padded, keras.layers.SeparableConv2D):  # type: ignore[misc]
    """A convolution of each channel alone and one of 1x1 over all channels behind it.

    What is between the two is not quantized.

    Args:
        filters: channels that it makes.
        kernel_size: height and width of the first window.
        pad_values: what the border holds, where `padding` is "same".
        input_quantizer: None leaves the input as it is.
        depthwise_quantizer: None leaves the first kernel as it is.
        pointwise_quantizer: None leaves the second kernel as it is.

    Other arguments are those of `keras.layers.SeparableConv2D`.
    """

    kernels = ("depthwise", "pointwise")
    of_keras_2 = ("groups", *_KERNEL_OF_KERAS_2)

    def __init__(self, filters: int, kernel_size: Any, **options: Any) -> None:
        super().__init__(filters, kernel_size, **options)

    def call(self, inputs: Tensor) -> Tensor:
        """The map."""
        inputs, padding = self._padded(self._quantized_input(inputs))
        depthwise = self._quantized(self.depthwise_kernel, "depthwise")
        pointwise = self._quantized(self.pointwise_kernel, "pointwise")
        window = self._window(padding)
        return self._finish(ops.separable_conv(inputs, depthwise, pointwise, **window))
