"""Everything that decides the outcome of a training run: preset, TOML file, command line."""

from __future__ import annotations

import dataclasses
import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from cbcnn_inputs.datasets.registry import default_block
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.own_pictures import FOLDER
from cbcnn_inputs.own_pictures.fit import Channels, Division
from cbcnn_inputs.regular import read_text
from cbcnn_trainer import presets
from cbcnn_trainer.declared import Range, declared, setting
from cbcnn_trainer.descent import ADDED_LATER, Descent
from cbcnn_trainer.idle_settings import refuse_idle_settings
from cbcnn_trainer.image_settings import Compression, PictureSettings
from cbcnn_trainer.presets import Architecture, Augmentation, change, network, training

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

Loss = Literal["squared-hinge", "cross-entropy"]
Precision = Literal["float32", "bfloat16"]
Convolution = Literal["tensorflow", "fused"]

OTHER_MODELS: Final = "Targets and weights from other models"
RUN: Final = "This run"

_LEFT_OUT: Final[Mapping[str, Mapping[str, Any]]] = {
    "": {"own": None, "reject": 0, "balance": 0, "feature_matching": 0, **ADDED_LATER},
    "architecture": {"first_stride": 1, "gradient_window": 1},
    "augmentation": {"exposure": 0, "mixup": 0, "cutmix": 0, "erasing": 0},
}
"""Values of settings that were not there at first; the text of a run without them is as it was."""

_others = partial(setting, OTHER_MODELS)


@dataclass(frozen=True, kw_only=True)
class Settings(Descent):
    """One training run, complete: the same settings on the same data give the same model.

    Attributes:
        block: the Image Compression Block in front of the network, or None.
        own: what pictures of the user become, and their parts; None for a data set with a name.
    """

    dataset: str
    block: ImageCompression | None
    own: PictureSettings | None = None
    preset: str = network(
        "Architecture with a recipe; changes many of the defaults below.",
        words={name: name for name in presets.PRESETS},
    )
    balance: float = training(
        "How far rare classes are drawn more often: 0 sees each image once in an epoch, 1 draws "
        "all classes alike.",
        0.0,
        Range(0, 1),
    )
    loss: Loss = training("What training makes small.", "squared-hinge")
    label_smoothing: float = training(
        "Share of each target that all classes get alike, with cross-entropy: 0.1, say.",
        0.0,
        Range(0, 0.9),
    )
    reestimate_norms: bool = training(
        "Measure the batch norms' statistics at the end, on unchanged training images.", False
    )
    precision: Precision = training(
        "Type of the arithmetic in training, not of the saved model. bfloat16 is fast on "
        "processors with AMX.",
        "float32",
    )
    convolution: Convolution = training(
        "Who computes Binary Blocks 1 in training. fused: C compiled by gcc for this processor; "
        "faster than TensorFlow in float32.",
        "tensorflow",
    )
    validation_fraction: float = training(
        "Share of the training images that is kept for validation. 0 trains on all of them, for "
        "a last run whose recipe and number of epochs were chosen with a validation part.",
        0.1,
        Range(0, 0.5),
    )
    selection: Literal["validation", "last"] = training(
        "Keep the epoch with the best validation accuracy, of equal ones that of the least "
        "validation loss; or the last.",
        "validation",
    )
    reject: float = training(
        "Share of the validation images whose answer shall count as none, because the best score "
        "hardly leads the second; the C then has classify_or_reject. 0.01, say; 0 for none.",
        0.0,
        Range(0, 0.5),
    )
    distillation: float = _others(
        "Share of each target that comes from the --teacher, of several from their mean; 0 "
        "without one.",
        0.0,
        Range(0, 1),
    )
    temperature: float = _others(
        "Divides the teacher's scores before its softmax.", 1.0, Range(0, 100, above=True)
    )
    teacher_view: Literal["changed", "original"] = _others(
        "original asks the teacher once about each image and its mirror image, which takes hardly "
        "any time; changed asks about every image as the student sees it.",
        "changed",
    )
    feature_matching: float = _others(
        "Weight of the distance between the attention maps of this network's blocks and those of "
        "the --teacher, which is added to the loss: 1, say; 0 for none.",
        0.0,
        Range(0, 1e6),
    )
    mirror: bool = change("Reverse images too whose mirror image could be of some class.", False)
    train_images: int | None = setting(
        RUN, "Use only N training images, chosen by the seed.", None, Range(1), {"all": None}
    )
    seed: int = setting(RUN, "Seed of everything random.", 0)

    def to_json(self) -> str:
        """Canonical JSON: the same settings give the same text."""
        values = dataclasses.asdict(self)
        for part, left_out in _LEFT_OUT.items():
            of = values[part] if part else values
            for name, alone in left_out.items():
                if of[name] == alone:
                    del of[name]
        return json.dumps(values, sort_keys=True)

    def values(self) -> dict[str, Any]:
        """The value of every setting, by its name in a TOML file."""
        parts = (
            *(self, self.architecture, self.augmentation),
            *(Compression.like(self.block), self.own or PictureSettings()),
        )
        known = {name: value for part in parts for name, value in vars(part).items()}
        return {name: known[name] for name in SETTINGS}

    @property
    def division(self) -> Division:
        """How a user's own pictures are divided."""
        own = self.own or PictureSettings()
        return Division(self.validation_fraction, own.test_fraction, own.group_by, self.seed)


SETTINGS: Final = declared(Settings, Architecture, Augmentation, Compression, PictureSettings)
"""Every setting by the name that it has in a TOML file."""


def read_toml(path: Path) -> dict[str, Any]:
    """Options in a TOML file, by the names of the command line with underscores.

    Raises:
        DataError: unreadable, not TOML, or an unknown name.
    """
    try:
        options: dict[str, Any] = tomllib.loads(read_text(path))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path} cannot be read", found=str(error), allowed="TOML") from error
    for name in options:
        if name not in SETTINGS:
            raise DataError(
                f"{path} sets an option that does not exist",
                found=name,
                allowed=", ".join(sorted(SETTINGS)),
            )
    return options


def resolve(dataset: str, options: Mapping[str, Any]) -> Settings:
    """Settings for a data set: its preset, changed by `options`; None stands for not given.

    Raises:
        DataError: a value of the wrong kind or out of range.
        UsageError: an option that would have no effect.
    """
    given = {
        name: SETTINGS[name].accept(value) for name, value in options.items() if value is not None
    }
    name = given.get("preset", presets.DEFAULT_PRESETS[dataset])
    recipe = presets.PRESETS[name]
    _check_together(given)
    own = {field.name for field in dataclasses.fields(Settings)}
    values = {
        **vars(recipe),
        "preset": name,
        "architecture": _override(recipe.architecture, given),
        "augmentation": _override(recipe.augmentation, given),
        "block": _block(dataset, given),
        "own": _override(PictureSettings(), given) if dataset == FOLDER else None,
        **{name: value for name, value in given.items() if name in own},
    }
    settings = Settings(dataset=dataset, **values)
    _check_validation(settings)
    _check_sharpening(settings)
    refuse_idle_settings(settings, given)
    return settings


def _check_together(given: Mapping[str, Any]) -> None:
    """Raise a DataError if options that are right by themselves do not go together."""
    if given.get("convolution") == "fused" and given.get("precision", "float32") != "float32":
        raise DataError(
            "fused convolutions compute in float32",
            found=f"precision {given['precision']}",
            allowed="precision float32",
            suggestion="--precision float32 or --convolution tensorflow",
        )


def _check_validation(settings: Settings) -> None:
    """Raise a DataError if a run without validation images would need some."""
    if settings.validation_fraction:
        return
    if settings.own is not None:
        raise DataError(
            "pictures of your own are divided into three parts",
            found="a validation fraction of 0",
            allowed="more than 0 and up to 0.5",
        )
    if settings.selection != "last":
        raise DataError(
            "without validation images nothing tells the best epoch",
            found="a validation fraction of 0 with selection validation",
            allowed="selection last",
            suggestion="--selection last",
        )


def _check_sharpening(settings: Settings) -> None:
    """Raise a DataError if no epoch would train signs, or fused convolutions would not get any."""
    if settings.sharpen_epochs >= settings.epochs:
        raise DataError(
            "no epoch would train the network that is saved",
            found=f"{settings.sharpen_epochs} epochs of sharpening, {settings.epochs} in all",
            allowed="fewer than all of them",
            suggestion="fewer --sharpen-epochs, or more --epochs",
        )
    if settings.sharpen_epochs and settings.convolution == "fused":
        raise DataError(
            "fused convolutions read signs",
            found="epochs of sharpening, in which activations are real",
            allowed="convolution tensorflow",
            suggestion="--convolution tensorflow",
        )


def own_block(channels: Channels) -> ImageCompression:
    """The Image Compression Block for a user's pictures of these channels."""
    scale = Compression.standardise_scale
    return ImageCompression(luma=channels == "rgb", equalise=True, standardise_scale=scale)


def _override(part: Any, given: Mapping[str, Any]) -> Any:
    """The dataclass with those of its fields replaced that are given."""
    names = {field.name for field in dataclasses.fields(part)}
    return dataclasses.replace(part, **{name: given[name] for name in names & given.keys()})


def _block(dataset: str, given: Mapping[str, Any]) -> ImageCompression | None:
    """The data set's own Image Compression Block, one asked for, or none."""
    own = dataset == FOLDER
    block = own_block(given.get("channels", "rgb")) if own else default_block(dataset)
    choice = given.get("preprocessing")
    if choice == "none":
        if block is not None and block.luma and not own:
            return ImageCompression(luma=True, equalise=False, standardise_scale=None)
        return None
    if block is None and choice == "block":
        scale = Compression.standardise_scale
        block = ImageCompression(luma=False, equalise=True, standardise_scale=scale)
    if block is not None and "standardise_scale" in given:
        block = dataclasses.replace(block, standardise_scale=given["standardise_scale"])
    return block
