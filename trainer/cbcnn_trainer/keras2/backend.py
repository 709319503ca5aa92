"""TensorFlow and Larq, imported in the one way in which they work together.

Larq needs Keras 2. Since TensorFlow 2.16 that is the package `tf-keras`, chosen by an environment
variable that TensorFlow reads when it is imported. Every module that needs either of them imports
it from here, and nothing that the generator uses imports this module.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from importlib import metadata
from typing import Any

from cbcnn_inputs.errors import MissingToolError
from cbcnn_inputs.installation import install_command
from cbcnn_trainer.native_messages import without_native_messages

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# TensorFlow takes oneDNN's kernels by itself only where it finds AVX512_VNNI or newer instructions.
# They train faster without those, too: docs/training.md.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def _import_both() -> tuple[Any, Any]:
    """TensorFlow and Larq, or one error that says what to install."""
    try:
        with warnings.catch_warnings(), without_native_messages():
            warnings.simplefilter("ignore")
            import larq
            import tensorflow as tf

            tf.config.list_physical_devices()
    except (ImportError, AttributeError) as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise MissingToolError(
            "training needs TensorFlow, tf-keras and Larq, and they cannot be imported",
            found=f"{type(error).__name__}: {error} (Python {version})",
            allowed="Python 3.10 to 3.12, because Larq needs numpy<2",
            suggestion=install_command("train"),
        ) from error
    return tf, larq


tf, larq = _import_both()
tf.get_logger().setLevel("ERROR")
logging.getLogger("larq").setLevel("ERROR")  # it warns of layers that cannot be trained well


def versions() -> dict[str, str]:
    """Versions of the packages that decide what a training run computes."""
    names = ("larq", "numpy", "opencv-python-headless", "tensorflow", "tf-keras")
    found = {name: metadata.version(name) for name in names if _installed(name)}
    return {**found, "python": ".".join(map(str, sys.version_info[:3]))}


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
