"""Helps operations to draw themselves for tests, in which hard cases are common.

A NumPy generator draws everything, so a seed is a case.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cbcnn_codegen.ir.values import BoolArray, Element, Int8Array, Int32Array, Shape
from cbcnn_codegen.ir.windows import Padding, Window, same_padding

Random = np.random.Generator

CHANNELS: Final = (1, 2, 3, 5, 7, 8, 31, 32, 33, 40, 63, 64, 65, 96)
"""Numbers of channels at, below and past the ends of words."""


def draw_channels(random: Random) -> int:
    """A number of output channels."""
    return int(random.choice(CHANNELS))


def draw_signs(random: Random, *shape: int) -> Int8Array:
    """Random -1/+1, or all alike, or all but one of them -1."""
    style = random.integers(0, 8)
    signs = np.full(shape, 1 if style == 0 else -1, np.int8)
    if style == 2:
        signs.flat[random.integers(signs.size)] = 1
    return random.choice(np.array([-1, 1], np.int8), shape) if style > 2 else signs


def _pair(random: Random, largest: int) -> tuple[int, int]:
    return int(random.integers(1, largest + 1)), int(random.integers(1, largest + 1))


def draw_window(
    random: Random, shape: Shape, sizes: tuple[int, ...], largest_stride: int
) -> Window:
    """A window as Keras has it: nearly square, on the map alone or with TensorFlow's SAME."""
    size = int(random.choice(sizes))
    width = int(random.choice([size, size, size, max(1, size - 1)]))
    window = Window(size, width, *_pair(random, largest_stride))
    fits = size <= shape.height and width <= shape.width
    if fits and random.random() < 0.5:
        return window
    return window._replace(padding=same_padding((shape.height, shape.width), window))


def draw_any_window(random: Random, shape: Shape) -> Window:
    """A window with no padding, TensorFlow's, or a lopsided one; or a single pixel."""
    sizes, strides = _pair(random, 5), _pair(random, 3)
    style = random.integers(0, 4)
    if style == 3:
        return Window(1, 1, *strides)
    if style == 0:
        return Window(min(sizes[0], shape.height), min(sizes[1], shape.width), *strides)
    window = Window(*sizes, *strides)
    if style == 1:
        return window._replace(padding=same_padding((shape.height, shape.width), window))
    top, left = (int(random.integers(0, size)) for size in sizes)
    bottom = max(sizes[0] - shape.height - top, int(random.integers(0, sizes[0])))
    right = max(sizes[1] - shape.width - left, int(random.integers(0, sizes[1])))
    return window._replace(padding=Padding(top, left, bottom, right))


def draw_pool(random: Random, shape: Shape, usual: float = 0.4) -> Window:
    """The window of a pooling: 2x2, or any small one with TensorFlow's padding or none."""
    if random.random() < usual and min(shape.height, shape.width) >= 2:
        return Window(2, 2, 2, 2)
    window = Window(*_pair(random, 3), *_pair(random, 3))
    if random.random() < 0.5:
        return window._replace(padding=same_padding((shape.height, shape.width), window))
    return window._replace(
        height=min(window.height, shape.height), width=min(window.width, shape.width)
    )


def draw_comparison(
    random: Random, channels: int, element: Element
) -> tuple[Int32Array, BoolArray]:
    """Thresholds near zero, where ties are, spread out, and at and beyond both ends."""
    largest = element.largest
    near = random.integers(-4, 5, channels)
    spread = random.integers(-largest - 3, largest + 4, channels)
    ends = random.choice([-largest - 1, -largest, largest, largest + 1], channels)
    thresholds = np.choose(random.integers(0, 3, channels), [near, spread, ends])
    return thresholds.astype(np.int32), random.random(channels) < 0.4
