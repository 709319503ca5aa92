"""Arrays of images and labels in `.npz` files."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError

Arrays = dict[str, NDArray[Any]]


def read(path: Path, required: tuple[str, ...] = ("images",)) -> Arrays:
    """All plain arrays of an npz file; arrays that would need unpickling are refused.

    Raises:
        DataError: not an npz, truncated, pickled content, or a required array is missing.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("a single array, not an archive")
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read",
            found=f"{type(error).__name__}: {error}",
            allowed="an npz file of plain number arrays; pickled objects are never loaded",
        ) from error
    missing = [name for name in required if name not in arrays]
    if missing:
        raise DataError(
            f"{path} lacks {', '.join(missing)}",
            found=f"arrays {', '.join(sorted(arrays)) or 'none'}",
            allowed="`images`, and `labels` for an accuracy",
        )
    return arrays


def check_labels(labels: NDArray[Any], count: int, source: str) -> NDArray[np.int64]:
    """Labels as int64 [count].

    Raises:
        DataError: not integers, negative, or not one for each image.
    """
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        raise DataError(
            f"the labels of {source} do not fit its images",
            found=f"{labels.dtype} {list(labels.shape)} for {count} images",
            allowed=f"integers [{count}]",
        )
    wide = labels.astype(np.int64)
    if len(wide) and wide.min() < 0:
        raise DataError(
            f"the labels of {source} are not class numbers",
            found=f"label {wide.min()}",
            allowed="0 and up",
        )
    return wide
