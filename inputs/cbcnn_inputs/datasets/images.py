"""Loads images from whatever a user points at: the `--data PATH` of every command."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import archives, gtsrb, idx
from cbcnn_inputs.errors import DataError

SUFFIXES: Final = (".png", ".ppm", ".pgm", ".bmp", ".jpg", ".jpeg")
LABELS_FILE: Final = "labels.csv"
_ACCEPTED: Final = (
    "a folder with the IDX test files, with images and an optional labels.csv, or with the GTSRB "
    "test set; an npz with `images` and `labels`; or one image file"
)
_PREFIX = re.compile(r"(\d+)_")


@dataclass(frozen=True)
class LoadedImages:
    """Images with what is known about them.

    Attributes:
        images: uint8 or int8, [N, H, W] or [N, H, W, C]; colour in RGB order.
        labels: int64 [N], or None when the source has none.
        description: where they come from, for messages.
    """

    images: NDArray[Any]
    labels: NDArray[np.int64] | None
    description: str


def load_images(path: Path, limit: int | None = None) -> LoadedImages:
    """The test images at `path`, at most the first `limit`.

    A folder may hold the test pair of IDX files, one npz with "test" in its name, the official
    GTSRB test folder, or image files. Image files take their labels from `labels.csv` beside them
    (lines `filename,label`), or from a number before the first underscore of the name, as in
    `07_front.png`, or from a folder named with a number.

    Raises:
        DataError: nothing there, nothing readable, or images that do not fit each other.
    """
    if limit is not None and limit < 1:
        raise DataError("the limit leaves no images", found=str(limit), allowed="1 or more")
    loaded = _load(path, limit)
    if not len(loaded.images):
        raise DataError(f"{path} holds no images", allowed=_ACCEPTED)
    stop = slice(None, limit)
    labels = None if loaded.labels is None else loaded.labels[stop]
    return LoadedImages(loaded.images[stop], labels, loaded.description)


def _load(path: Path, limit: int | None) -> LoadedImages:
    if path.is_dir():
        return _load_folder(path, limit)
    if not path.is_file():
        raise DataError(f"there is no file or folder {path}", allowed=_ACCEPTED)
    if path.suffix == ".npz":
        return _load_npz(path)
    image = read_image(path)
    return LoadedImages(image[None], None, f"image {path.name}")


def _load_folder(folder: Path, limit: int | None) -> LoadedImages:
    pair = idx.find_pair(folder, "test")
    if pair is not None:
        images, labels = idx.read_pair(*pair)
        return LoadedImages(images, labels, f"IDX test files in {folder.name}")
    npz = sorted(folder.glob("*test*.npz")) or sorted(folder.glob("*.npz"))
    if len(npz) > 1:
        raise DataError(
            f"{folder} holds several npz files",
            found=", ".join(path.name for path in npz),
            allowed="one, or one with `test` in its name",
            suggestion="name the file instead of the folder",
        )
    if npz:
        return _load_npz(npz[0])
    if gtsrb.has_official_test(folder):
        images, labels = gtsrb.read_official_test(folder)
        return LoadedImages(images, labels, f"official GTSRB test set in {folder.name}")
    idx.demand_no_half_pair(folder, "test")
    return _load_image_files(folder, limit)


def _load_npz(path: Path) -> LoadedImages:
    arrays = archives.read(path)
    images = arrays["images"]
    if images.dtype not in (np.dtype(np.uint8), np.dtype(np.int8)) or images.ndim not in (3, 4):
        raise DataError(
            f"the images in {path} do not fit",
            found=f"{images.dtype} {list(images.shape)}",
            allowed="uint8 or int8, [N, H, W] or [N, H, W, C]",
        )
    labels = arrays.get("labels")
    if labels is not None:
        labels = archives.check_labels(labels, len(images), path.name)
    return LoadedImages(images, labels, f"npz file {path.name}")


def read_image(path: Path) -> NDArray[np.uint8]:
    """One image file as uint8 [H, W] or, in RGB order, [H, W, 3].

    Raises:
        DataError: not an image, more than 8 bits a channel, or transparent.
    """
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
        image = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if len(content) else None
    except (OSError, cv2.error) as error:
        raise DataError(f"{path} cannot be read", found=str(error)) from error
    if image is None:
        raise DataError(
            f"{path} is not an image",
            found="content that OpenCV cannot decode",
            allowed=", ".join(SUFFIXES),
        )
    if image.dtype != np.uint8 or (image.ndim == 3 and image.shape[2] != 3):
        raise DataError(
            f"{path} is an image of an unsupported kind",
            found=f"{image.dtype} {list(image.shape)}",
            allowed="8 bits a channel, grey or RGB without transparency",
        )
    return image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1])


def _load_image_files(folder: Path, limit: int | None) -> LoadedImages:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise DataError(
            f"{folder} holds no images",
            found=f"{sum(1 for _ in folder.iterdir())} entries, none that is known",
            allowed=_ACCEPTED,
        )
    paths = paths[:limit]
    images = [read_image(path) for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape != images[0].shape:
            raise DataError(
                f"the images in {folder} differ in size",
                found=f"{paths[0].name} {list(images[0].shape)}, {path.name} {list(image.shape)}",
                allowed="one size and either all grey or all colour",
            )
    labels = _labels_from_file(folder, paths) or _labels_from_names(folder, paths)
    array = None if labels is None else np.array(labels, np.int64)
    return LoadedImages(np.stack(images), array, f"{len(images)} image files in {folder.name}")


def _labels_from_file(folder: Path, paths: Sequence[Path]) -> list[int] | None:
    """Labels out of labels.csv, in the order of `paths`; None without such a file."""
    source = folder / LABELS_FILE
    if not source.is_file():
        return None
    table: dict[str, int] = {}
    try:
        with source.open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.reader(file)):
                if row and not (number == 0 and row[1:2] == ["label"]):
                    table[row[0]] = int(row[1])
        labels = [table[path.relative_to(folder).as_posix()] for path in paths]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, IndexError, KeyError) as error:
        raise DataError(
            f"{source} does not label the images beside it",
            found=f"{type(error).__name__}: {error}",
            allowed="a line `filename,label` for each image, the label an integer",
        ) from error
    checked = archives.check_labels(np.array(labels), len(paths), LABELS_FILE)
    return [int(label) for label in checked]


def _labels_from_names(folder: Path, paths: Sequence[Path]) -> list[int] | None:
    """Labels out of numbered folders or name prefixes; None when no name has one."""
    found: list[int | None] = []
    for path in paths:
        inner = path.relative_to(folder).parent.name
        match = _PREFIX.match(path.name)
        if inner.isdecimal():
            found.append(int(inner))
        else:
            found.append(int(match[1]) if match else None)
    if all(label is None for label in found):
        return None
    labels = [label for label in found if label is not None]
    if len(labels) != len(found):
        raise DataError(
            f"only some images in {folder} have a label",
            found=f"{len(labels)} of {len(found)}",
            allowed="a number and an underscore before every name, or before none",
            suggestion=f"write a {LABELS_FILE} with lines `filename,label`",
        )
    return labels
