"""The data sets that `cbcnn-train` knows by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import gtsrb, idx, signs, splits
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.idle_options import Requirement, refuse_idle
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.own_pictures.fit import Division, PictureFit

DIGITS: Final = tuple(str(digit) for digit in range(10))
CLOTHES: Final = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
_CLOTHES_MIRRORS: Final = tuple(
    None if name in ("sandal", "sneaker", "ankle boot") else label
    for label, name in enumerate(CLOTHES)
)
"""Clothes look alike from both sides; shoes all point to the left, in the test images too."""


@dataclass(frozen=True)
class Split:
    """Images uint8 [N, H, W] or [N, H, W, 3] (RGB) and their labels int64 [N]."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def pick(self, indices: NDArray[np.int64]) -> Split:
        """The images with these numbers, in this order."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """A labelled data set in three parts that share no image, and for GTSRB no physical sign.

    Attributes:
        class_names: one per label, in order.
        default_block: the Image Compression Block that the presets put in front, or None.
        mirrors: for each class the one that its images show when they are reversed left to right,
            or None; empty if nothing is known.
        pictures: what pictures of a user became; None for a data set with a name.
        division: how they were divided.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    default_block: ImageCompression | None
    mirrors: tuple[int | None, ...] = ()
    pictures: PictureFit | None = None
    division: Division | None = None


Download = Callable[[str], tuple[Split, Split]]
"""Fetches the training and the test part of a data set by its name."""


class _Wanted(NamedTuple):
    """Where a data set is and which of its images become the validation part; as in `load`."""

    folder: Path | None
    fraction: float
    seed: int
    download: Download | None


@dataclass(frozen=True)
class _Entry:
    class_names: tuple[str, ...]
    load: Callable[[_Wanted], tuple[Split, Split, Split]]
    default_block: ImageCompression | None
    mirrors: tuple[int | None, ...] = ()
    is_drawn: bool = False


_COLOUR_BLOCK: Final = ImageCompression(luma=True, equalise=True, standardise_scale=64)


def class_names(name: str) -> tuple[str, ...]:
    """English class names of a data set, in label order."""
    return _entry(name).class_names


def default_block(name: str) -> ImageCompression | None:
    """The Image Compression Block that fits the images of a data set."""
    return _entry(name).default_block


def mirrors(name: str) -> tuple[int | None, ...]:
    """For each class of a data set its mirror image's class or None; empty if none has one."""
    return _entry(name).mirrors


def is_drawn(name: str) -> bool:
    """Whether a data set is drawn, each part as it is, instead of read from files and split."""
    return _entry(name).is_drawn


def load(
    name: str,
    folder: Path | None,
    *,
    validation_fraction: float = 0.1,
    seed: int = 0,
    download: Download | None = None,
) -> Dataset:
    """Read, download or draw a data set and set its validation part aside.

    Args:
        name: one of `NAMES`.
        folder: where the files are, or a folder that has them in a subfolder called `name`. None
            lets `download` fetch MNIST and Fashion-MNIST; `signs` is drawn and needs no files.
        validation_fraction: share of the training images that becomes the validation part; 0
            leaves that part empty.
        seed: decides which ones.
        download: fetches a data set whose files are not there; None refuses it.

    Raises:
        DataError: unknown name, or files that are missing or damaged.
        UsageError: a folder for a data set that is drawn.
    """
    entry = _entry(name)
    read = Requirement("--data", not entry.is_drawn, f"a data set that is read; {name} is drawn")
    refuse_idle([] if folder is None else ["--data"], [read])
    if folder is not None and (folder / name).is_dir():
        folder = folder / name
    if folder is not None and not folder.is_dir():
        raise DataError(
            f"there is no folder {folder}", suggestion=f"--data names the folder with {name}"
        )
    train, validation, test = entry.load(_Wanted(folder, validation_fraction, seed, download))
    for part in (train, *([validation] if validation_fraction else []), test):
        if not len(part.labels) or part.labels.max() >= len(entry.class_names):
            raise DataError(
                f"the labels of {name} are out of range",
                found=f"{len(part.labels)} labels up to {part.labels.max(initial=-1)}",
                allowed=f"0 to {len(entry.class_names) - 1}",
            )
    return Dataset(
        name, entry.class_names, train, validation, test, entry.default_block, entry.mirrors
    )


def _entry(name: str) -> _Entry:
    if name not in _ENTRIES:
        raise DataError(f"there is no data set {name}", found=name, allowed=", ".join(NAMES))
    return _ENTRIES[name]


def _load_idx(name: str, wanted: _Wanted) -> tuple[Split, Split, Split]:
    """MNIST or Fashion-MNIST from a folder, or downloaded."""
    if wanted.folder is not None:
        train, test = _read_idx(name, wanted.folder)
    elif wanted.download is not None:
        train, test = wanted.download(name)
    else:
        raise DataError(f"{name} needs its four IDX files", suggestion="--data DIR")
    inner, outer = splits.stratified(train.labels, wanted.fraction, wanted.seed)
    return train.pick(inner), train.pick(outer), test


def _read_idx(name: str, folder: Path) -> tuple[Split, Split]:
    pairs = [idx.find_pair(folder, part) for part in ("train", "test")]
    if pairs[0] is None or pairs[1] is None:
        raise DataError(
            f"{name} is not in {folder}",
            allowed="its four IDX files, such as train-images-idx3-ubyte.gz",
            suggestion="leave --data out to download them",
        )
    return Split(*idx.read_pair(*pairs[0])), Split(*idx.read_pair(*pairs[1]))


def _load_gtsrb(wanted: _Wanted) -> tuple[Split, Split, Split]:
    if wanted.folder is None:
        raise DataError(
            "gtsrb needs its files",
            allowed="a folder with the official archives unpacked, or the two npz files",
            suggestion="--data DIR",
        )
    frames = gtsrb.read_train(wanted.folder)
    inner, outer = splits.by_group(frames.labels, frames.tracks, wanted.fraction, wanted.seed)
    train = Split(frames.images, frames.labels)
    return train.pick(inner), train.pick(outer), Split(*gtsrb.read_test(wanted.folder))


def _load_signs(wanted: _Wanted) -> tuple[Split, Split, Split]:
    """Drawn images, always the same three parts."""
    train, validation, test = (Split(*signs.draw(part)) for part in signs.SIZES)
    return train, validation, test


_ENTRIES: Final = {
    "mnist": _Entry(DIGITS, partial(_load_idx, "mnist"), None),
    "fashion-mnist": _Entry(CLOTHES, partial(_load_idx, "fashion-mnist"), None, _CLOTHES_MIRRORS),
    "gtsrb": _Entry(gtsrb.CLASS_NAMES, _load_gtsrb, _COLOUR_BLOCK, gtsrb.MIRRORS),
    "signs": _Entry(signs.CLASS_NAMES, _load_signs, _COLOUR_BLOCK, is_drawn=True),
}
NAMES: Final = tuple(_ENTRIES)
