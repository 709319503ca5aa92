"""Layers around shortcuts: residual layers, and QuickNet's layers of real values.

A residual layer adds what its layers make of a map to the map: Bi-Real Net's shortcut around each
binary convolution. QuickNet (Larq Zoo) makes its maps with cheap real convolutions, narrow,
depthwise or 1x1, and ends in the mean of each channel and a real dense layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cbcnn_trainer.presets import Architecture

Layers = list[Any]
Norm = Callable[[str], Any]


@dataclass(frozen=True)
class Residual:
    """Layers in a row, and the one that adds what they make to what they read."""

    layers: tuple[Any, ...]
    add: Any

    def __call__(self, values: Any) -> Any:
        """The sum for a map [N, H, W, C]."""
        made = values
        for layer in self.layers:
            made = layer(made)
        return self.add([made, values])


def residual(keras: Any, layers: Layers, name: str) -> Residual:
    """A residual layer; its Keras layer that adds is called `name`."""
    return Residual(tuple(layers), keras.layers.Add(name=name))


def connect(keras: Any, layers: Layers, name: str) -> Any:
    """A Keras model of layers in a row, the first an InputLayer; Sequential if none is residual."""
    if not any(isinstance(layer, Residual) for layer in layers):
        return keras.Sequential(layers, name=name)
    image = values = layers[0].output
    for layer in layers[1:]:
        values = layer(values)
    return keras.Model(image, values, name=name)


def real_downsampling(keras: Any, architecture: Architecture, index: int, norm: Norm) -> Layers:
    """Layers of real values that halve the map, or divide it by the size of pooling.

    The first ones are a convolution by half of the filters, a depthwise one and one of 1x1, the
    others ReLU, max pooling and a convolution of 1x1; a batch norm follows each convolution.
    """
    filters, size, name = architecture.filters[index], architecture.pool_size, f"conv_{index + 1}"
    pointwise = keras.layers.Conv2D(filters, 1, use_bias=False, name=name)
    if index:
        relu = keras.layers.ReLU(name=f"{name}_relu")
        pool = keras.layers.MaxPool2D(size, name=f"{name}_pool")
        return [relu, *([pool] if size > 1 else []), pointwise, norm(f"{name}_norm")]
    options = {"padding": "same", "use_bias": False}
    stem, narrow = f"{name}_stem", max(1, filters // 2)
    return [
        keras.layers.Conv2D(narrow, 3, strides=size, name=stem, **options),
        norm(f"{stem}_norm"),
        keras.layers.ReLU(name=f"{stem}_relu"),
        keras.layers.DepthwiseConv2D(3, name=f"{stem}_depthwise", **options),
        norm(f"{stem}_depthwise_norm"),
        pointwise,
        norm(f"{name}_norm"),
    ]


def real_ending(keras: Any, classes: int) -> Layers:
    """The mean of each channel and a real dense layer, in float32 whatever the precision."""
    return [
        keras.layers.ReLU(name="average_relu"),
        keras.layers.GlobalAveragePooling2D(name="average"),
        keras.layers.Dense(classes, name="dense_1", dtype="float32"),
    ]
