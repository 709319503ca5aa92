"""`--rescale auto`: which scaling makes the network right on labelled images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.data import load_samples
from cbcnn_inputs.find_scaling import Found, find_scaling
from cbcnn_inputs.metadata import InputType
from cbcnn_inputs.scaling import USUAL, Rescale


def find_rescale(model: Path, data: Path, input_type: InputType | None) -> Found:
    """Try the usual scalings with the NumPy interpreter.

    Args:
        model: the model file.
        data: labelled images, in any form that `cbcnn-verify --data` takes.
        input_type: as given by the user.

    Raises:
        ModelFileError, UnsupportedLayerError: the model cannot be read or generated.
        UsageError: the network has no classes.
        DataError: no labelled images that fit the model, or no scaling that fits them.
    """
    graph = lower(read_model(model, input_type=input_type).graph)
    if not graph.has_classes:
        raise UsageError(
            "--rescale auto tries which scaling gives the right classes",
            found="a network without classes: a map, or several outputs",
            suggestion=f"--rescale with what the training code did: {USUAL}",
        )
    samples = load_samples(data, graph)

    def answer(planes: npt.NDArray[Any], rescale: Rescale) -> npt.NDArray[np.int64]:
        scaled = read_model(model, input_type=input_type, rescale=rescale)
        return reference.run(lower(scaled.graph), planes, keep=()).classes

    return find_scaling(samples.planes, samples.labels, graph.classes, answer)
