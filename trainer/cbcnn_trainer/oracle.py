"""The live Larq model as the reference that generated code is compared with.

It calls the model's layers one after the other, those of nested models too, and keeps their
outputs. It fuses and folds nothing, which TensorFlow's graph optimizer might do unseen.

Import this module before TensorFlow: it asks for TensorFlow's own kernels, whose batch norm is the
documented one. Integer inputs make all sums before a batch norm exact either way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from cbcnn_inputs import scaling
from cbcnn_inputs.errors import DataError, ModelFileError
from cbcnn_inputs.model_files import ModelFile, open_model_file
from cbcnn_inputs.probe import IMAGE, Probe
from cbcnn_inputs.shapes import holds
from cbcnn_trainer import model_file
from cbcnn_trainer.backend import tf

COMPARED_IMAGES: Final = 4
"""Images that show that the layers, one after the other, are the model."""


def trace(
    source: Path | ModelFile,
    images: NDArray[Any],
    probes: Sequence[Probe],
    batch_size: int = 100,
    *,
    rescale: tuple[float, float] = (1.0, 0.0),
) -> dict[Probe, NDArray[np.float32]]:
    """The outputs of layers, as TensorFlow computes them at inference.

    Args:
        source: a `.h5` or `.keras` file, or what was read from it; it is not compiled, and anything
            that would need code to load is refused.
        images: uint8 or int8 [N, …] with the values of the model's input, in whatever axes.
        probes: the layers, and whether their activation option is part of it.
        batch_size: images computed at once, at most; the result does not depend on it.
        rescale: (scale, offset) that the training code applied to the images in front of the model.

    Returns:
        A float32 array [N, …] for each probe.

    Raises:
        ModelFileError: the model cannot be loaded, has no such layer, or is no chain of layers.
        DataError: the images do not fit the model.
    """
    file = source if isinstance(source, ModelFile) else open_model_file(source)
    model = model_file.load(file)
    images = _fit_images(model, images)
    _demand_chain(model, file.name)
    first = _scale(images[:COMPARED_IMAGES], rescale)
    whole = model(first, training=False).numpy()
    steps = _split(model)
    _demand_layers(steps, probes, file.name)
    if not np.array_equal(_run(steps, first, ())[1], whole, equal_nan=True):
        found = "layers that compute something else when one reads what the one before it makes"
        raise _no_chain(file.name, found)
    collected: dict[Probe, list[NDArray[np.float32]]] = {probe: [] for probe in probes}
    size = model_file.images_at_once(model, batch_size)
    for start in range(0, len(images), size):
        batch = _scale(images[start : start + size], rescale)
        for probe, value in _run(steps, batch, probes)[0].items():
            collected[probe].append(value)
    return {probe: np.concatenate(parts) for probe, parts in collected.items()}


class _Step(NamedTuple):
    """A layer without its activation option, or that option alone, and what it makes."""

    compute: Callable[[Any], Any]
    made: tuple[Probe, ...]


def _split(model: Any) -> list[_Step]:
    """The layers of a model in order; they lose their activation options to steps of their own."""
    steps = []
    for path, layer in _layers(model, ()):
        before, after = Probe(path, activated=False), Probe(path)
        activation = _take_activation(layer)
        if activation is None:
            steps.append(_Step(layer, (before, after)))
        else:
            steps += [_Step(layer, (before,)), _Step(activation, (after,))]
    return steps


def _layers(model: Any, outside: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for layer in model.layers:
        path = (*outside, layer.name)
        if isinstance(layer, tf.keras.Model):
            yield from _layers(layer, path)
        elif not isinstance(layer, tf.keras.layers.InputLayer):
            yield path, layer


def _take_activation(layer: Any) -> Callable[[Any], Any] | None:
    """Take the function behind the product of a layer away from it; None if it has none."""
    if not isinstance(layer, tf.keras.layers.Conv2D | tf.keras.layers.Dense):
        return None
    activation: Callable[[Any], Any] | None = layer.activation
    layer.activation = None
    return activation


def _run(
    steps: Sequence[_Step], value: Any, probes: Sequence[Probe]
) -> tuple[dict[Probe, NDArray[np.float32]], NDArray[np.float32]]:
    """What the probes see of a batch, and what comes out at the end."""
    seen = {IMAGE: value.numpy()} if IMAGE in probes else {}
    for step in steps:
        value = step.compute(value)  # outside of training a layer is told nothing about it
        seen.update({probe: value.numpy() for probe in step.made if probe in probes})
    return seen, value.numpy()


def _scale(images: NDArray[Any], rescale: tuple[float, float]) -> Any:
    return tf.constant(scaling.apply(scaling.Rescale(*rescale), images))


def _demand_chain(model: Any, file: str) -> None:
    """Refuse layers that read several values, for which the steps below have no place."""
    for path, layer in _layers(model, ()):
        if isinstance(getattr(layer, "input", None), list | tuple):
            raise _no_chain(file, f"{'/'.join(path)}, which reads several values")


def _no_chain(file: str, found: str) -> ModelFileError:
    return ModelFileError(
        f"{file} is no chain of layers",
        found=found,
        allowed="a model without branches, to compare with Larq layer by layer",
        suggestion="--against reference",
    )


def _demand_layers(steps: Sequence[_Step], probes: Sequence[Probe], file: str) -> None:
    known = dict.fromkeys(probe for step in steps for probe in step.made)
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
