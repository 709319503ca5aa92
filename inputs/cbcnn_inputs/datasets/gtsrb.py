"""The German Traffic Sign Recognition Benchmark, 43 classes of road signs.

Source: Stallkamp, Schlipsing, Salmen and Igel, "The German Traffic Sign Recognition Benchmark",
IJCNN 2011. This module reads two forms: a pair of npz files with 32x32 images, and the official
archives, whose PPM images of many sizes it resizes. It uses the whole frame, not the region of
interest that the CSV files name.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import regular
from cbcnn_inputs.datasets import archives
from cbcnn_inputs.datasets.bounds import EVERYTHING, Need
from cbcnn_inputs.datasets.pictures import read_scaled
from cbcnn_inputs.errors import DataError

SIDE: Final = 32
TRAIN_FILE: Final = "gtsrb32_train.npz"
TEST_FILE: Final = "gtsrb32_test.npz"
TEST_CSV: Final = "GT-final_test.csv"

CLASS_NAMES: Final = (
    "speed limit 20",
    "speed limit 30",
    "speed limit 50",
    "speed limit 60",
    "speed limit 70",
    "speed limit 80",
    "end of speed limit 80",
    "speed limit 100",
    "speed limit 120",
    "no overtaking",
    "no overtaking by trucks",
    "right of way at next crossing",
    "priority road",
    "give way",
    "stop",
    "no vehicles",
    "no trucks",
    "no entry",
    "general danger",
    "bend to the left",
    "bend to the right",
    "double bend",
    "uneven road",
    "slippery road",
    "road narrows on the right",
    "road works",
    "traffic lights",
    "pedestrians",
    "children",
    "bicycles",
    "snow or ice",
    "wild animals",
    "end of all restrictions",
    "turn right ahead",
    "turn left ahead",
    "ahead only",
    "ahead or right",
    "ahead or left",
    "keep right",
    "keep left",
    "roundabout",
    "end of no overtaking",
    "end of no overtaking by trucks",
)

_SYMMETRIC: Final = (11, 12, 13, 15, 17, 18, 22, 26, 30, 35)
_LEFT_AND_RIGHT: Final = ((19, 20), (33, 34), (36, 37), (38, 39))
MIRRORS: Final[tuple[int | None, ...]] = tuple(
    label
    if label in _SYMMETRIC
    else next((a + b - label for a, b in _LEFT_AND_RIGHT if label in (a, b)), None)
    for label in range(len(CLASS_NAMES))
)
"""The class that an image shows when it is reversed left to right, or None if that is no sign.

Bumps, traffic lights and snowflakes count as symmetric; digits, cars, people
and animals do not.
"""


@dataclass(frozen=True)
class Frames:
    """Images uint8 [N, 32, 32, 3] in RGB order, labels int64 [N], and physical sign numbers."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    tracks: NDArray[np.int64]


def read_train(folder: Path) -> Frames:
    """The training set, as npz or as official class folders.

    Raises:
        DataError: neither is there, or one is damaged.
    """
    path = folder / TRAIN_FILE
    if path.is_file():
        arrays = archives.read(path, required=("images", "labels", "tracks"))
        images = _check_images(arrays["images"], path)
        labels = archives.check_labels(arrays["labels"], len(images), path.name)
        tracks = archives.check_labels(arrays["tracks"], len(images), path.name)
        return Frames(images, labels, tracks)
    tables = sorted(folder.rglob("GT-[0-9][0-9][0-9][0-9][0-9].csv"))
    if not tables:
        raise _nothing_found(folder, f"{TRAIN_FILE}, or class folders with GT-00000.csv inside")
    rows = [row for table in tables for row in _rows(table)]
    # Training frames are named TTTTT_FFFFF.ppm: physical sign TTTTT of its class, frame FFFFF.
    tracks = archives.check_labels(
        np.array([_track(path) for path, _ in rows]), len(rows), f"{folder}, by their names,"
    )
    images = _read_frames(folder, rows, EVERYTHING)
    return Frames(images, np.array([label for _, label in rows], np.int64), tracks)


def read_test(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The test set: images uint8 [N, 32, 32, 3] and labels int64 [N].

    Raises:
        DataError: neither form is there, or one is damaged.
    """
    path = folder / TEST_FILE
    if path.is_file():
        arrays = archives.read(path, required=("images", "labels"))
        images = _check_images(arrays["images"], path)
        return images, archives.check_labels(arrays["labels"], len(images), path.name)
    if has_official_test(folder):
        return read_official_test(folder)
    raise _nothing_found(folder, f"{TEST_FILE}, or {TEST_CSV} beside its images")


def has_official_test(folder: Path) -> bool:
    """Whether the official test labels lie somewhere in `folder`."""
    return next(folder.rglob(TEST_CSV), None) is not None


def read_official_test(
    folder: Path, need: Need = EVERYTHING
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Official test images beside their table of labels, or in the folders around it.

    Reads no more of them than `need` says. Its shape does not matter: the images are scaled.
    """
    table = next(folder.rglob(TEST_CSV))
    rows = list(islice(_rows(table), need.limit))
    if rows and not os.path.lexists(rows[0][0]):
        anywhere = next(folder.rglob(rows[0][0].name), None)
        if anywhere is not None:
            rows = [(anywhere.with_name(path.name), label) for path, label in rows]
    images = _read_frames(folder, rows, need)
    return images, np.array([label for _, label in rows], np.int64)


def _rows(table: Path) -> Iterator[tuple[Path, int]]:
    """Image paths and labels of one semicolon-separated table."""
    try:
        for row in csv.DictReader(regular.read_text(table).splitlines(), delimiter=";"):
            label = int(row["ClassId"])
            if not 0 <= label < len(CLASS_NAMES):
                raise ValueError(f"class {label}")
            yield table.with_name(row["Filename"]), label
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DataError(
            f"{table} cannot be read",
            found=reason or f"{type(error).__name__}: {error}",
            allowed="the GTSRB columns Filename;…;ClassId with classes 0 to 42",
        ) from error


def _track(path: Path) -> int:
    number = path.name.split("_")[0]
    if not number.isdecimal():
        raise DataError(
            f"{path} does not say which physical sign it shows",
            found=path.name,
            allowed="names like 00012_00007.ppm: sign 12, frame 7",
        )
    return int(number)


def _read_frames(folder: Path, rows: list[tuple[Path, int]], need: Need) -> NDArray[np.uint8]:
    """Decode every image and scale it to 32x32."""
    need.demand_room(folder, len(rows), SIDE * SIDE * 3)
    images = np.empty((len(rows), SIDE, SIDE, 3), np.uint8)
    for index, (path, _) in enumerate(rows):
        images[index] = read_scaled(path, SIDE)
    return images


def _check_images(images: NDArray[np.generic], path: Path) -> NDArray[np.uint8]:
    if images.dtype != np.uint8 or images.shape[1:] != (SIDE, SIDE, 3):
        raise DataError(
            f"the images in {path} do not fit",
            found=f"{images.dtype} {list(images.shape)}",
            allowed=f"uint8 [N, {SIDE}, {SIDE}, 3]",
        )
    return images.astype(np.uint8, copy=False)


def _nothing_found(folder: Path, allowed: str) -> DataError:
    return DataError(
        f"GTSRB is not in {folder}",
        allowed=allowed,
        suggestion="unpack the official archives there and name that folder with --data",
    )
