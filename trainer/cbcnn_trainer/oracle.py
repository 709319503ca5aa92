"""The live Larq model as the reference that generated code is compared with.

Which of TensorFlow's kernels compute is decided where TensorFlow is imported. Its own have the
batch norm of networks of signs and integers (level 1), and sums of integers are exact in any order.
Those of oneDNN compute real numbers in the order of networks with floats (level 2).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import scaling
from cbcnn_inputs.errors import DataError, ModelFileError
from cbcnn_inputs.model_files import ModelFile, open_model_file
from cbcnn_inputs.probe import IMAGE, Probe
from cbcnn_inputs.shapes import holds

if TYPE_CHECKING:
    from cbcnn_trainer.walk import Walk

COMPARED_IMAGES: Final = 4
"""Images that show that the layers, one after the other, are the model."""

_ONEDNN: Final = "TF_ENABLE_ONEDNN_OPTS"


def start(*, floats: bool) -> None:
    """Import TensorFlow with the kernels for a network; the first import of a process decides.

    Args:
        floats: of a network that computes real numbers: oneDNN's kernels, not TensorFlow's own.

    Raises:
        MissingToolError: TensorFlow, tf-keras or Larq cannot be imported.
    """
    os.environ.setdefault(_ONEDNN, str(int(floats)))
    from cbcnn_trainer import backend  # noqa: F401


def trace(
    source: Path | ModelFile,
    images: NDArray[Any],
    probes: Sequence[Probe],
    batch_size: int = 100,
    *,
    rescale: tuple[float, float] = (1.0, 0.0),
    floats: bool = False,
) -> dict[Probe, NDArray[np.float32]]:
    """The outputs of layers, as TensorFlow computes them at inference.

    Args:
        source: a `.h5` or `.keras` file, or what was read from it; it is not compiled, and anything
            that would need code to load is refused.
        images: uint8 or int8 [N, …] with the values of the model's input, in whatever axes.
        probes: the layers, and whether their activation option is part of it.
        batch_size: images computed at once, at most; the result does not depend on it.
        rescale: (scale, offset) that the training code applied to the images in front of the model.
        floats: see `start`.

    Returns:
        A float32 array [N, …] for each probe.

    Raises:
        ModelFileError: the model cannot be loaded, or has no such layer.
        DataError: the images do not fit the model.
    """
    start(floats=floats)
    from cbcnn_trainer import model_file
    from cbcnn_trainer.walk import Walk

    file = source if isinstance(source, ModelFile) else open_model_file(source)
    model = model_file.load(file)
    images = _fit_images(model, images)
    first = _scale(images[:COMPARED_IMAGES], rescale)
    whole = model(first, training=False)
    size = model_file.images_at_once(model, batch_size)
    walk = Walk(model)
    _demand_layers(walk, probes, file.name)
    _demand_equal(walk, first, whole, file.name)
    collected: dict[Probe, list[NDArray[np.float32]]] = {probe: [] for probe in probes}
    for begin in range(0, len(images), size):
        batch = _scale(images[begin : begin + size], rescale)
        for probe, value in walk.run(batch, probes)[0].items():
            collected[probe].append(value)
    return {probe: np.concatenate(parts) for probe, parts in collected.items()}


def _demand_equal(walk: Walk, images: Any, whole: Any, file: str) -> None:
    """The model computes what its layers compute, called one after the other."""
    wanted = whole if isinstance(whole, list | tuple) else [whole]
    found = walk.run(images, ())[1]
    for one, other in zip(found, wanted, strict=True):
        if not np.array_equal(one, other.numpy(), equal_nan=True):
            raise ModelFileError(
                f"{file} computes something else than its layers, called one after the other",
                found=f"{one.shape} values that are not all equal",
                allowed="a model of layers that Keras calls in the order of its graph",
                suggestion="--against reference",
            )


def _scale(images: NDArray[Any], rescale: tuple[float, float]) -> Any:
    from cbcnn_trainer.backend import tf

    return tf.constant(scaling.apply(scaling.Rescale(*rescale), images))


def _demand_layers(walk: Walk, probes: Sequence[Probe], file: str) -> None:
    known = walk.known()
    missing = [probe for probe in probes if probe not in known and probe != IMAGE]
    if missing:
        raise ModelFileError(
            f"{file} has no layer {'/'.join(missing[0].path)}",
            found=", ".join(dict.fromkeys("/".join(probe.path) for probe in known)),
            suggestion="name one of these",
        )


def _fit_images(model: Any, images: NDArray[Any]) -> NDArray[Any]:
    """The images in the shape of the model's input."""
    expected = tuple(model.input_shape[1:])
    integer = images.dtype in (np.dtype(np.uint8), np.dtype(np.int8))
    if not integer or not len(images) or not holds(images.shape[1:], expected):
        raise DataError(
            "the images do not fit the model",
            found=f"{images.dtype} {list(images.shape)}",
            allowed=f"uint8 or int8 [N, {', '.join(map(str, expected))}], N at least 1",
        )
    return images.reshape(len(images), *expected)
