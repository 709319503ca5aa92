"""A live model with the arrays of a model file."""

from __future__ import annotations

import re
from typing import Any

from cbcnn_inputs.errors import CbcnnError, ModelFileError, printable
from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.loading.build import Builder, DtypeOf


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
    # Nothing of a file is Python, and the layers that it may name need no conversion of theirs,
    # which takes a third of the time.
    build = tf.autograph.experimental.do_not_convert(builder.build)
    try:
        model = build(file.architecture)
        for filled in file.weights.fill(model.layers, builder.places):
            filled.demand_fitting(file.name)
            pairs = zip(filled.variables, filled.arrays, strict=True)
            tf.keras.backend.batch_set_value(list(pairs))
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
