"""What a model file says about itself beyond its layers.

The trainer writes it, the generator reads it. It travels as JSON: in a `.h5` file as the attribute
`cbcnn_metadata` of the root group, in a `.keras` archive as the member `cbcnn_metadata.json`. A
model without it is still usable; it then has no class names and no Image Compression Block.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.own_pictures.fit import Division, PictureFit
from cbcnn_inputs.rejection import Rejection

ATTRIBUTE: Final = "cbcnn_metadata"
ARCHIVE_MEMBER: Final = "cbcnn_metadata.json"
SCHEMA: Final = 1

InputType = Literal["uint8", "int8"]


@dataclass(frozen=True)
class ImageCompression:
    """Which steps of the Image Compression Block precede the network.

    Attributes:
        luma: RGB to Y first; without it the block takes grey images only.
        equalise: histogram equalisation, equation (1) of the paper.
        standardise_scale: per-image standardisation, equation (2), to a signed 8-bit plane in units
            of one standard deviation / `standardise_scale`; None leaves the plane unsigned.
    """

    luma: bool
    equalise: bool
    standardise_scale: int | None

    @property
    def output_type(self) -> InputType:
        """The integer type of the plane that the block produces."""
        return "uint8" if self.standardise_scale is None else "int8"


@dataclass(frozen=True)
class ModelMetadata:
    """Facts about a trained model that its layers do not hold.

    Attributes:
        input_type: the integer type of the images that the network is fed with.
        preprocessing: the Image Compression Block in front, or None.
        class_names: one per output, in order; empty when unknown.
        dataset: name of the training data, or "".
        preset: name of the architecture preset, or "".
        seed: seed of the training run, or None.
        versions: package name to version, as they were when the model was trained.
        pictures: how a picture of any size becomes the image in front of `preprocessing`; None
            where nothing but images of the model's size is known.
        division: of the pictures that it was trained on, or None.
        rejection: when its answer counts as none, or None.
    """

    input_type: InputType
    preprocessing: ImageCompression | None = None
    class_names: tuple[str, ...] = ()
    dataset: str = ""
    preset: str = ""
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    pictures: PictureFit | None = None
    division: Division | None = None
    rejection: Rejection | None = None

    def to_json(self) -> str:
        """Canonical JSON: the same metadata gives the same text."""
        block = self.preprocessing
        return json.dumps(
            {
                "schema": SCHEMA,
                "input_type": self.input_type,
                "preprocessing": None
                if block is None
                else {
                    "luma": block.luma,
                    "equalise": block.equalise,
                    "standardise_scale": block.standardise_scale,
                },
                "class_names": list(self.class_names),
                "dataset": self.dataset,
                "preset": self.preset,
                "seed": self.seed,
                "versions": dict(sorted(self.versions.items())),
                **({} if self.pictures is None else {"pictures": asdict(self.pictures)}),
                **({} if self.division is None else {"division": asdict(self.division)}),
                **({} if self.rejection is None else {"rejection": asdict(self.rejection)}),
            },
            indent=1,
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> ModelMetadata:
        """Parse what `to_json` wrote.

        Raises:
            ModelFileError: not JSON, another schema, or a value of the wrong kind.
        """
        try:
            return _parse(json.loads(text))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ModelFileError(
                "the model's cbcnn metadata cannot be read",
                found=f"{type(error).__name__}: {error}"[:200],
                allowed=f"the JSON object that cbcnn-train writes, schema {SCHEMA}",
                suggestion="save the model again with this version of cbcnn-train",
            ) from error


def _parse(raw: Any) -> ModelMetadata:
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        raise ValueError("not an object of the known schema")
    input_type = raw["input_type"]
    if input_type not in ("uint8", "int8"):
        raise ValueError(f"input_type {input_type!r}")
    names = raw.get("class_names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError("class_names is not a list of strings")
    seed = raw.get("seed")
    if seed is not None and not isinstance(seed, int):
        raise TypeError("seed is not an integer")
    versions = raw.get("versions", {})
    if not isinstance(versions, dict):
        raise TypeError("versions is not an object")
    metadata = ModelMetadata(
        input_type=input_type,
        preprocessing=_parse_block(raw.get("preprocessing")),
        class_names=tuple(names),
        dataset=str(raw.get("dataset", "")),
        preset=str(raw.get("preset", "")),
        seed=seed,
        versions={str(key): str(value) for key, value in versions.items()},
        pictures=PictureFit.from_json(raw["pictures"]) if "pictures" in raw else None,
        division=Division.from_json(raw["division"]) if "division" in raw else None,
        rejection=Rejection.from_json(raw["rejection"]) if "rejection" in raw else None,
    )
    block = metadata.preprocessing
    if block is not None and block.output_type != metadata.input_type:
        raise ValueError(f"preprocessing makes {block.output_type}, the network takes {input_type}")
    return metadata


def _parse_block(raw: Any) -> ImageCompression | None:
    if raw is None:
        return None
    scale = raw["standardise_scale"]
    if scale is not None and (type(scale) is not int or not 1 <= scale <= 127):
        raise ValueError(f"standardise_scale {scale!r} is not an integer from 1 to 127")
    if not isinstance(raw["luma"], bool) or not isinstance(raw["equalise"], bool):
        raise TypeError("luma and equalise are true or false")
    return ImageCompression(raw["luma"], raw["equalise"], scale)
