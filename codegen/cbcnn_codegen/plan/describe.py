"""Descriptors and tables of the portable kernels: the C structs of their headers, member by member.

A descriptor is made of integers, in the order of the struct's members, followed by pointers to
tables.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from cbcnn_codegen.ir import BinarizeInput, BinaryConv, BinaryDense, PoolSigns, Window
from cbcnn_codegen.plan.pack import pack_channels, pack_patterns, pack_weights
from cbcnn_codegen.plan.ranges import clipped_thresholds
from cbcnn_codegen.plan.steps import Field, Layer, Table

Comparing: TypeAlias = BinarizeInput | BinaryConv | BinaryDense

NO_POOL = Window(1, 1, 1, 1)


def describe_geometry(layer: Layer) -> tuple[Field, ...]:
    """Members of `cbcnn_conv_t`."""
    op, source = layer.op, layer.source.shape
    assert isinstance(op, BinaryConv)
    height, width = op.window.output_size(source.height, source.width)
    return (
        Field("input", tuple(source)),
        Field("window, strides, padding", _window_values(op.window)),
        Field("convolved", (height, width, len(op.weights))),
        Field("pool, strides, padding", _window_values(op.pool or NO_POOL)),
        Field("output", tuple(layer.output.shape)),
    )


def describe_conv_b1(layer: Layer) -> tuple[Field, ...]:
    """Members of `cbcnn_conv_b1_t`: a `cbcnn_conv_t` and the padding value."""
    assert isinstance(layer.op, BinaryConv)
    return (Field("", members=describe_geometry(layer)), Field("pad", (layer.op.pad,)))


def describe_conv_plane(layer: Layer) -> tuple[Field, ...]:
    """Members of `cbcnn_conv_plane_t`."""
    return (*describe_conv_b1(layer), *describe_image(layer))


def describe_dense_b1(layer: Layer) -> tuple[Field, ...]:
    """Members of `cbcnn_dense_b1_t`."""
    source = layer.source.shape
    words = source.height * source.width * layer.format.words(source.channels)
    return (
        Field("words", (words,)),
        Field("inputs", (source.size,)),
        Field("units", (layer.output.shape.size,)),
    )


def describe_dense_plane(layer: Layer) -> tuple[Field, ...]:
    """Members of `cbcnn_dense_plane_t`."""
    return (
        Field("inputs", (layer.source.shape.size,)),
        Field("units", (layer.output.shape.size,)),
        *describe_image(layer),
    )


def describe_binarize_plane(layer: Layer) -> tuple[Field, ...]:
    """Members of `cbcnn_binarize_plane_t`."""
    source = layer.source.shape
    return (
        Field("pixels", (source.height * source.width,)),
        Field("channels", (source.channels,)),
        *describe_image(layer),
    )


def describe_pool_b1(layer: Layer) -> tuple[Field, ...]:
    """Members of `cbcnn_pool_b1_t`."""
    assert isinstance(layer.op, PoolSigns)
    return (
        Field("input", tuple(layer.source.shape)),
        Field("window, strides, padding", _window_values(layer.op.window)),
        Field("output", tuple(layer.output.shape)),
    )


def describe_image(layer: Layer) -> tuple[Field, ...]:
    """How a pixel becomes the integer that the network computes on."""
    return (Field("shift", (layer.image.shift,)), Field("offset", (layer.image.offset,)))


def _window_values(window: Window) -> tuple[int, ...]:
    sizes = (window.height, window.width, window.stride_height, window.stride_width)
    return (*sizes, window.padding.top, window.padding.left)


def pack_words(layer: Layer) -> tuple[Table | None, ...]:
    """Weights in words, and the comparison."""
    assert isinstance(layer.op, BinaryConv | BinaryDense)
    weights = layer.op.weights
    *filters, channels = weights.shape
    shape = " x ".join([*map(str, filters), f"{channels} channels"])
    values = pack_weights(weights, layer.format.word_bits)
    return (Table("weights", "word", values, shape), *pack_comparison(layer, layer.op))


def pack_plane(layer: Layer) -> tuple[Table | None, ...]:
    """Weights in groups of four taps, and the comparison."""
    assert isinstance(layer.op, BinaryConv | BinaryDense)
    weights = layer.op.weights
    shape = " x ".join(map(str, weights.shape))
    return (
        Table("weights", "pattern", pack_patterns(weights), f"{shape}, four taps in a nibble"),
        *pack_comparison(layer, layer.op),
    )


def pack_binarize(layer: Layer) -> tuple[Table | None, ...]:
    """The comparison alone."""
    assert isinstance(layer.op, BinarizeInput)
    return pack_comparison(layer, layer.op)


def pack_pool(layer: Layer) -> tuple[Table | None, ...]:
    """The channels whose minimum is wanted."""
    assert isinstance(layer.op, PoolSigns)
    minimum = pack_channels(layer.op.minimum, layer.format.word_bits)
    return (Table("minimum", "word", minimum, f"{len(layer.op.minimum)} channels"),)


def pack_comparison(layer: Layer, op: Comparing) -> tuple[Table | None, ...]:
    """Thresholds and complement mask, or null pointers where nothing is compared."""
    if op.thresholds is None or op.complement is None:
        return None, None
    thresholds = clipped_thresholds(op, layer.source, layer.image)
    complement = pack_channels(np.asarray(op.complement, bool), layer.format.word_bits)
    channels = f"{len(thresholds)} channels"
    return (
        Table("thresholds", "threshold", thresholds, channels),
        Table("complement", "word", complement, channels),
    )
