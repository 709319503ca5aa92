"""Writes test images of a data set as PNG files that `--data` reads back."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import Split
from cbcnn_inputs.datasets.images import LABELS_FILE
from cbcnn_inputs.errors import DataError, OutputError
from cbcnn_inputs.together import replace_together


def write(split: Split, folder: Path, count: int, *, force: bool = False) -> list[Path]:
    """Write the first `count` images, named by label and index, and their labels.csv.

    Raises:
        OutputError: the folder holds something already, or cannot be written.
        DataError: there are fewer images.
    """
    if count > len(split.labels):
        raise DataError(
            "there are fewer images", found=str(len(split.labels)), allowed=f"at least {count}"
        )
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise OutputError(f"{folder} is not empty", suggestion="another -o, or --force")
    files = {}
    for index in range(count):
        image = split.images[index]
        content = _encode(image if image.ndim == 2 else image[..., ::-1])
        files[f"{split.labels[index]:02d}_{index:05d}.png"] = content
    lines = [f"{name},{label}" for name, label in zip(files, split.labels, strict=False)]
    labels = "\n".join(["filename,label", *lines]) + "\n"
    replace_together(folder, {**files, LABELS_FILE: labels.encode()})
    return [folder / name for name in files]


def _encode(image: NDArray[np.uint8]) -> bytes:
    """PNG bytes of a grey or blue-green-red image; lossless."""
    _, content = cv2.imencode(".png", np.ascontiguousarray(image))
    return bytes(content)
