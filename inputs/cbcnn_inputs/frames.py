"""The frames of a camera: their size, and where the bytes of a pixel lie.

`frame_pixels` makes a picture of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from cbcnn_inputs.errors import DataError, UsageError
from cbcnn_inputs.own_pictures.scale import UInt8Array

LARGEST_FRAME_SIDE: Final = 16384
LARGEST_FRAME_PIXELS: Final = 1 << 24
"""A sum of pixels, with their weights, fits into 32 bits up to here; see `scale_line_u8` in C."""

_OPTION: Final = re.compile(r"([0-9]{1,6})x([0-9]{1,6}):([a-z0-9-]+)")


class Packed(NamedTuple):
    """Pixels of three colours, one after the other.

    Attributes:
        bits: of a pixel: 24, a byte for each colour; or 16, of 5, 6 and 5 bits, red highest.
        reversed: blue comes first; or, of 16 bits, the high byte does.
    """

    bits: int
    reversed: bool = False


class Luminance(NamedTuple):
    """Pixels of luminance Y, of which two neighbours in a row share their colour, U and V.

    Attributes:
        step: bytes from one Y to the next.
        y: place of the first Y.
        u, v: place of the first U and V, four bytes apart, or two in a plane of their own.
        planar: U and V lie behind all Y, one line of them for two lines of pixels.
        limited: Y is 16 to 235, U and V are 16 to 240; else all are 0 to 255.
    """

    step: int
    y: int
    u: int
    v: int
    planar: bool = False
    limited: bool = False

    @property
    def weights(self) -> YuvWeights:
        """What the numbers add to a colour."""
        return LIMITED_RANGE if self.limited else FULL_RANGE

    @property
    def chroma_step(self) -> int:
        """Bytes from one U to the next."""
        return 2 if self.planar else 4


class YuvWeights(NamedTuple):
    """BT.601 in units of 2^-16: what Y, less `black`, and U and V, less 128, add to a colour."""

    black: int
    luma: int
    red_v: int
    green_u: int
    green_v: int
    blue_u: int


FULL_RANGE: Final = YuvWeights(0, 65536, 91881, -22554, -46802, 116130)
"""1, 1.402, -0.344136, -0.714136, 1.772: that of JPEG."""

LIMITED_RANGE: Final = YuvWeights(16, 76309, 104597, -25675, -53279, 132201)
"""255/219, and the others times 255/224."""

GREY: Final = "grey"
FORMATS: Final[Mapping[str, Packed | Luminance | None]] = {
    "rgb888": Packed(24),
    "bgr888": Packed(24, reversed=True),
    "rgb565-le": Packed(16),
    "rgb565-be": Packed(16, reversed=True),
    "yuyv": Luminance(2, 0, 1, 3),
    "uyvy": Luminance(2, 1, 0, 2),
    "nv12": Luminance(1, 0, 0, 1, planar=True),
    "yuyv-limited": Luminance(2, 0, 1, 3, limited=True),
    "uyvy-limited": Luminance(2, 1, 0, 2, limited=True),
    "nv12-limited": Luminance(1, 0, 0, 1, planar=True, limited=True),
    GREY: None,
}
"""What a pixel is in each format; None is a byte of grey."""


@dataclass(frozen=True)
class Camera:
    """The frames of a camera.

    Attributes:
        width: in pixels.
        height: in pixels.
        format: a name of `FORMATS`.
    """

    width: int
    height: int
    format: str

    @classmethod
    def parse(cls, text: str) -> Camera:
        """Read `640x480:rgb565-le`.

        Raises:
            UsageError: anything else.
        """
        match = _OPTION.fullmatch(text)
        if match is None or match[3] not in FORMATS:
            raise UsageError(
                "--camera cannot be read",
                found=repr(text[:80]),
                allowed=f"WIDTHxHEIGHT:FORMAT, where FORMAT is {', '.join(FORMATS)}",
                suggestion="--camera 640x480:rgb565-le",
            )
        width, height = int(match[1]), int(match[2])
        side, pixels = max(width, height), width * height
        if not (0 < pixels <= LARGEST_FRAME_PIXELS and side <= LARGEST_FRAME_SIDE):
            raise UsageError(
                "--camera has frames that cannot be scaled in 32 bits",
                found=f"{width}x{height}",
                allowed=f"sides of 1 to {LARGEST_FRAME_SIDE:,} pixels, at most "
                f"{LARGEST_FRAME_PIXELS:,} pixels in all",
            )
        return cls(width, height, match[3])

    def __str__(self) -> str:
        return f"{self.width}x{self.height}:{self.format}"

    @property
    def pixel(self) -> Packed | Luminance | None:
        """What a pixel is."""
        return FORMATS[self.format]

    @property
    def is_planar(self) -> bool:
        """Whether the colours lie in a plane of their own."""
        return isinstance(self.pixel, Luminance) and self.pixel.planar

    @property
    def pairs(self) -> int:
        """Pairs of neighbours in a line, the last one perhaps with a single pixel that counts."""
        return -(-self.width // 2)

    @property
    def line_bytes(self) -> int:
        """Of a line of pixels without a gap behind it."""
        match self.pixel:
            case Packed(bits):
                return self.width * bits // 8
            case Luminance(planar=False):
                return 4 * self.pairs
        return self.width

    @property
    def chroma_line_bytes(self) -> int:
        """Of a line of the plane of colours; 0 without one."""
        return 2 * self.pairs if self.is_planar else 0

    @property
    def frame_bytes(self) -> int:
        """Of a frame without gaps."""
        return self.line_bytes * self.height + self.chroma_line_bytes * -(-self.height // 2)

    def planes(self, frame: UInt8Array) -> tuple[UInt8Array, UInt8Array]:
        """Lines of pixels, and lines of the plane of colours, which may be none.

        Args:
            frame: uint8 [frame_bytes], without gaps.

        Raises:
            DataError: it has another size.
        """
        if frame.dtype != np.uint8 or frame.shape != (self.frame_bytes,):
            raise DataError(
                f"this is no frame of {self}",
                found=f"{frame.dtype} {list(frame.shape)}",
                allowed=f"uint8 [{self.frame_bytes}]",
            )
        end = self.line_bytes * self.height
        lines = frame[:end].reshape(self.height, self.line_bytes)
        return lines, frame[end:].reshape(-1, max(self.chroma_line_bytes, 1))
