"""The images of a verification, for the C and for the Python models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import DataError
from cbcnn_codegen.ir import Graph
from cbcnn_inputs.own_pictures.known import Known
from cbcnn_inputs.shapes import holds

Array = npt.NDArray[Any]


class Source(IntEnum):
    """The kind of image that the harness reads; the numbers are the harness's own."""

    PLANES = 0
    RGB888 = 1
    RGB565 = 2
    GREY = 3
    LINES = 4
    FRAMES = 5


@dataclass(frozen=True)
class Samples:
    """Images on both sides.

    Attributes:
        source: whether the C makes the planes itself.
        images: what the C reads, one behind the other; for `PLANES` the same as `planes`.
        planes: N x height x width x channels of the network's input type, by NumPy.
        labels: int64 [N], or None.
        left_out: lines of pictures that could not be read.
    """

    source: Source
    images: Array
    planes: Array
    labels: npt.NDArray[np.int64] | None
    description: str
    left_out: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.planes)

    def part(self, which: slice) -> Samples:
        """Some of the images."""
        labels = None if self.labels is None else self.labels[which]
        return replace(self, images=self.images[which], planes=self.planes[which], labels=labels)

    def plane(self, index: int) -> Samples:
        """One image as the network's own input, the Image Compression Block done."""
        planes = self.planes[index : index + 1]
        return Samples(Source.PLANES, planes, planes, None, f"image {index} of {self.description}")


def load_samples(
    path: Path, graph: Graph, limit: int | None = None, *, skip_bad: bool = False
) -> Samples:
    """Images from `path` for `graph`.

    Images of the input's shape and type stay as they are; others go through the model's Image
    Compression Block. Pictures of any size are prepared first, if the model says how.

    Raises:
        UsageError: `skip_bad`, and a model that does not take pictures of any size.
        DataError: nothing there, or images that the model cannot take.
    """
    from cbcnn_inputs.datasets import load_images
    from cbcnn_inputs.own_pictures.warn import left_out

    known = Known(graph.pictures, graph.class_names)
    loaded = load_images(path, limit, graph.input.shape, known, skip_bad=skip_bad)
    samples = prepare_samples(graph, loaded.images, loaded.labels, loaded.description)
    return replace(samples, left_out=tuple(left_out(loaded.bad)))


def prepare_samples(
    graph: Graph, images: Array, labels: npt.NDArray[np.int64] | None, description: str
) -> Samples:
    """The same as `load_samples` for loaded images."""
    from cbcnn_inputs import preprocessing

    shape, dtype = graph.input.shape, np.dtype(graph.input.dtype)
    if not graph.has_classes:
        labels = None  # of what it puts out they say nothing
    if labels is not None:
        _check_labels(labels, graph)
    if images.dtype == dtype and holds(images.shape[1:], shape):
        planes = images.reshape(len(images), *shape)
        return Samples(Source.PLANES, planes, planes, labels, description)
    block = graph.preprocessing
    if block is None or images.shape[1:3] != shape[:2]:
        raise DataError(
            "the images do not fit the model",
            found=f"{images.dtype} images of shape {list(images.shape[1:])} ({description})",
            allowed=_allowed(graph),
        )
    planes = preprocessing.apply(block, images)
    source = Source.RGB888 if images.ndim == 4 and images.shape[3] == 3 else Source.GREY
    return Samples(source, np.ascontiguousarray(images), planes, labels, description)


def as_rgb565(samples: Samples, graph: Graph) -> Samples:
    """The same colour images with 5, 6 and 5 bits a channel, as a camera or display has them."""
    from cbcnn_inputs import preprocessing

    assert graph.preprocessing is not None, "colour images need the block"
    red, green, blue = np.moveaxis(samples.images.astype(np.uint16), -1, 0)
    packed = (red >> 3 << 11 | green >> 2 << 5 | blue >> 3).astype("<u2")
    planes = preprocessing.apply(graph.preprocessing, preprocessing.rgb565_to_rgb888(packed))
    return replace(samples, source=Source.RGB565, images=packed, planes=planes)


def _allowed(graph: Graph) -> str:
    height, width, channels = graph.input.shape
    axes = [channels] if height * width == 1 else [height, width, channels]
    accepted = [f"{graph.input.dtype} {axes}"]
    if graph.preprocessing is not None:
        accepted += [f"uint8 [{height}, {width}, 3] in RGB order"] * graph.preprocessing.luma
        accepted.append(f"uint8 [{height}, {width}]")
    return ", or ".join(accepted)


def _check_labels(labels: npt.NDArray[np.int64], graph: Graph) -> None:
    classes = graph.classes
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        raise DataError(
            "the labels do not fit the model",
            found=f"labels from {labels.min()} to {labels.max()}",
            allowed=f"0 to {classes - 1}, one per class of the model",
        )
