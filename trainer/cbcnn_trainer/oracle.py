"""The live Larq model as the reference that generated code is compared with.

Import this module before TensorFlow: it asks for TensorFlow's own kernels, whose batch norm is the
documented one. Integer inputs make all sums before a batch norm exact either way.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from cbcnn_inputs.errors import DataError, ModelFileError
from cbcnn_trainer import model_file
from cbcnn_trainer.backend import tf


def trace(
    model_path: Path,
    images: NDArray[Any],
    outputs: Sequence[str],
    batch_size: int = 100,
    *,
    rescale: tuple[float, float] = (1.0, 0.0),
) -> dict[str, NDArray[np.float32]]:
    """What the named layers put out, as TensorFlow computes them at inference.

    Args:
        model_path: a `.h5` or `.keras` file; it is loaded without compiling, and refused if that
            would run code from it.
        images: uint8 or int8 [N, H, W, C], in the size of the model's input; [N, 1, 1, C] where
            that is a vector.
        outputs: names of Keras layers.
        batch_size: images computed at once; the result does not depend on it.
        rescale: (scale, offset) that the training code applied to the images in front of the model.

    Returns:
        A float32 array [N, …] for each name.

    Raises:
        ModelFileError: the model cannot be loaded, or has no layer of that name.
        DataError: the images do not fit the model.
    """
    model = model_file.load(model_path)
    images = _fit_images(model, images)
    inner = _cut(model, outputs, model_path)
    compute = tf.function(lambda batch: inner(batch, training=False))
    collected: list[list[NDArray[np.float32]]] = [[] for _ in outputs]
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size].astype(np.float32)
        batch = tf.constant(batch * np.float32(rescale[0]) + np.float32(rescale[1]))
        values = compute(batch)
        for place, value in zip(collected, values if len(outputs) > 1 else [values], strict=True):
            place.append(value.numpy())
    return {name: np.concatenate(parts) for name, parts in zip(outputs, collected, strict=True)}


def _cut(model: Any, outputs: Sequence[str], path: Path) -> Any:
    """The same layers with other outputs."""
    known = {layer.name: layer for layer in model.layers}
    missing = [name for name in outputs if name not in known]
    if missing:
        raise ModelFileError(
            f"{path} has no layer {missing[0]}",
            found=", ".join(known),
            suggestion="name one of these",
        )
    return tf.keras.Model(model.inputs, [known[name].output for name in outputs])


def _fit_images(model: Any, images: NDArray[Any]) -> NDArray[Any]:
    """The images in the shape of the model's input."""
    expected = tuple(model.input_shape[1:])
    if len(expected) == 1 and images.shape[1:] == (1, 1, *expected):
        images = images.reshape(len(images), *expected)
    integer = images.dtype in (np.dtype(np.uint8), np.dtype(np.int8))
    if not integer or images.shape[1:] != expected or not len(images):
        raise DataError(
            "the images do not fit the model",
            found=f"{images.dtype} {list(images.shape)}",
            allowed=f"uint8 or int8 [N, {', '.join(map(str, expected))}], N at least 1",
        )
    return images
