"""What a picture of any size becomes: the size, shape and colours of the image that a network sees.

`scale` computes it. The value stands in the model file, so every command prepares pictures alike.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final, Literal, get_args

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

    @classmethod
    def from_json(cls, raw: Any) -> PictureFit:
        """Parse what `dataclasses.asdict` made.

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


@dataclass(frozen=True)
class Division:
    """How pictures are divided into parts where they do not say so themselves.

    Attributes:
        validation_fraction: of the training pictures, if no picture says `val`.
        test_fraction: of all pictures, if no picture says `test`.
        group_by: regular expression of what stays together; see `listing.find_pictures`.
        seed: decides which.
        digest: of the pictures that a model was trained on, to know them again; or "".
    """

    validation_fraction: float = 0.1
    test_fraction: float = 0.15
    group_by: str | None = None
    seed: int = 0
    digest: str = ""

    @classmethod
    def from_json(cls, raw: Any) -> Division:
        """Parse what `dataclasses.asdict` made.

        Raises:
            ValueError: it did not make this.
        """
        kinds = {
            **{"validation_fraction": (float,), "test_fraction": (float,)},
            **{"group_by": (str, NoneType), "seed": (int,), "digest": (str,)},
        }
        if not isinstance(raw, dict) or set(raw) != set(kinds):
            raise ValueError(f"division {json.dumps(raw)[:60]}")
        if any(type(raw[name]) not in allowed for name, allowed in kinds.items()):
            raise ValueError(f"division {json.dumps(raw)[:60]}")
        return cls(**raw)
