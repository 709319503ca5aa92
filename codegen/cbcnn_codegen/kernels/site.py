"""The question to a kernel: an operation between maps with certain layouts in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from cbcnn_codegen.ir import Input, Operation, Shape

Element = Literal[
    "word", "threshold", "pattern", "pixel", "u8", "u32", "int8", "int16", "int32", "int64", "float"
]
"""C types that tables and buffers have: packed signs, a threshold, groups of taps in a byte, a
value of the image, and integers and floats of that size."""

Layout = Literal[
    "plane", "pixel_words", "int8", "int16", "int32", "reals", "fixed_point", "float32"
]
"""How a map lies in memory: the caller's image; packed signs, every pixel from a new word on; one
integer of 8, 16 or 32 bits or one float for each value; scores as integers in fixed point; scores
as floats."""

_LEAST_LANES: Final = 32
"""Below that the kernels with lanes are not offered: they are made for registers of 32 bits."""

_ELEMENTS: Final[dict[Layout, Element]] = {
    "plane": "pixel",
    "pixel_words": "word",
    "int8": "int8",
    "int16": "int16",
    "int32": "int32",
    "reals": "float",
}


@dataclass(frozen=True)
class TypeSizes:
    """Sizes of the C types that differ between targets and models.

    `lane_words` is how many words of lanes bit slicing computes at once; see `lanes_type.h`.
    `has_lists` says whether lists of taps are tables; see `vector/bucket_lists.h`.
    """

    word_bits: int
    threshold_bits: int
    pointer_bytes: int
    lane_words: int = 1
    has_lists: bool = False

    @property
    def has_lanes(self) -> bool:
        """Whether words have so many bits that a kernel computes a pixel in each of them."""
        return self.word_bits >= _LEAST_LANES

    def item_bytes(self, element: Element) -> int:
        """Bytes of one value of this type."""
        sizes: dict[Element, int] = {
            "word": self.word_bits // 8,
            "threshold": self.threshold_bits // 8,
            "pattern": 1,
            "pixel": 1,
            "u8": 1,
            "u32": 4,
            "int8": 1,
            "int16": 2,
            "int32": 4,
            "int64": 8,
            "float": 4,
        }
        return sizes[element]

    def words(self, channels: int) -> int:
        """Words of one pixel."""
        return -(-channels // self.word_bits)


class StoredMap(NamedTuple):
    """A map between two kernels.

    Attributes:
        name: that it has in the C, different from those of all other maps.
        largest: bound of the magnitude of its integers; 0 for scores, which are none.
        zeros: expected share of zeros among its floats, for prices alone.
    """

    name: str
    shape: Shape
    layout: Layout
    largest: int
    zeros: float = 0.0

    @property
    def element(self) -> Element:
        """C type of its values."""
        return _ELEMENTS[self.layout]

    def pixel_items(self, sizes: TypeSizes) -> int:
        """Values of that type in one pixel."""
        channels = self.shape.channels
        return sizes.words(channels) if self.layout == "pixel_words" else channels

    def pixel_bytes(self, sizes: TypeSizes) -> int:
        """Bytes of one pixel."""
        return self.pixel_items(sizes) * sizes.item_bytes(self.element)


@dataclass(frozen=True, eq=False)
class Site:
    """One operation, the maps that it reads and makes, and the target's sizes.

    Attributes:
        sources: in the order of the operation.
        image: how pixels of a `plane` become integers.
    """

    op: Operation
    sources: tuple[StoredMap, ...]
    output: StoredMap
    image: Input
    sizes: TypeSizes

    @property
    def reads(self) -> tuple[Layout, ...]:
        """Layouts of the maps that it reads."""
        return tuple(source.layout for source in self.sources)

    @property
    def writes(self) -> Layout:
        """Layout of the map that it makes."""
        return self.output.layout

    @property
    def source(self) -> StoredMap:
        """The map that an operation with a single one reads."""
        (source,) = self.sources
        return source
