"""The operations of a graph and the small values that they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_inputs.metadata import InputType

Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
Float32Array = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

EXACT_FLOAT32: Final = 2**24
"""Integers below this are exact in float32, and so are the sums that TensorFlow makes of them."""


class Shape(NamedTuple):
    """The shape of one image's activation map."""

    height: int
    width: int
    channels: int

    @property
    def size(self) -> int:
        """Number of values."""
        return self.height * self.width * self.channels


class Padding(NamedTuple):
    """Rows and columns added around a map before a window slides over it."""

    top: int
    left: int
    bottom: int
    right: int


NO_PADDING: Final = Padding(0, 0, 0, 0)


class Window(NamedTuple):
    """A sliding window: its size, its step and the padding around the map."""

    height: int
    width: int
    stride_height: int
    stride_width: int
    padding: Padding = NO_PADDING

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns that the window visits on a map of `height` x `width`."""
        rows = height + self.padding.top + self.padding.bottom - self.height
        columns = width + self.padding.left + self.padding.right - self.width
        return rows // self.stride_height + 1, columns // self.stride_width + 1


Kind = Literal["plane", "accumulators", "signs", "scores"]
"""What a map holds: image integers, exact sums or functions of them, -1/+1, or class scores."""


class Map(NamedTuple):
    """Shape and kind of the value between two operations."""

    shape: Shape
    kind: Kind


@dataclass(frozen=True, eq=False)
class Input:
    """The image that the caller passes.

    Attributes:
        shape: of one image.
        dtype: of its values `x`.
        shift, offset: the network computes on the integers `(x << shift) + offset`.
        scale: what one such integer is worth; folded into thresholds and scores.
    """

    name: str
    shape: Shape
    dtype: InputType
    shift: int = 0
    offset: int = 0
    scale: float = 1.0

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest integer that the network can see in a pixel."""
        low, high = (0, 255) if self.dtype == "uint8" else (-128, 127)
        return (low << self.shift) + self.offset, (high << self.shift) + self.offset


@dataclass(frozen=True, eq=False)
class Conv:
    """A convolution with binary weights, as the model file has it.

    Attributes:
        weights: -1/+1, OHWI.
        window: kernel size, strides, resolved padding.
        pad: the real value of a padding pixel.
        multiplier: per output channel, what a product of 1 is worth; None for 1.
        bias: per output channel; None for 0.
    """

    name: str
    weights: Int8Array
    window: Window
    pad: float = 0.0
    multiplier: Float32Array | None = None
    bias: Float32Array | None = None


@dataclass(frozen=True, eq=False)
class Dense:
    """A dense layer with binary weights: -1/+1, units x height x width x channels."""

    name: str
    weights: Int8Array
    multiplier: Float32Array | None = None
    bias: Float32Array | None = None


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """Batch normalisation at inference, one of each value per channel.

    `fused` names the operation order of Keras: True for rank 4, which computes
    `(x - mean) * inv + beta`, False for rank 2, which computes `x * inv + (beta - mean * inv)`,
    where `inv = gamma / sqrt(variance + epsilon)`.
    """

    name: str
    gamma: Float32Array
    beta: Float32Array
    mean: Float32Array
    variance: Float32Array
    epsilon: float
    fused: bool


@dataclass(frozen=True, eq=False)
class Relu:
    """max(x, 0)."""

    name: str


@dataclass(frozen=True, eq=False)
class MaxPool:
    """Maximum over a window, padding left out. On accumulators and signs alike."""

    name: str
    window: Window


@dataclass(frozen=True, eq=False)
class Flatten:
    """Map to vector in NHWC order."""

    name: str


@dataclass(frozen=True, eq=False)
class Sign:
    """Binarization; `zero` is what 0 becomes: +1 in Larq, -1 in the CBCNN authors' layers.

    `source` is the Keras layer whose output is binarized here, so that a live model can be asked
    for the same values; "" for the image itself.
    """

    name: str
    zero: Literal[-1, 1]
    source: str = ""


@dataclass(frozen=True, eq=False)
class Threshold:
    """Accumulators to signs: +1 where `(x >= threshold) != complement`, one pair per channel.

    A channel that never depends on `x` has a threshold at or below the smallest accumulator.
    """

    name: str
    thresholds: Int32Array
    complement: BoolArray
    source: str = ""


@dataclass(frozen=True, eq=False)
class Scores:
    """Accumulators to class scores, `float32(float32(x * multiplier) + offset)`, a pair per class.

    Both roundings are IEEE 754 float32, half to even; there is no fused multiply-add. This order is
    the contract for float logits; the integer scores of the C are the same numbers in fixed point.
    """

    name: str
    multiplier: Float32Array
    offset: Float32Array
    source: str = ""


@dataclass(frozen=True, eq=False)
class BinarizeInput:
    """The image itself becomes signs, by one threshold per channel; see `Threshold`."""

    name: str
    thresholds: Int32Array
    complement: BoolArray
    source: str = ""


@dataclass(frozen=True, eq=False)
class BinaryConv:
    """Convolution, max pooling of its accumulators, and comparison, in one.

    Attributes:
        weights: -1/+1, OHWI.
        window: of the convolution.
        pad: the integer that a padding pixel counts as; 0, or -1/+1 on signs.
        pool: max pooling of the accumulators; None for none.
        thresholds, complement: as in `Threshold`; both None leaves pooled accumulators.
        source: the Keras layer whose output is compared, or that makes the accumulators.
    """

    name: str
    weights: Int8Array
    window: Window
    pad: int
    pool: Window | None
    thresholds: Int32Array | None
    complement: BoolArray | None
    source: str = ""


@dataclass(frozen=True, eq=False)
class BinaryDense:
    """Dense layer and comparison in one; fields as in `Dense` and `BinaryConv`."""

    name: str
    weights: Int8Array
    thresholds: Int32Array | None
    complement: BoolArray | None
    source: str = ""


@dataclass(frozen=True, eq=False)
class PoolSigns:
    """Pooling of signs: the maximum, or the minimum in the channels where `minimum` is set."""

    name: str
    window: Window
    minimum: BoolArray
    source: str = ""


Op = (
    Conv
    | Dense
    | BatchNorm
    | Relu
    | MaxPool
    | Flatten
    | Sign
    | Threshold
    | Scores
    | BinarizeInput
    | BinaryConv
    | BinaryDense
    | PoolSigns
)
Product = Conv | Dense
