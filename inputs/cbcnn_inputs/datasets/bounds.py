"""Bounds what is read of data: what the model's input and a stated limit need, and no more.

Files themselves say how large they unpack to, and a few kilobytes may claim terabytes. Every reader
asks here before it unpacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cbcnn_inputs.errors import DataError

MAX_BYTES: Final = 1 << 30
"""Most bytes of all images, or of any other array, of one data set after unpacking."""

MAX_PIXELS: Final = 1 << 24
"""Most pixels of one image file; it may exceed the model's input only if it is scaled."""


@dataclass(frozen=True)
class Need:
    """What a command wants of a data set.

    Attributes:
        limit: images at most; None for all.
        shape: height, width and channels of the model's input; None where no model is known.
    """

    limit: int | None = None
    shape: tuple[int, int, int] | None = None

    def count(self, available: int) -> int:
        """How many of so many images are read."""
        return available if self.limit is None else min(self.limit, available)

    @property
    def pixels(self) -> int:
        """Pixels of the largest image that the model could take, of three channels at most."""
        if self.shape is None:
            return MAX_PIXELS
        height, width, channels = self.shape
        return min(height * width * channels, MAX_PIXELS)

    @property
    def image_bytes(self) -> int:
        """Bytes of the largest image that the model could take: all its values, or three colours.

        The Image Compression Block makes one channel of three.
        """
        return 3 * self.pixels

    def demand_image(self, path: Path, size: int, largest: int, unit: str) -> None:
        """Raise if one image is empty or too large for the model, both sizes in `unit`."""
        if not 0 < size <= largest:
            shape = self.shape
            model = "" if shape is None else f", for a model with {list(shape)} inputs"
            raise DataError(
                f"{path} holds images of a size that cannot be taken",
                found=f"{size:,} {unit} in one image",
                allowed=f"1 to {largest:,} {unit}{model}",
                suggestion="images of the size of the model's input",
            )

    def demand_room(self, path: Path, count: int, each_bytes: int) -> None:
        """Raise if so many images of that size are more than is read at once.

        Raises:
            DataError: with the number that would do.
        """
        if count * each_bytes > MAX_BYTES:
            fewer = MAX_BYTES // each_bytes
            raise DataError(
                f"{path} holds too much to be read at once",
                found=f"{count:,} times {each_bytes:,} bytes",
                allowed=f"{MAX_BYTES:,} bytes when it is unpacked",
                suggestion=f"a part of it; --limit {fewer:,}, where the command has it"
                if fewer
                else None,
            )


EVERYTHING: Final = Need()
