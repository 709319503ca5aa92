"""Layers of convolution and max pooling, drawn at random and computed by NumPy in float64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """Sizes of a layer; `signs` says that its inputs are -1 and +1 and not those of an image."""

    images: int
    height: int
    width: int
    channels: int
    filters: int
    kernel_size: int = 3
    pool_size: int = 2
    signs: bool = True

    def __str__(self) -> str:
        kind = "signs" if self.signs else "image"
        sizes = f"{self.images}x{self.height}x{self.width}x{self.channels}-{self.filters}"
        return f"{kind}-{sizes}-k{self.kernel_size}-p{self.pool_size}"


# Channels below, at and past a word of 64 and a block of 16; filters odd, and past a group of 32;
# maps with a row and a column that no window covers, and maps of one window; more and fewer images
# than there are threads.
SHAPES: Final = (
    Layer(9, 14, 14, 128, 128),
    Layer(2, 7, 5, 64, 33),
    Layer(3, 5, 6, 70, 20),
    Layer(1, 2, 2, 1, 1),
    Layer(2, 3, 3, 17, 5),
    Layer(2, 6, 6, 16, 8, kernel_size=1),
    Layer(2, 6, 7, 15, 9, kernel_size=2, pool_size=3),
    Layer(2, 9, 8, 65, 7, kernel_size=5, pool_size=1),
    Layer(5, 10, 11, 1, 40, signs=False),
    Layer(2, 9, 9, 3, 128, signs=False),
    Layer(1, 8, 6, 2, 3, kernel_size=5, pool_size=3, signs=False),
    Layer(2, 5, 5, 1, 33, kernel_size=2, pool_size=1, signs=False),
)


def draw(layer: Layer) -> tuple[Values, Values, Values]:
    """Inputs, kernel and a gradient of the pooled map, float32."""
    random = np.random.default_rng(0)
    inputs = (layer.images, layer.height, layer.width, layer.channels)
    side = layer.pool_size
    pooled = (layer.images, layer.height // side, layer.width // side, layer.filters)
    kernel = (layer.kernel_size, layer.kernel_size, layer.channels, layer.filters)
    signs = np.array([-1, 1], np.float32)
    values = random.choice(signs, inputs) if layer.signs else random.integers(-128, 256, inputs)
    gradient = random.normal(size=pooled).astype(np.float32)
    return values.astype(np.float32), random.choice(signs, kernel), gradient


def pool(layer: Layer, inputs: Values, kernel: Values) -> Values:
    """All sums of every window [N, H // P, W // P, P * P, F]."""
    rows, columns = layer.height // layer.pool_size, layer.width // layer.pool_size
    padded = _pad(layer, inputs)
    sums = np.zeros((*inputs.shape[:3], layer.filters))
    for y, x, taps in _taps(layer, padded):
        sums += taps @ kernel[y, x].astype(np.float64)
    side = layer.pool_size
    covered = sums[:, : rows * side, : columns * side]
    windows = covered.reshape(layer.images, rows, side, columns, side, layer.filters)
    return windows.transpose(0, 1, 3, 2, 4, 5).reshape(
        layer.images, rows, columns, -1, layer.filters
    )


def differentiate(
    layer: Layer, inputs: Values, kernel: Values, choices: Values, gradient: Values
) -> tuple[Values, Values]:
    """Gradients of inputs and kernel, from that of the pooled map and what its windows chose."""
    side = layer.pool_size
    images, rows, columns, filters = gradient.shape
    windows = np.zeros((images, rows, columns, side * side, filters))
    np.put_along_axis(windows, choices[:, :, :, None].astype(int), gradient[:, :, :, None], axis=3)
    unpooled = np.zeros((*inputs.shape[:3], filters))
    unpooled[:, : rows * side, : columns * side] = (
        windows.reshape(images, rows, columns, side, side, filters)
        .transpose(0, 1, 3, 2, 4, 5)
        .reshape(images, rows * side, columns * side, filters)
    )
    padded = _pad(layer, inputs)
    to_padded, to_kernel = np.zeros(padded.shape), np.zeros(kernel.shape)
    for y, x, taps in _taps(layer, padded):
        to_kernel[y, x] = np.einsum("nhwc,nhwf->cf", taps, unpooled)
        to_padded[:, y : y + layer.height, x : x + layer.width] += unpooled @ kernel[y, x].T
    before = (layer.kernel_size - 1) // 2
    inner = slice(before, before + layer.height), slice(before, before + layer.width)
    return to_padded[:, inner[0], inner[1]], to_kernel


def _pad(layer: Layer, inputs: Values) -> Values:
    before = (layer.kernel_size - 1) // 2
    sides = (before, layer.kernel_size - 1 - before)
    return np.pad(inputs.astype(np.float64), ((0, 0), sides, sides, (0, 0)))


def _taps(layer: Layer, padded: Values) -> Any:
    """Each tap's row and column, and the inputs that it meets [N, H, W, C]."""
    for y in range(layer.kernel_size):
        for x in range(layer.kernel_size):
            yield y, x, padded[:, y : y + layer.height, x : x + layer.width]
