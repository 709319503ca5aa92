"""Fetches public data sets through Keras."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import numpy as np

from cbcnn_inputs.datasets import Split
from cbcnn_inputs.errors import DataError


def download(keras: Any, name: str) -> tuple[Split, Split]:
    """Let Keras, the module, fetch `mnist` or `fashion-mnist` into its own cache; training and
    test part.

    Raises:
        DataError: the download failed.
    """
    source = {"mnist": keras.datasets.mnist, "fashion-mnist": keras.datasets.fashion_mnist}
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras draws a progress bar
            (images, labels), (test_images, test_labels) = source[name].load_data()
    except Exception as error:  # Keras raises bare Exception when a download fails
        raise DataError(
            f"{name} could not be downloaded",
            found=str(error),
            suggestion="put its four IDX files into a folder and name it with --data",
        ) from error
    return Split(images, labels.astype(np.int64)), Split(test_images, test_labels.astype(np.int64))
