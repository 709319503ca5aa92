"""A live model with the arrays of a model file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import CbcnnError, ModelFileError, printable
from cbcnn_inputs.model_files import ModelFile
from cbcnn_inputs.model_files.limits import quote
from cbcnn_inputs.model_files.weights import ArchiveWeights, LegacyWeights
from cbcnn_trainer.backend import larq, tf
from cbcnn_trainer.loading.build import Builder, DtypeOf

Arrays = Sequence[NDArray[np.float32]]


def rebuild(file: ModelFile, dtype_of: DtypeOf | None = None) -> Any:
    """The Keras model that a file describes, not compiled.

    Args:
        file: what was read.
        dtype_of: the type that a layer of some name computes in; None leaves it to the file.

    Raises:
        ModelFileError: it holds anything that is not on the lists of `layers` and `objects`, or its
            parts do not fit together.
    """
    keras3 = re.match(r"[3-9]\.", file.keras_version) is not None
    builder = Builder(keras3=keras3, file=file.name, dtype_of=dtype_of)
    scope = larq.context.should_quantize()
    try:
        model = builder.build(file.architecture)
        for layer, variables, arrays in _pairs(file, model, builder):
            _demand_fitting(file.name, layer, variables, arrays)
            tf.keras.backend.batch_set_value(list(zip(variables, arrays, strict=True)))
    except CbcnnError:
        raise
    except Exception as error:  # Keras raises many kinds over layers that do not fit together
        raise ModelFileError(
            f"{file.name} cannot be loaded",
            found=printable(f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]),
            allowed="a complete Keras model of layers that fit together",
        ) from error
    finally:
        # Larq's own scope does not end where a layer fails in it, and weights stay quantized.
        larq.context.quantized_scope(scope).__enter__()
    return model


def _pairs(file: ModelFile, model: Any, builder: Builder) -> Iterator[tuple[str, Any, Arrays]]:
    """Layers by their names, their variables in the order of the file, and the arrays there.

    HDF5 files list the arrays of an outermost layer, all of a nested model together; archives have
    a folder for each layer.
    """
    if isinstance(file.weights, ArchiveWeights):
        for location, layer in builder.places:
            if layer.weights:
                yield layer.name, layer.weights, file.weights.at(location, layer.name)
        return
    assert isinstance(file.weights, LegacyWeights), "the two forms of a model file"
    for layer in model.layers:
        variables = layer.trainable_weights + layer.non_trainable_weights
        if variables:
            yield layer.name, variables, file.weights.of_group(layer.name)


def _demand_fitting(file: str, layer: str, variables: Sequence[Any], arrays: Arrays) -> None:
    found, allowed = ([tuple(array.shape) for array in part] for part in (arrays, variables))
    if found != allowed:
        raise ModelFileError(
            f"{file}: layer {quote(layer)} has other arrays than its options ask for",
            found=f"shapes {found}",
            allowed=f"shapes {allowed}",
            suggestion="save the model again, weights and architecture together",
        )
