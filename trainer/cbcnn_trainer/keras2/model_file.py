"""Saves model files with their metadata, and loads them without running anything in them."""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import h5py

from cbcnn_inputs import metadata
from cbcnn_inputs.files import write_whole
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.model_files import ModelFile, open_model_file
from cbcnn_trainer.keras2.loading import rebuild


def save(model: Any, path: Path, facts: ModelMetadata) -> None:
    """Write a model with its metadata; it was not compiled, so it has no optimizer state.

    A `.h5` path gets Keras's HDF5 format, a `.keras` path its zip archive.
    """
    write_whole(path, to_bytes(model, path.suffix, facts))


def to_bytes(model: Any, suffix: str, facts: ModelMetadata) -> bytes:
    """The content of the file that `save` writes for a name with this suffix."""
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras calls HDF5 a legacy format
        if suffix == ".keras":
            with tempfile.TemporaryDirectory(prefix="cbcnn-") as folder:
                temporary = Path(folder) / "model.keras"  # Keras looks at the name
                model.save(temporary)
                content = io.BytesIO(temporary.read_bytes())
            with zipfile.ZipFile(content, "a") as archive:
                archive.writestr(metadata.ARCHIVE_MEMBER, facts.to_json())
        else:
            # In memory: HDF5 reports a full disk in ways that no caller can tell from a defect.
            with h5py.File(content, "w") as file:
                model.save(file)
                file.attrs[metadata.ATTRIBUTE] = facts.to_json()
    return content.getvalue()


def load(source: Path | ModelFile) -> Any:
    """The Keras model in a file, not compiled; `source` is its path, or what was read from it.

    Raises:
        ModelFileError: unreadable, or it holds something that would need code to load.
    """
    return rebuild(source if isinstance(source, ModelFile) else open_model_file(source))
