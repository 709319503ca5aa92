"""The bytes of a Keras 3 model's file, with its metadata."""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import h5py

from cbcnn_inputs import metadata
from cbcnn_trainer.keras3.backend import keras


def to_bytes(model: Any, suffix: str, facts: str) -> bytes:
    """The content of a `.h5` or `.keras` file; `facts` are the JSON of `ModelMetadata`."""
    content = io.BytesIO()
    if suffix == ".keras":
        with tempfile.TemporaryDirectory(prefix="cbcnn-") as folder:
            temporary = Path(folder) / "model.keras"  # Keras looks at the name
            model.save(temporary)
            content = io.BytesIO(temporary.read_bytes())
        with zipfile.ZipFile(content, "a") as archive:
            archive.writestr(metadata.ARCHIVE_MEMBER, facts)
        return content.getvalue()
    with warnings.catch_warnings(), h5py.File(content, "w") as file:
        warnings.simplefilter("ignore")  # Keras calls HDF5 a legacy format
        keras.src.legacy.saving.legacy_h5_format.save_model_to_hdf5(
            model, file, include_optimizer=False
        )
        file.attrs[metadata.ATTRIBUTE] = facts
    return content.getvalue()
