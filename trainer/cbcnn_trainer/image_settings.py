"""What a user asks for of the images: an Image Compression Block, and pictures of his own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.fit import LARGEST_SIDE
from cbcnn_trainer.declared import Range, setting

IMAGES: Final = "Images for the network"
PARTS: Final = "Parts of your own pictures"

_images = partial(setting, IMAGES)
_parts = partial(setting, PARTS)


@dataclass(frozen=True)
class Compression:
    """A user's request for an Image Compression Block; the data set decides what it leaves open."""

    preprocessing: Literal["block", "none"] = setting(
        IMAGES,
        "Image Compression Block in front, or none: then --channels of your own pictures go to the "
        "network as they are, and data sets with a name take at most the step from colour to grey.",
        "block",
    )
    standardise_scale: int = setting(
        IMAGES, "Integer value of one standard deviation.", 64, Range(1, 127)
    )

    @classmethod
    def like(cls, block: ImageCompression | None) -> Compression:
        """The request for this block."""
        if block is None:
            return cls("none")
        return cls("block", block.standardise_scale or cls.standardise_scale)


@dataclass(frozen=True)
class PictureSettings:
    """A user's request for pictures of his own: what they become and how they are divided."""

    size: tuple[int, int] = _images(
        "Of the image that your pictures become.", (32, 32), Range(1, LARGEST_SIDE)
    )
    fit: Literal["crop", "pad", "stretch"] = _images(
        "crop cuts the middle out of pictures of other proportions, pad adds black bars, stretch "
        "changes the proportions.",
        "crop",
    )
    channels: Literal["grey", "rgb"] = _images(
        "grey: your pictures become grey before they are scaled. rgb keeps their colours: for the "
        "Image Compression Block, or without it for the network.",
        "rgb",
    )
    test_fraction: float = _parts(
        "Share of all pictures that is kept for the test, where no folder test and no split says.",
        0.15,
        Range(0, 0.5, above=True),
    )
    group_by: str | None = _parts(
        "Regular expression; pictures in whose names its first group finds the same text, such as "
        "frames of a video, stay in one part.",
        None,
        words={"none": None},
    )

    @property
    def picture_fit(self) -> PictureFit:
        """What pictures become."""
        return PictureFit(*self.size, self.fit, self.channels)
