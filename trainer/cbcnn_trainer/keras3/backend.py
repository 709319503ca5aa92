"""Keras 3 and the layers for it, or one error that says what to install.

Every module that needs them imports them from here. `KERAS_BACKEND` says what computes; without it
Keras takes what its own configuration names, which is TensorFlow.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from cbcnn_inputs.errors import MissingToolError
from cbcnn_inputs.installation import install_command, is_installed
from cbcnn_trainer.native_messages import without_native_messages

BACKENDS: Final = ("tensorflow", "jax", "torch")

_VARIABLE: Final = "KERAS_BACKEND"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def import_keras() -> tuple[Any, Any]:
    """Keras 3 and `cbcnn_layers`.

    Raises:
        MissingToolError: one of them, or what Keras computes with, cannot be imported.
    """
    named = os.environ.get(_VARIABLE)
    if named is not None and named not in _installed():
        raise _cannot(f"{_VARIABLE}={named}")
    try:
        with without_native_messages():
            import keras

            import cbcnn_layers

            keras.ops.zeros(())  # some of it starts, and tells of that, with the first tensor
    except (ImportError, AttributeError, ValueError) as error:
        is_keras = isinstance(error, ImportError) and error.name == "keras"
        raise _cannot(f"{type(error).__name__}: {error}", is_keras=is_keras) from error
    return keras, cbcnn_layers


def _installed() -> list[str]:
    return [name for name in BACKENDS if is_installed(name)]


def _cannot(found: str, *, is_keras: bool = False) -> MissingToolError:
    installed = _installed()
    choices = "\nor ".join(f"export {_VARIABLE}={name}" for name in installed)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return MissingToolError(
        "Keras 3 cannot be imported with its backend",
        found=f"{found}, in Python {version}",
        allowed=f"{', '.join(BACKENDS)}; installed: {', '.join(installed) or 'none of them'}",
        suggestion=install_command("train-keras") if is_keras or not choices else choices,
    )


keras, cbcnn_layers = import_keras()
