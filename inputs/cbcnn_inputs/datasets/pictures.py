"""Reads image files: PNG, PPM, PGM, BMP and JPEG. Judges their size before it decodes them."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import regular
from cbcnn_inputs.datasets.bounds import EVERYTHING, Need
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.own_pictures.decode import what_is_wrong

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile as Picture

SUFFIXES: Final = (".png", ".ppm", ".pgm", ".bmp", ".jpg", ".jpeg")
_FORMATS: Final = ("PNG", "PPM", "BMP", "JPEG")
_FILE_BYTES: Final = 128 << 20
"""Bytes of the longest file: `MAX_PIXELS` of four channels, 16 bits each."""

_DECODED_AS: Final = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB"}
"""Accepted kinds of pixels, including black and white and palettes, and what they become."""


def read_picture(path: Path, need: Need = EVERYTHING) -> NDArray[np.uint8]:
    """One image file as uint8 [H, W] or, in RGB order, [H, W, 3].

    Raises:
        DataError: not an image, larger than `need` allows, more than 8 bits a channel, or
            transparent.
    """
    with _opened(path, need) as picture:
        return np.array(picture.convert(_DECODED_AS[picture.mode]), np.uint8)


def read_scaled(path: Path, side: int) -> NDArray[np.uint8]:
    """One image file of any size, scaled to [side, side, 3] by bilinear interpolation, in RGB.

    Raises:
        DataError: as `read_picture`; of size, more than `bounds.MAX_PIXELS`.
    """
    with _opened(path, EVERYTHING) as picture:
        image = np.array(picture.convert("RGB"), np.uint8)
    scaled = cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled, np.uint8)


@contextmanager
def _opened(path: Path, need: Need) -> Iterator[Picture]:
    """A picture whose header is judged; decode it in the `with` block."""
    from PIL import Image

    try:
        content = regular.read_bytes(path, _FILE_BYTES)
    except OSError as error:
        raise DataError(f"{path} cannot be read", found=error.strerror) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes; they are judged here
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                need.demand_image(path, picture.width * picture.height, need.pixels, "pixels")
                _demand_kind(path, picture)
                yield picture
    except Image.DecompressionBombError as error:
        raise DataError(f"{path} is too large", found=str(error)) from error
    except (
        *(OSError, EOFError, ValueError, TypeError, SyntaxError, IndexError, KeyError),
        *(OverflowError, MemoryError, struct.error, zlib.error),
    ) as error:
        raise DataError(
            f"{path} is not an image",
            found=what_is_wrong(error),
            allowed=", ".join(SUFFIXES),
        ) from error


def _demand_kind(path: Path, picture: Picture) -> None:
    """Raise if the pixels lose anything as 8 bits of grey, or of red, green and blue."""
    deep = any(
        ";16B" in str(args)
        or (decoder.startswith("ppm") and isinstance(args, tuple) and args[1] > 255)
        for decoder, _, _, args in picture.tile
    )
    if deep or picture.mode not in _DECODED_AS or "transparency" in picture.info:
        raise DataError(
            f"{path} is an image of an unsupported kind",
            found="16 bits a channel" if deep else f"pixels of the kind {picture.mode}",
            allowed="8 bits a channel, grey or RGB without transparency",
        )
