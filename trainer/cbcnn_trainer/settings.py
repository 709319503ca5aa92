"""All that decides the outcome of a training run: preset, TOML file and command line."""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from cbcnn_inputs.datasets.registry import default_block
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.regular import read_text
from cbcnn_trainer import presets
from cbcnn_trainer.idle_settings import refuse_idle_settings
from cbcnn_trainer.presets import Architecture, Augmentation

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

Loss = Literal["squared-hinge", "cross-entropy"]
Selection = Literal["validation", "last"]
Schedule = Literal["exponential", "cosine"]
TeacherView = Literal["changed", "original"]
Precision = Literal["float32", "bfloat16"]
Convolution = Literal["tensorflow", "fused"]


@dataclass(frozen=True)
class Settings:
    """One training run, complete: the same settings on the same data give the same model.

    Attributes:
        block: the Image Compression Block in front of the network, or None.
        schedule: how the learning rate falls from its first to its final value.
        warmup_epochs: epochs in which it first rises evenly to its first value.
        label_smoothing: share of each target that all classes get alike; cross-entropy alone.
        distillation: share of each target that comes from a teacher; 0 without one.
        temperature: that the teacher's scores are divided by before its softmax.
        teacher_view: whether a teacher is asked about every image as the student sees it, or once
            about each before it is changed, and about its mirror image.
        mirror: show a training image also left-right reversed, where that is of some class, too.
        weight_average: momentum of an exponential moving average of the weights over the steps; it
            takes the place of the weights at the end of each epoch. 0 for none.
        precision: of the arithmetic in training, not of the model that is saved.
        convolution: who computes Binary Blocks 1 in training, TensorFlow or the C of `fused`.
        reestimate_norms: measure the batch norms' statistics again at the end, on the training
            images as they are.
        selection: whether the epoch with the best validation accuracy or the last one is kept.
        train_images: use only so many training images, chosen by the seed, or all.
    """

    dataset: str
    preset: str
    architecture: Architecture
    augmentation: Augmentation
    block: ImageCompression | None
    batch_size: int
    epochs: int
    learning_rate: float
    final_learning_rate: float
    schedule: Schedule = "exponential"
    warmup_epochs: int = 0
    loss: Loss = "squared-hinge"
    label_smoothing: float = 0.0
    distillation: float = 0.0
    temperature: float = 1.0
    teacher_view: TeacherView = "changed"
    mirror: bool = False
    weight_average: float = 0.0
    precision: Precision = "float32"
    convolution: Convolution = "tensorflow"
    reestimate_norms: bool = False
    selection: Selection = "validation"
    validation_fraction: float = 0.1
    train_images: int | None = None
    seed: int = 0

    def to_json(self) -> str:
        """Canonical JSON: the same settings give the same text."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    def rate_of(self, epoch: int) -> float:
        """Learning rate of an epoch: after the warm-up it falls, first to final inclusive.

        It falls by one factor each epoch, or along half a cosine wave.
        """
        first, final = self.learning_rate, self.final_learning_rate
        if epoch < self.warmup_epochs:
            return first * (epoch + 1) / (self.warmup_epochs + 1)
        progress = (epoch - self.warmup_epochs) / max(self.epochs - self.warmup_epochs - 1, 1)
        if self.schedule == "cosine":
            return final + (first - final) * (1 + math.cos(math.pi * progress)) / 2
        return float(first * (final / first) ** progress)


_INTEGERS: Final = {"batch_size": 1, "epochs": 1, "warmup_epochs": 0, "train_images": 1, "seed": 0}
_FRACTIONS: Final = {
    "learning_rate": (0.0, 1.0),
    "final_learning_rate": (0.0, 1.0),
    "validation_fraction": (0.0, 0.5),
    "temperature": (0.0, 100.0),
}
_CHANGES: Final = {
    "shift": (-1e-9, 0.5),
    "rotation": (-1e-9, 180.0),
    "zoom": (-1e-9, 0.9),
    "brightness": (-1e-9, 1.0),
    "contrast": (-1e-9, 1.0),
    "blur": (-1e-9, 1.0),
    "noise": (-1e-9, 1.0),
    "cutout": (-1e-9, 1.0),
    "label_smoothing": (-1e-9, 0.9),
    "distillation": (-1e-9, 1.0),
    "norm_momentum": (-1e-9, 0.9999),
    "weight_average": (-1e-9, 0.9999),
}
_CHOICES: Final[Mapping[str, tuple[Any, ...]]] = {
    "loss": ("squared-hinge", "cross-entropy"),
    "selection": ("validation", "last"),
    "schedule": ("exponential", "cosine"),
    "teacher_view": ("changed", "original"),
    "precision": ("float32", "bfloat16"),
    "convolution": ("tensorflow", "fused"),
    "activation_gradient": ("ste-sign", "approx-sign", "swish-sign"),
    "mirror": (True, False),
    "binary": (True, False),
    "binary_kernels": (True, False),
    "reestimate_norms": (True, False),
    "first_order": ("pool-first", "norm-first"),
    "sign_of_zero": (1, -1),
    "preprocessing": ("block", "none"),
}
_SIZES: Final = {"kernel_size": 1, "pool_size": 1, "standardise_scale": 1}
_LISTS: Final = ("filters", "units")
_FREE: Final = (
    "schedule",
    "warmup_epochs",
    "loss",
    "label_smoothing",
    "distillation",
    "temperature",
    "teacher_view",
    "mirror",
    "weight_average",
    "precision",
    "convolution",
    "reestimate_norms",
    "selection",
    "validation_fraction",
    "train_images",
    "seed",
)
OPTION_NAMES: Final = (
    "preset",
    "kernel_scale",
    *_INTEGERS,
    *_FRACTIONS,
    *_CHANGES,
    *_CHOICES,
    *_SIZES,
    *_LISTS,
)


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
        if name not in OPTION_NAMES:
            raise DataError(
                f"{path} sets an option that does not exist",
                found=name,
                allowed=", ".join(sorted(OPTION_NAMES)),
            )
    return options


def resolve(dataset: str, options: Mapping[str, Any]) -> Settings:
    """Settings for a data set: its preset, changed by `options`; None stands for not given.

    Raises:
        DataError: a value of the wrong kind or out of range.
        UsageError: an option that would have no effect.
    """
    given = {name: value for name, value in options.items() if value is not None}
    for name, value in given.items():
        _check(name, value)
    name = given.get("preset", presets.DEFAULT_PRESETS[dataset])
    preset = presets.find(name)
    _check_together(given)
    settings = Settings(
        dataset=dataset,
        preset=name,
        architecture=_override(preset.architecture, given),
        augmentation=_override(preset.augmentation, given),
        block=_block(dataset, given),
        **{
            key: given.get(key, getattr(preset, key))
            for key in ("batch_size", "epochs", "learning_rate", "final_learning_rate")
        },
        **{key: given[key] for key in _FREE if key in given},
    )
    refuse_idle_settings(settings, given)
    return settings


def _check_together(given: Mapping[str, Any]) -> None:
    """Raise a DataError where options that are right by themselves do not go together."""
    if given.get("convolution") == "fused" and given.get("precision", "float32") != "float32":
        raise DataError(
            "fused convolutions compute in float32",
            found=f"precision {given['precision']}",
            allowed="precision float32",
            suggestion="--precision float32 or --convolution tensorflow",
        )


def _override(part: Any, given: Mapping[str, Any]) -> Any:
    """The dataclass with those of its fields replaced that are given; lists become tuples."""
    changes = {
        field.name: tuple(given[field.name]) if field.name in _LISTS else given[field.name]
        for field in dataclasses.fields(part)
        if field.name in given
    }
    return dataclasses.replace(part, **changes)


def _block(dataset: str, given: Mapping[str, Any]) -> ImageCompression | None:
    """The data set's own Image Compression Block, one asked for, or none."""
    block = default_block(dataset)
    choice = given.get("preprocessing")
    if choice == "none":
        if block is not None and block.luma:
            return ImageCompression(luma=True, equalise=False, standardise_scale=None)
        return None
    if block is None and choice == "block":
        block = ImageCompression(luma=False, equalise=True, standardise_scale=64)
    if block is not None and "standardise_scale" in given:
        block = dataclasses.replace(block, standardise_scale=given["standardise_scale"])
    return block


def _check(name: str, value: Any) -> None:
    """Raise a DataError unless `value` fits the option."""
    allowed = _allowed(name, value)
    if allowed is not None:
        raise DataError(f"option {name} does not fit", found=repr(value), allowed=allowed)


def _allowed(name: str, value: Any) -> str | None:
    """What an option allows, if `value` is something else."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = number and isinstance(value, int)
    if name in _INTEGERS:
        least = _INTEGERS[name]
        return None if whole and least <= value < 1 << 32 else f"an integer from {least}"
    if name in _SIZES:
        high = 127 if name == "standardise_scale" else 31
        return None if whole and 1 <= value <= high else f"an integer from 1 to {high}"
    if name in _FRACTIONS or name in _CHANGES:
        low, top = {**_FRACTIONS, **_CHANGES}[name]
        start = "more than" if name in _FRACTIONS else "from"
        ok = number and low < value <= top
        return None if ok else f"a number {start} {max(low, 0):g} up to {top:g}"
    if name in _CHOICES:
        ok = any(value == choice and type(value) is type(choice) for choice in _CHOICES[name])
        return None if ok else ", ".join(map(str, _CHOICES[name]))
    if name in _LISTS:
        ok = isinstance(value, list | tuple) and all(
            isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= 1 << 16
            for size in value
        )
        return None if ok else "a list of integers from 1 to 65536, one for each block"
    if name == "kernel_scale":
        ok = value == "Glorot" or (number and 0 < value < 1e6)
        return None if ok else "a positive number or Glorot"
    return None if isinstance(value, str) else "a name"
