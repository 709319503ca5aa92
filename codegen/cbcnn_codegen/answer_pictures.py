"""Lets a network answer some pictures, to be shown in its report."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.evidence import AnsweredPicture
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.verify.data import prepare_samples
from cbcnn_inputs.own_pictures.known import Known

SHOWN: Final = 12
"""Pictures in a report: as many as a screen shows."""

_SIDE: Final = 96
"""Pixels of the longer side of a shown picture, at most."""

Array = npt.NDArray[Any]


def answer_pictures(lowered: Graph, data: Path) -> tuple[AnsweredPicture, ...]:
    """Some pictures of `data`, of as many classes as possible, with the answers of the network.

    Args:
        lowered: the network in integers.
        data: images, in any form that `cbcnn-verify --data` takes.

    Raises:
        DataError: no images, or images that do not fit the network.
    """
    from cbcnn_inputs.datasets import load_images

    known = Known(lowered.pictures, lowered.class_names)
    loaded = load_images(data, None, lowered.input.shape, known)
    chosen = choose(loaded.labels, len(loaded.images))
    images = loaded.images[chosen]
    labels = None if loaded.labels is None else loaded.labels[chosen]
    planes = prepare_samples(lowered, images, labels, loaded.description).planes
    trace = reference.run(lowered, planes, keep=())
    rejects = np.zeros(len(images), np.bool_)
    if lowered.rejection is not None:
        rejects = lowered.rejection.rejects(trace.scores)
    return tuple(
        AnsweredPicture(
            name=str(index) if loaded.names is None else Path(loaded.names[index]).name,
            label=None if labels is None else int(labels[place]),
            answer=int(trace.classes[place]),
            is_rejected=bool(rejects[place]),
            scores=tuple(map(float, trace.scores[place].ravel())),
            picture=as_png(image),
        )
        for place, (index, image) in enumerate(zip(chosen.tolist(), images, strict=True))
    )


def choose(labels: npt.NDArray[np.int64] | None, count: int) -> npt.NDArray[np.int64]:
    """Numbers of the shown pictures, in order: first ones of every class, then second ones.

    Args:
        labels: int64 [count], or None, which shows the first ones.
        count: of all pictures.
    """
    if labels is None:
        return np.arange(min(count, SHOWN))
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    turn = np.empty(count, np.int64)
    turn[order] = np.arange(count) - starts
    return np.sort(np.lexsort((labels, turn))[:SHOWN])


def as_png(image: Array) -> str:
    """A data URI of an image: uint8 or int8, [H, W], [H, W, C] or a vector, at most 96 pixels wide.

    Of more or fewer channels than a picture has, the mean is shown.
    """
    from PIL import Image

    pixels = image.astype(np.int16) + 128 if image.dtype == np.int8 else image
    pixels = np.atleast_2d(pixels)
    if pixels.ndim == 3 and pixels.shape[2] != 3:
        pixels = pixels.mean(axis=2)
    shown = Image.fromarray(pixels.astype(np.uint8))
    shown.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    file = io.BytesIO()
    shown.save(file, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
