"""Networks with real numbers in them, as files: the patterns that people build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from support.connected_files import connected
from support.keras_files import Layer, batch_norm, input_layer, quant_conv


class RealNetwork(NamedTuple):
    """Layers, and which of them read something else than the layer before."""

    layers: Sequence[Layer]
    reads: Mapping[str, Sequence[str]]

    def write(self, path: Path) -> Path:
        """The network as a model file."""
        first, last = self.layers[0].name, self.layers[-1].name
        return connected(path, self.layers, self.reads, [first], [last])


def _random(name: str, *shape: int) -> Any:
    seed = sum(map(ord, name))
    fan_in = max(int(np.prod(shape[:-1])), 1)
    return (np.random.default_rng(seed).normal(size=shape) / fan_in**0.5).astype(np.float32)


def real_conv(name: str, size: int, channels: int, filters: int, **options: Any) -> Layer:
    """A Conv2D with a bias."""
    config = {
        "filters": filters,
        "kernel_size": [size, size],
        "strides": [1, 1],
        "padding": "same",
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "activation": "linear",
        "use_bias": True,
    }
    kernel = _random(name, size, size, channels // options.get("groups", 1), filters)
    weights = {"kernel": kernel}
    if options.get("use_bias", True):
        weights["bias"] = _random(f"{name}/bias", filters)
    return Layer("Conv2D", name, {**config, **options}, weights)


def depthwise(name: str, size: int, channels: int, **options: Any) -> Layer:
    """A DepthwiseConv2D without a bias."""
    config = {
        "kernel_size": [size, size],
        "strides": [1, 1],
        "padding": "same",
        "depth_multiplier": 1,
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "activation": "linear",
        "use_bias": False,
    }
    weights = {"depthwise_kernel": _random(name, size, size, channels, 1)}
    return Layer("DepthwiseConv2D", name, {**config, **options}, weights)


def real_dense(name: str, inputs: int, units: int, **options: Any) -> Layer:
    """A Dense with a bias."""
    config = {"units": units, "activation": "linear", "use_bias": True}
    weights = {"kernel": _random(name, inputs, units), "bias": _random(f"{name}/bias", units)}
    return Layer("Dense", name, {**config, **options}, weights)


def norm(name: str, channels: int) -> Layer:
    """A BatchNormalization that is not the identity."""
    values = {
        "gamma": _random(f"{name}/gamma", channels) + np.float32(0.3),
        "beta": _random(f"{name}/beta", channels),
        "moving_mean": _random(f"{name}/mean", channels) * 4,
        "moving_variance": np.abs(_random(f"{name}/variance", channels)) * 9 + np.float32(0.1),
    }
    return batch_norm(name, channels, **values)


def binary_conv(name: str, channels: int, filters: int, **options: Any) -> Layer:
    """A QuantConv2D of signs."""
    kernel = _random(name, 3, 3, channels, filters)
    return quant_conv(name, kernel, **{"padding": "same", **options})


def plain(kind: str, name: str, **options: Any) -> Layer:
    """A layer without arrays."""
    return Layer(kind, name, options)


def residual() -> RealNetwork:
    """Real stem, two binary blocks with shortcuts, a shortcut that shrinks, and a real head."""
    layers = [
        input_layer(12, 10, 3, name="image"),
        real_conv("stem", 3, 3, 8),
        norm("stem_norm", 8),
        plain("ReLU", "relu"),
        binary_conv("first", 8, 8),
        norm("first_norm", 8),
        plain("Add", "first_add"),
        plain("AveragePooling2D", "shrink", pool_size=[2, 2], strides=[2, 2], padding="same"),
        real_conv("wider", 1, 8, 12, use_bias=False),
        norm("wider_norm", 12),
        binary_conv("second", 8, 12, strides=[2, 2]),
        norm("second_norm", 12),
        plain("Add", "second_add"),
        plain("GlobalAveragePooling2D", "mean"),
        real_dense("head", 12, 5),
    ]
    reads = {
        "first_add": ["first_norm", "relu"],
        "shrink": ["first_add"],
        "second": ["first_add"],
        "second_add": ["second_norm", "wider_norm"],
    }
    return RealNetwork(layers, reads)


def dense_block() -> RealNetwork:
    """Every layer adds channels to those before it."""
    layers = [
        input_layer(9, 8, 2, name="image"),
        real_conv("stem", 3, 2, 5, strides=[2, 2]),
        norm("norm_0", 5),
        binary_conv("conv_0", 5, 4),
        plain("Concatenate", "join_0", axis=-1),
        norm("norm_1", 9),
        binary_conv("conv_1", 9, 4, dilation_rate=[2, 2]),
        plain("Concatenate", "join_1", axis=-1),
        norm("norm_2", 13),
        plain("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2], padding="same"),
        plain("LeakyReLU", "leaky", alpha=0.1),
        real_conv("shrink", 1, 13, 6, groups=1, activation="relu6"),
        plain("Flatten", "flatten"),
        real_dense("head", 36, 3),
    ]
    reads = {"join_0": ["stem", "conv_0"], "join_1": ["join_0", "conv_1"]}
    return RealNetwork(layers, reads)


def quicknet() -> RealNetwork:
    """A depthwise stem, blocks whose ReLU stands in front of the norm, blurred transitions."""
    layers = [
        input_layer(16, 16, 3, name="image"),
        real_conv("stem", 3, 3, 4, strides=[2, 2], activation="relu", use_bias=False),
        norm("stem_norm", 4),
        depthwise("spread", 3, 4, strides=[2, 2]),
        norm("spread_norm", 4),
        real_conv("widen", 1, 4, 8, use_bias=False),
        norm("widen_norm", 8),
        binary_conv("block", 8, 8, activation="relu"),
        norm("block_norm", 8),
        plain("Add", "block_add"),
        plain("ReLU", "block_relu", max_value=6.0),
        plain("MaxPooling2D", "pool", pool_size=[3, 3], strides=[1, 1], padding="same"),
        depthwise("blur", 3, 8, strides=[2, 2]),
        real_conv("next", 1, 8, 12, groups=4),
        norm("next_norm", 12),
        binary_conv("last", 12, 12, activation="relu"),
        norm("last_norm", 12),
        plain("Add", "last_add"),
        plain("Activation", "last_relu", activation="relu"),
        plain("GlobalAveragePooling2D", "mean"),
        real_dense("head", 12, 1),
    ]
    reads = {"block_add": ["block_norm", "widen_norm"], "last_add": ["last_norm", "next_norm"]}
    return RealNetwork(layers, reads)


def quicknet_of(filters: Sequence[int], size: int, blocks: int = 2) -> RealNetwork:
    """QuickNet as Larq Zoo builds it: sections of binary blocks with shortcuts.

    Args:
        filters: of each section.
        size: rows and columns of the image, which the stem divides by four.
        blocks: of each section.
    """
    layers, reads = _quicknet_stem(filters[0], size), {}
    stream = layers[-1].name
    for number, channels in enumerate(filters):
        if number:
            layers += _transition(f"down_{number}", filters[number - 1], channels)
            stream = layers[-1].name
        for block in range(blocks):
            name = f"block_{number}_{block}"
            sums = {"activation": "relu", "pad_values": 1.0}
            layers += [
                binary_conv(name, channels, channels, **sums),
                norm(f"{name}_norm", channels),
                plain("Add", f"{name}_add"),
            ]
            reads[f"{name}_add"] = [f"{name}_norm", stream]
            stream = f"{name}_add"
    layers += [
        plain("Activation", "last_relu", activation="relu"),
        plain("GlobalAveragePooling2D", "mean"),
        real_dense("head", filters[-1], 10),
    ]
    return RealNetwork(layers, reads)


def _quicknet_stem(filters: int, size: int) -> list[Layer]:
    quarter = filters // 4
    return [
        input_layer(size, size, 3, name="image"),
        real_conv("stem", 3, 3, quarter, strides=[2, 2], use_bias=False),
        norm("stem_norm", quarter),
        plain("Activation", "stem_relu", activation="relu"),
        depthwise("spread", 3, quarter, strides=[2, 2]),
        norm("spread_norm", quarter),
        real_conv("widen", 1, quarter, filters, use_bias=False),
        norm("widen_norm", filters),
    ]


def _transition(name: str, before: int, behind: int) -> list[Layer]:
    return [
        plain("Activation", f"{name}_relu", activation="relu"),
        plain("MaxPooling2D", f"{name}_pool", pool_size=[3, 3], strides=[1, 1], padding="same"),
        depthwise(f"{name}_blur", 3, before, strides=[2, 2]),
        real_conv(f"{name}_widen", 1, before, behind, use_bias=False),
        norm(f"{name}_norm", behind),
    ]


NETWORKS = {"residual": residual(), "dense block": dense_block(), "QuickNet": quicknet()}
