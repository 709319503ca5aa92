"""Layers of the smallest models that can be generated, for tests that change one thing in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from support.keras_files import Layer, batch_norm, input_layer, quant_conv, quant_dense

Array = npt.NDArray[np.float32]


def latent(*shape: int, seed: int = 0) -> Array:
    """Weights of both signs, none of them 0, 1 or -1."""
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return np.where(values >= 0, values + np.float32(0.01), values)


def image(*shape: int | None) -> Layer:
    """An input of 6x5 pixels and two channels, or of another shape."""
    return input_layer(*(shape or (6, 5, 2)), name="image")


def conv(name: str = "conv", channels: int = 2, filters: int = 3, **options: Any) -> Layer:
    """A 3x3 convolution; of the image if its `input_quantizer` is left at None."""
    kernel = options.pop("kernel", latent(3, 3, channels, filters))
    return quant_conv(name, kernel, **{"input_quantizer": None, **options})


def dense(inputs: int, name: str = "dense", units: int = 4, **options: Any) -> Layer:
    """A dense layer that binarizes its input."""
    return quant_dense(name, options.pop("kernel", latent(inputs, units)), **options)


def flatten(name: str = "flatten") -> Layer:
    return Layer("Flatten", name, {"data_format": "channels_last"})


def activation(function: Any, name: str = "activation") -> Layer:
    return Layer("Activation", name, {"activation": function})


def norm(channels: int, name: str = "norm", **options: Any) -> Layer:
    return batch_norm(name, channels, **options)


def pool(name: str = "pool", **options: Any) -> Layer:
    config = {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid"}
    return Layer("MaxPooling2D", name, {**config, "data_format": "channels_last", **options})


def network(*between: Layer, inputs: int = 36) -> list[Layer]:
    """Image, convolution to a 4x3 map of 3 channels, `between`, dense layer of 4 classes."""
    return [image(), conv(), *between, flatten(), dense(inputs)]
