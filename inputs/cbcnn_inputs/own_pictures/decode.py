"""Decodes a picture as people have it: any size, turned by EXIF, transparent, 16 bits, palettes."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import regular
from cbcnn_inputs.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".webp")
OTHER_SUFFIXES: Final = (".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".tga")
"""Of pictures in formats that are not decoded."""

_FORMATS: Final = ("PNG", "JPEG", "BMP", "PPM", "WEBP")

MOST_PIXELS: Final = 1 << 26
"""Of one picture: 67 million, more than telephones take."""

_FILE_BYTES: Final = 256 << 20
_DEEP: Final = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_TRANSPARENT: Final = ("LA", "La", "PA", "RGBA", "RGBa")
_GREY: Final = ("1", "L")
_COLOUR: Final = ("P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV", "LAB")


class Bad(NamedTuple):
    """A picture that cannot be read, and why."""

    name: str
    reason: str


def decode(path: Path) -> NDArray[np.uint8]:
    """One picture as uint8 [H, W] if it is grey, else [H, W, 3] in RGB order.

    It is turned as its EXIF tag says. What is transparent shows white. The upper 8 of 16 bits
    count.

    Raises:
        DataError: no picture, damaged, or of more than `MOST_PIXELS`.
    """
    from PIL import Image

    try:
        content = regular.read_bytes(path, _FILE_BYTES)
    except OSError as error:
        raise DataError(f"{path} cannot be read", found=error.strerror) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes; they are judged here
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                _demand_size(path, picture)
                return _pixels(picture)
    except (
        *(OSError, EOFError, ValueError, TypeError, SyntaxError, IndexError, KeyError),
        *(OverflowError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError),
    ) as error:
        raise DataError(
            f"{path} is not a picture",
            found=what_is_wrong(error),
            allowed=", ".join(SUFFIXES),
        ) from error


def what_is_wrong(error: BaseException) -> str:
    """Why Pillow cannot read a picture, without what changes from run to run."""
    from PIL import UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return f"no picture in a known format ({', '.join(_FORMATS)})"
    return f"{error}"[:200] or type(error).__name__


def _demand_size(path: Path, picture: Picture) -> None:
    if not 0 < picture.width * picture.height <= MOST_PIXELS:
        raise DataError(
            f"{path} is too large",
            found=f"{picture.width}x{picture.height} pixels",
            allowed=f"{MOST_PIXELS:,} pixels",
        )


def _pixels(picture: Picture) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    turned: Picture = ImageOps.exif_transpose(picture)
    if turned.mode in _DEEP:
        return (np.clip(np.array(turned, np.int64), 0, 65535) >> 8).astype(np.uint8)
    if turned.mode in _TRANSPARENT or "transparency" in turned.info:
        is_grey = turned.mode in ("LA", "La", "L")
        layered = turned.convert("RGBA")
        white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        turned = Image.alpha_composite(white, layered).convert("L" if is_grey else "RGB")
    if turned.mode not in _GREY + _COLOUR:
        raise ValueError(f"pixels of the kind {turned.mode}")
    return np.array(turned.convert("L" if turned.mode in _GREY else "RGB"), np.uint8)
