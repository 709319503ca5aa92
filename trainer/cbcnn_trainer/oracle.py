"""The live model as the reference that generated code is compared with.

Which of TensorFlow's kernels compute is decided where TensorFlow is imported. Its own have the
batch norm of networks of signs and integers (level 1), and sums of integers are exact in any order.
Those of oneDNN compute real numbers in the order of networks with floats (level 2).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import scaling
from cbcnn_inputs.errors import DataError, ModelFileError
from cbcnn_inputs.model_files import ModelFile, open_model_file
from cbcnn_inputs.probe import IMAGE, Probe
from cbcnn_inputs.shapes import holds

if TYPE_CHECKING:
    from cbcnn_trainer.framework import Framework
    from cbcnn_trainer.walk import Walk

FrameworkName = Literal["larq", "keras"]

COMPARED_IMAGES: Final = 4
"""Images that show that the layers, one after the other, are the model."""

_ONEDNN: Final = "TF_ENABLE_ONEDNN_OPTS"


def start(*, floats: bool, framework: FrameworkName = "larq") -> Framework:
    """Import a framework, TensorFlow with the kernels for a network.

    The first import of a process decides about these.

    Args:
        floats: of a network that computes real numbers: oneDNN's kernels, not TensorFlow's own.
        framework: Larq in TensorFlow, or Keras 3 on any of its backends.

    Raises:
        MissingToolError: the framework cannot be imported.
    """
    os.environ.setdefault(_ONEDNN, str(int(floats)))
    if framework == "keras":
        from cbcnn_trainer.keras3 import framework as keras3

        return keras3
    from cbcnn_trainer.keras2 import framework as keras2

    return keras2


def trace(
    source: Path | ModelFile,
    images: NDArray[Any],
    probes: Sequence[Probe],
    batch_size: int = 100,
    *,
    rescale: tuple[float, float] = (1.0, 0.0),
    floats: bool = False,
    framework: FrameworkName = "larq",
) -> dict[Probe, NDArray[np.float32]]:
    """The outputs of layers, as the live model computes them at inference.

    Args:
        source: a `.h5` or `.keras` file, or what was read from it; it is not compiled, and anything
            that would need code to load is refused.
        images: uint8 or int8 [N, …] with the values of the model's input, in whatever axes.
        probes: the layers, and whether their activation option is part of it.
        batch_size: images computed at once, at most; the result does not depend on it.
        rescale: (scale, offset) that the training code applied to the images in front of the model.
        floats: see `start`.
        framework: see `start`.

    Returns:
        A float32 array [N, …] for each probe.

    Raises:
        ModelFileError: the model cannot be loaded, or has no such layer.
        DataError: the images do not fit the model.
    """
    keras = start(floats=floats, framework=framework)
    from cbcnn_trainer.walk import Walk, images_at_once

    file = source if isinstance(source, ModelFile) else open_model_file(source)
    model = keras.load(file)
    images = _fit_images(model, images)

    def tensor(part: NDArray[Any]) -> Any:
        return keras.tensor(scaling.apply(scaling.Rescale(*rescale), part))

    first = tensor(images[:COMPARED_IMAGES])
    whole = [keras.to_numpy(value) for value in keras.flatten(model(first, training=False))]
    walk = Walk(model, keras)
    size = images_at_once(model, keras, batch_size)
    _demand_layers(walk, probes, file.name)
    _demand_equal(walk, first, whole, file.name)
    collected: dict[Probe, list[NDArray[np.float32]]] = {probe: [] for probe in probes}
    for begin in range(0, len(images), size):
        batch = tensor(images[begin : begin + size])
        for probe, value in walk.run(batch, probes)[0].items():
            collected[probe].append(value)
    return {probe: np.concatenate(parts) for probe, parts in collected.items()}


def _demand_equal(walk: Walk, images: Any, whole: list[NDArray[Any]], file: str) -> None:
    """The model computes what its layers compute, called one after the other."""
    found = walk.run(images, ())[1]
    for one, other in zip(found, whole, strict=True):
        if not np.array_equal(one, other, equal_nan=True):
            raise ModelFileError(
                f"{file} computes something else than its layers, called one after the other",
                found=f"{one.shape} values that are not all equal",
                allowed="a model of layers that Keras calls in the order of its graph",
                suggestion="--against reference",
            )


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
