"""Stores outputs of a live model in a file, to compare C without TensorFlow or Keras.

The file is an npz: the images as the network got them, every binarized activation as packed bits,
the accumulators, the outputs, and the model's own answers and logits.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import DataError
from cbcnn_codegen.verify.expect import Array, Decisions, Expectation, ExpectedOutput
from cbcnn_inputs.datasets import archives
from cbcnn_inputs.files import write_whole

SCHEMA: Final = 2
MAX_BYTES: Final = 4 << 30
"""Bytes of the whole content of the file after unpacking."""

_OF_ONE_OUTPUT: Final = 1
"""The schema before networks had several outputs; its arrays have no number."""

_SIGNS: Final = "signs/"
_SUMS: Final = "accumulators/"
_SHAPE: Final = "shape/"


@dataclass(frozen=True)
class StoredModel:
    """Earlier results of a live model for some images.

    Attributes:
        planes: the images, N x height x width x channels.
        everything: its results for them, every layer included.
    """

    path: Path
    planes: Array
    everything: Expectation

    def expect(self, planes: Array, *, traced: bool) -> Expectation:
        """The stored outputs for images that are in the file, in any order.

        Raises:
            DataError: an image is not in the file.
        """
        index = {plane.tobytes(): i for i, plane in enumerate(self.planes)}
        try:
            which = np.array([index[plane.tobytes()] for plane in planes], np.int64)
        except KeyError:
            raise DataError(
                f"{self.path} holds no outputs for some of the images",
                found=f"outputs for {len(self.planes)} other images",
                allowed="the images that the outputs were stored for",
                suggestion="--against reference, or --against larq",
            ) from None
        layers = self.everything.layers if traced else {}
        return self.everything.part(which, {name: of[which] for name, of in layers.items()})


def save_outputs(path: Path, model_sha256: str, planes: Array, outputs: Expectation) -> None:
    """Write the results of a live model for images, whole or not at all; see `load_outputs`.

    Raises:
        OutputError: it cannot be written.
    """
    arrays: dict[str, Array] = {
        "schema": np.array(SCHEMA),
        "model_sha256": np.array(model_sha256),
        "planes": planes,
        "outputs": np.array(len(outputs.outputs)),
        **({} if outputs.decisions is None else outputs.decisions._asdict()),
    }
    for index, output in enumerate(outputs.outputs):
        shown = {name: of for name, of in output._asdict().items() if of is not None}
        arrays.update({f"{name}/{index}": of for name, of in shown.items()})
    for name, values in outputs.layers.items():
        if values.dtype == np.int8:
            arrays[_SIGNS + name] = np.packbits(values > 0)
            arrays[_SHAPE + name] = np.array(values.shape)
        else:
            arrays[_SUMS + name] = values
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_whole(path, content.getvalue())


def load_outputs(path: Path, model_sha256: str) -> StoredModel:
    """Read what `save_outputs` wrote.

    Args:
        path: of the file.
        model_sha256: digest of the model file that the outputs must come from.

    Raises:
        DataError: not such a file, or outputs of another model.
    """
    try:
        arrays = archives.read(path, required=("schema",), most=MAX_BYTES)
        if int(arrays["schema"]) == _OF_ONE_OUTPUT:
            arrays = _number_outputs(arrays)
        elif int(arrays["schema"]) != SCHEMA:
            raise ValueError(f"schema {arrays['schema']}")
        stored = _unpack(path, arrays)
        found = str(arrays["model_sha256"])
    except (DataError, ValueError, KeyError, TypeError) as error:
        reason = error.found if isinstance(error, DataError) else None
        raise DataError(
            f"{path} holds no stored outputs",
            found=reason or f"{type(error).__name__}: {error}"[:200],
            allowed="--against reference, larq, keras, or a file that cbcnn-verify --store wrote",
        ) from error
    if found != model_sha256:
        raise DataError(
            f"{path} holds the outputs of another model",
            found=f"SHA-256 {found}",
            allowed=model_sha256,
            suggestion="store them again: cbcnn-verify … --against larq --store FILE",
        )
    return stored


def _number_outputs(arrays: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """What a file of one output holds, as files of several hold it."""
    names = {name: f"{name}/0" for name in ExpectedOutput._fields}
    renamed = {names.get(name, name): of for name, of in arrays.items()}
    return {**renamed, "outputs": np.array(1)}


def _unpack(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> StoredModel:
    layers: dict[str, Array] = {}
    for key, values in arrays.items():
        if key.startswith(_SIGNS):
            name = key.removeprefix(_SIGNS)
            shape = tuple(int(size) for size in arrays[_SHAPE + name])
            if math.prod(shape) > 8 * values.size:
                raise ValueError(f"{name} of shape {shape} in {values.size} bytes")
            bits = np.unpackbits(values, count=math.prod(shape))
            layers[name] = (bits.astype(np.int8) * 2 - 1).reshape(shape)
        elif key.startswith(_SUMS):
            layers[key.removeprefix(_SUMS)] = values
    count = int(arrays["outputs"])
    if not 1 <= count <= len(arrays) + 1:
        raise ValueError(f"{count} outputs")
    outputs = Expectation(
        layers,
        tuple(
            ExpectedOutput(*(arrays.get(f"{name}/{index}") for name in ExpectedOutput._fields))
            for index in range(count)
        ),
        Decisions(*(arrays[name] for name in Decisions._fields)) if "classes" in arrays else None,
    )
    planes = arrays["planes"]
    together = [*layers.values(), *(outputs.decisions or ())]
    together += [of for output in outputs.outputs for of in output if of is not None]
    if any(len(values) != len(planes) for values in together):
        raise ValueError("arrays of different lengths")
    return StoredModel(path, planes, outputs)
