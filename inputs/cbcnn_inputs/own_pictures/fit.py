"""What a picture of any size becomes: the size, shape and colours of the image that a network sees.

`scale` computes it. The value stands in the model file, so every command prepares pictures alike.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from cbcnn_inputs.errors import DataError

Fit = Literal["crop", "pad", "stretch"]
Channels = Literal["grey", "rgb"]

LARGEST_SIDE: Final = 256
"""Pixels: images of 256x256 are the largest that the Image Compression Block takes."""


@dataclass(frozen=True)
class PictureFit:
    """Size, shape and colours that pictures get.

    Attributes:
        width: in pixels.
        height: in pixels.
        fit: `crop` cuts the largest middle part of the right proportions; `pad` keeps the whole
            picture, with black bars; `stretch` changes its proportions.
        channels: `grey` takes the luma of each pixel before scaling; `rgb` keeps three channels.
    """

    width: int = 32
    height: int = 32
    fit: Fit = "crop"
    channels: Channels = "rgb"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the images that `scale.fitted` makes."""
        colours = (3,) if self.channels == "rgb" else ()
        return (self.height, self.width, *colours)

    def to_json(self) -> dict[str, Any]:
        """As it stands in a model file."""
        return {
            "width": self.width,
            "height": self.height,
            "fit": self.fit,
            "channels": self.channels,
        }

    @classmethod
    def from_json(cls, raw: Any) -> PictureFit:
        """Parse what `to_json` made.

        Raises:
            ValueError: it did not make this.
        """
        if not isinstance(raw, dict) or set(raw) != {"width", "height", "fit", "channels"}:
            raise ValueError(f"pictures {json.dumps(raw)[:60]}")
        for name, allowed in (("fit", get_args(Fit)), ("channels", get_args(Channels))):
            if raw[name] not in allowed:
                raise ValueError(f"{name} of pictures {raw[name]!r}")
        for name in ("width", "height"):
            if type(raw[name]) is not int or not 1 <= raw[name] <= LARGEST_SIDE:
                raise ValueError(f"{name} of pictures {raw[name]!r}")
        return cls(**raw)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}, {self.fit}, {self.channels}"


def parse_size(text: str) -> tuple[int, int]:
    """Width and height of a text such as 32x32.

    Raises:
        DataError: it is none, or too large.
    """
    parts = text.lower().split("x")
    sides = [int(part) for part in parts if part.isascii() and part.isdecimal()]
    if len(parts) != 2 or len(sides) != 2 or not 1 <= min(sides) <= max(sides) <= LARGEST_SIDE:
        raise DataError(
            "the size of the network's image does not fit",
            found=text,
            allowed=f"WIDTHxHEIGHT, each from 1 to {LARGEST_SIDE}: 32x32, 48x32",
        )
    return sides[0], sides[1]
