"""Model files: saved with their metadata, and loaded without running anything in them."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

import h5py

from cbcnn_inputs import metadata
from cbcnn_inputs.files import write_whole
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.model_files import ModelFile, open_model_file
from cbcnn_trainer.loading import rebuild


def save(model: Any, path: Path, facts: ModelMetadata) -> None:
    """Write a model that was not compiled, so without optimizer state, with its metadata.

    A `.h5` path gets Keras's HDF5 format, a `.keras` path its zip archive.
    """

    def write(temporary: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras calls HDF5 a legacy format
            model.save(temporary)
        if path.suffix == ".keras":
            with zipfile.ZipFile(temporary, "a") as archive:
                archive.writestr(metadata.ARCHIVE_MEMBER, facts.to_json())
        else:
            with h5py.File(temporary, "r+") as file:
                file.attrs[metadata.ATTRIBUTE] = facts.to_json()

    write_whole(path, write)


def load(source: Path | ModelFile) -> Any:
    """The Keras model in a file, not compiled; `source` is its path, or what was read from it.

    Raises:
        ModelFileError: unreadable, or it holds something that would need code to load.
    """
    return rebuild(source if isinstance(source, ModelFile) else open_model_file(source))
