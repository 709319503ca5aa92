"""Loads images from whatever a user points at: the `--data PATH` of every command."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import regular
from cbcnn_inputs.datasets import archives, gtsrb, idx
from cbcnn_inputs.datasets.bounds import Need
from cbcnn_inputs.datasets.pictures import SUFFIXES, read_picture
from cbcnn_inputs.errors import DataError, UsageError
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.decode import Bad
from cbcnn_inputs.own_pictures.known import NOTHING_KNOWN, Known

LABELS_FILE: Final = "labels.csv"
_ACCEPTED: Final = (
    "a folder with the IDX test files, with images and an optional labels.csv, or with the GTSRB "
    "test set; an npz with `images` and `labels`; or one image file"
)
_PREFIX = re.compile(r"(\d+)_")


@dataclass(frozen=True)
class LoadedImages:
    """Images and what is known about them.

    Attributes:
        images: uint8 or int8, [N, H, W] or [N, H, W, C], colour in RGB order; or vectors [N, n].
        labels: int64 [N], or None when the source has none.
        description: where they come from, for messages.
        names: of the images, if each is a file of its own.
        bad: pictures that were left out, since they cannot be read.
    """

    images: NDArray[Any]
    labels: NDArray[np.int64] | None
    description: str
    names: tuple[str, ...] | None = None
    bad: tuple[Bad, ...] = ()


def load_images(
    path: Path,
    limit: int | None = None,
    shape: tuple[int, int, int] | None = None,
    known: Known = NOTHING_KNOWN,
    *,
    skip_bad: bool = False,
) -> LoadedImages:
    """The test images at `path`, at most the first `limit`; unpacks nothing behind them.

    A folder may hold the test pair of IDX files, one npz with "test" in its name, the official
    GTSRB test folder, or image files. Image files take their labels from `labels.csv` beside them
    (lines `filename,label`), or from a number before the first underscore of the name, as in
    `07_front.png`, or from a folder named with a number. Where the model has class names, they may
    stand instead of numbers.

    If the model says how pictures of any size become its images, image files, lists of them and
    npz files of other sizes are prepared like that.

    Args:
        path: of a file or a folder.
        limit: images at most.
        shape: height, width and channels of the model's input; larger images than such a model
            could take are refused before they are unpacked.
        known: what the model says of pictures.
        skip_bad: leave out pictures of any size that cannot be read, instead of raising.

    Raises:
        UsageError: `skip_bad`, and a model that takes no pictures of any size.
        DataError: nothing there, nothing readable, images that do not fit each other, or more than
            `bounds` allows.
    """
    if limit is not None and limit < 1:
        raise DataError("the limit leaves no images", found=str(limit), allowed="1 or more")
    if skip_bad and known.fit is None:
        raise UsageError(
            "--skip-bad would have no effect",
            found="a model whose file does not say how pictures of any size become its images",
            allowed="a model of cbcnn-train folder",
        )
    loaded = _load(path, Need(limit, shape), known, skip_bad)
    if not len(loaded.images):
        raise DataError(f"{path} holds no images", allowed=_ACCEPTED)
    return loaded


def _load(path: Path, need: Need, known: Known, skip_bad: bool) -> LoadedImages:
    if path.is_dir():
        return _load_folder(path, need, known, skip_bad)
    if not os.path.lexists(path):
        raise DataError(f"there is no file or folder {path}", allowed=_ACCEPTED)
    if path.suffix == ".npz":
        return _load_npz(path, need, known, skip_bad)
    if known.fit is not None:
        return _load_fitted(path, need, known, known.fit, skip_bad)
    image = read_picture(path, need)
    return LoadedImages(image[None], None, f"image {path.name}", (path.name,))


def _load_folder(folder: Path, need: Need, known: Known, skip_bad: bool) -> LoadedImages:
    pair = idx.find_pair(folder, "test")
    if pair is not None:
        images, labels = idx.read_pair(*pair, need)
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
        return _load_npz(npz[0], need, known, skip_bad)
    if gtsrb.has_official_test(folder):
        images, labels = gtsrb.read_official_test(folder, need)
        return LoadedImages(images, labels, f"official GTSRB test set in {folder.name}")
    idx.demand_no_half_pair(folder, "test")
    if known.fit is not None:
        return _load_fitted(folder, need, known, known.fit, skip_bad)
    return _load_image_files(folder, need, known)


def _load_fitted(
    path: Path, need: Need, known: Known, fit: PictureFit, skip_bad: bool
) -> LoadedImages:
    """Pictures of any size."""
    from cbcnn_inputs.datasets.any_size import read_fitted

    found = read_fitted(path, known, fit, need.limit, skip_bad=skip_bad)
    labels = found.labels
    if path.is_dir() and labels is None:
        labels = _labels_from_names(path, [path / name for name in found.names], known)
    what = f"{len(found.names)} pictures in {path.name}" if path.is_dir() else f"image {path.name}"
    if found.is_test_part:
        what = f"the {len(found.names)} test pictures of those that the model was trained on"
    return LoadedImages(found.images, labels, what, found.names, tuple(found.bad))


def _load_npz(path: Path, need: Need, known: Known, skip_bad: bool) -> LoadedImages:
    if known.fit is not None and _has_other_size(path, known.fit):
        return _load_fitted(path, need, known, known.fit, skip_bad)
    with archives.open_archive(path, required=("images",)) as archive:
        header = archive.header("images")
        integer = header.dtype in (np.dtype(np.uint8), np.dtype(np.int8))
        if not integer or not 2 <= len(header.shape) <= 4:
            raise DataError(
                f"the images in {path} do not fit",
                found=f"{header.dtype} {list(header.shape)}",
                allowed="uint8 or int8, [N, H, W] or [N, H, W, C], or [N, n] for vectors",
            )
        need.demand_image(path, header.row_bytes, need.image_bytes, "values")
        count = need.count(header.rows)
        need.demand_room(path, count, header.row_bytes)
        images = archive.read("images", count)
        labels = None
        if "labels" in archive.names:
            archives.demand_labels(archive.header("labels"), header.rows, path.name)
            labels = archives.check_labels(archive.read("labels", count), count, path.name)
    return LoadedImages(images, labels, f"npz file {path.name}")


def _has_other_size(path: Path, fit: PictureFit) -> bool:
    """Whether an npz holds pictures of another size than the model's images."""
    with archives.open_archive(path, required=("images",)) as archive:
        return archive.header("images").shape[1:3] != (fit.height, fit.width)


def _load_image_files(folder: Path, need: Need, known: Known) -> LoadedImages:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise DataError(
            f"{folder} holds no images",
            found=f"{sum(1 for _ in folder.iterdir())} entries, none that is known",
            allowed=_ACCEPTED,
        )
    paths = paths[: need.count(len(paths))]
    images = _read_equal(folder, paths, need)
    labels = _labels_from_file(folder, paths, known)
    if labels is None:
        labels = _labels_from_names(folder, paths, known)
    names = tuple(path.relative_to(folder).as_posix() for path in paths)
    return LoadedImages(images, labels, f"{len(images)} image files in {folder.name}", names)


def _read_equal(folder: Path, paths: Sequence[Path], need: Need) -> NDArray[np.uint8]:
    """Images of one size, in one array that is made when the first of them is known."""
    first = read_picture(paths[0], need)
    need.demand_room(folder, len(paths), first.nbytes)
    images = np.empty((len(paths), *first.shape), np.uint8)
    for index, path in enumerate(paths):
        image = first if index == 0 else read_picture(path, need)
        if image.shape != first.shape:
            raise DataError(
                f"the images in {folder} differ in size",
                found=f"{paths[0].name} {list(first.shape)}, {path.name} {list(image.shape)}",
                allowed="one size and either all grey or all colour",
            )
        images[index] = image
    return images


def _labels_from_file(
    folder: Path, paths: Sequence[Path], known: Known
) -> NDArray[np.int64] | None:
    """Labels out of labels.csv, in the order of `paths`; None without such a file."""
    source = folder / LABELS_FILE
    if not os.path.lexists(source):
        return None
    table: dict[str, str] = {}
    try:
        for number, row in enumerate(csv.reader(regular.read_text(source).splitlines())):
            if row and not (number == 0 and row[1:2] == ["label"]):
                table[row[0]] = row[1]
        texts = [table[path.relative_to(folder).as_posix()] for path in paths]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, IndexError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DataError(
            f"{source} does not label the images beside it",
            found=reason or f"{type(error).__name__}: {error}",
            allowed="a line `filename,label` for each image, the label an integer",
        ) from error
    return archives.check_labels(known.numbers(texts, str(source)), len(paths), LABELS_FILE)


def _labels_from_names(
    folder: Path, paths: Sequence[Path], known: Known
) -> NDArray[np.int64] | None:
    """Labels out of numbered folders or name prefixes; None when no name has one."""
    found: list[int | None] = []
    for path in paths:
        inner = path.relative_to(folder).parts[:-1]
        numbers = [number for name in inner if (number := known.number(name)) is not None]
        match = _PREFIX.match(path.name)
        if numbers:
            found.append(numbers[-1])
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
    return archives.check_labels(np.array(labels), len(labels), f"{folder}, by their names,")
