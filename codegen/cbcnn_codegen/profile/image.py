"""Chooses the image for a profile.

The number of instructions depends a little on the image, because the code does not compute a
channel again that has fired in a pooling window.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.ir import Graph, Input
from cbcnn_codegen.verify.data import Samples, Source, prepare_samples
from cbcnn_codegen.verify.project import Project

_SEED: Final = 1


def choose_image(project: Project, data: Path | None, index: int) -> Samples:
    """One image of the network's own input, the Image Compression Block done.

    Args:
        project: that the image is for.
        data: as all commands take it; None makes a picture that is always the same.
        index: which of the images in `data`.

    Raises:
        DataError: nothing there, or images that the model cannot take.
        UsageError: not that many images.
    """
    if data is None:
        return _prepare(project, _picture(project), "a made-up picture")
    images = _load(project, data, index + 1)
    if len(images) <= index:
        raise UsageError(
            f"there is no image {index} in {data}",
            found=f"{len(images)} images",
            allowed=f"--index from 0 to {len(images) - 1}",
        )
    return _prepare(project, images[index : index + 1], f"image {index} of {data.name}")


def choose_images(project: Project, data: Path, count: int) -> tuple[Samples, ...]:
    """The first `count` images in `data`, or all if there are fewer, each a sample of its own.

    Raises:
        DataError: nothing there, or images that the model cannot take.
    """
    images = _load(project, data, count)
    return tuple(
        _prepare(project, images[index : index + 1], f"image {index} of {data.name}")
        for index in range(len(images))
    )


def _load(project: Project, data: Path, count: int) -> npt.NDArray[Any]:
    from cbcnn_inputs.datasets import load_images

    return load_images(data, count, project.input.shape, project.known).images


def _prepare(project: Project, images: npt.NDArray[Any], description: str) -> Samples:
    samples = prepare_samples(_input_alone(project), images, None, description)
    return Samples(Source.PLANES, samples.planes, samples.planes, None, description)


def _input_alone(project: Project) -> Graph:
    """What the loader of images has to know about a network."""
    return Graph(
        name=project.name,
        input=Input("image", project.input.shape, project.input.dtype),
        nodes=(),
        outputs=("image",),
        preprocessing=project.preprocessing,
    )


def _picture(project: Project) -> npt.NDArray[Any]:
    """A soft gradient with a disc and some noise, as smooth and as rough as a small photograph."""
    height, width, channels = project.input.shape
    row, column = np.mgrid[0:height, 0:width]
    gradient = 60.0 + 60.0 * (row / height) + 40.0 * (column / width)
    distance = np.hypot((row + 0.5) / height - 0.5, (column + 0.5) / width - 0.5)
    disc = np.where(distance < 0.35, 80.0, 0.0)
    noise = np.random.default_rng(_SEED).integers(-12, 13, (height, width, channels))
    levels: npt.NDArray[Any] = np.clip((gradient + disc)[..., None] + noise, 0, 255).astype(
        np.uint8
    )
    if project.has_compression:
        levels = levels[..., 0]
    elif project.input.dtype == "int8":
        levels = (levels.astype(np.int16) - 128).astype(np.int8)
    return np.expand_dims(levels, 0)
