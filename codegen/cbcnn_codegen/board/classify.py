"""Let a board say what is in pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.board.counts import Unit
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.info import Info
from cbcnn_codegen.board.protocol import Format
from cbcnn_codegen.errors import DataError
from cbcnn_inputs.shapes import holds

Array = npt.NDArray[Any]


def classify_images(
    device: Device, unit: Unit | None, paths: Sequence[Path]
) -> list[dict[str, Any]]:
    """Class, name and cost of every picture.

    Args:
        device: that answers.
        unit: of its counter.
        paths: files, or folders of PNGs or IDX files, or npz.

    Raises:
        DataError: a picture cannot be read, or is not of the model's size.
        BoardError: the board cannot.
    """
    rows = []
    for path in paths:
        for name, image in _load(path, device.info.shape):
            kind, sent = _prepare(device.info, name, image)
            answer = device.classify(sent, kind)
            row: dict[str, Any] = {
                "image": name,
                "class": answer.answer,
                "name": device.class_name(answer.answer),
                "scores": answer.scores.tolist(),
            }
            if unit is not None:
                row[unit.name] = round(answer.ticks * unit.factor)
            rows.append(row)
    return rows


def _load(path: Path, shape: tuple[int, int, int]) -> list[tuple[str, Array]]:
    from cbcnn_inputs.datasets import load_images

    images = load_images(path, None, shape).images
    if len(images) == 1:
        return [(str(path), images[0])]
    return [(f"{path}[{index}]", image) for index, image in enumerate(images)]


def _prepare(info: Info, name: str, image: Array) -> tuple[Format, Array]:
    """How a picture is sent; its size must be the model's, for nothing here scales pictures."""
    height, width, channels = info.shape
    is_colour = image.ndim == 3 and image.shape[2] == 3
    size = image.shape[:2] == (height, width)
    if size and image.dtype == np.uint8:
        if is_colour and Format.RGB888 in info.formats:
            return Format.RGB888, np.ascontiguousarray(image)
        if image.size == height * width and Format.GREY in info.formats:
            return Format.GREY, np.ascontiguousarray(image)
    if holds(image.shape, info.shape) and str(image.dtype) == info.pixel_type:
        return Format.PLANE, np.ascontiguousarray(image).reshape(info.shape)
    colour = f" or uint8 [{height}, {width}, 3]" if Format.RGB888 in info.formats else ""
    raise DataError(
        f"{name} does not fit the model on the board",
        found=f"{image.dtype} {list(image.shape)}",
        allowed=f"{info.pixel_type} [{height}, {width}, {channels}]{colour}",
        suggestion="scale the picture to that size",
    )


def name_classes(device: Device, classes: Iterable[int]) -> dict[int, str]:
    """A name for each class, its number where the firmware holds no names."""
    return {index: device.class_name(index) or str(index) for index in classes}
