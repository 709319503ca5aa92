"""Model files: saved with their metadata, and loaded without running anything in them."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path
from typing import Any, Final

import h5py

from cbcnn_inputs import metadata
from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.files import write_whole
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_trainer.backend import tf
from cbcnn_trainer.layers import BinaryConv2D, BinaryDense, Clip, binary_tanh

_PACKAGES: Final = ("builtins", "cbcnn_trainer", "keras", "larq", "tensorflow", "tf_keras")
_CODE: Final = ("Lambda", "__lambda__", "TFOpLambda", "SlicingOpLambda", "function")
_FUNCTIONS: Final = ("CBCNN>binary_tanh", "binary_tanh")
_CUSTOM: Final = {
    "BinaryConv2D": BinaryConv2D,
    "BinaryDense": BinaryDense,
    "Clip": Clip,
    "binary_tanh": binary_tanh,
}
_REGISTERED: Final = tuple(f"CBCNN>{name}" for name in _CUSTOM)


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


def load(path: Path) -> Any:
    """The Keras model in a file, not compiled.

    Raises:
        ModelFileError: unreadable, or it holds something that would need code to load.
    """
    config = json.loads(_read(path, config=True) or "null")
    _refuse_code(config, path)
    try:
        if zipfile.is_zipfile(path):
            return tf.keras.models.load_model(path, custom_objects=_CUSTOM, compile=False)
        # Keras writes activation functions into HDF5 files in a form that it cannot read back.
        model = tf.keras.models.model_from_config(_plain_functions(config), custom_objects=_CUSTOM)
        model.load_weights(path)
        return model
    except Exception as error:  # Keras raises many kinds for a damaged file
        raise ModelFileError(
            f"{path} cannot be loaded",
            found=f"{type(error).__name__}: {error}"[:300],
            allowed="a complete Keras model of known layers",
        ) from error


def read_metadata(path: Path) -> ModelMetadata | None:
    """What the trainer noted in a model file, or None for a model of another origin.

    Raises:
        ModelFileError: not a model file, or damaged metadata.
    """
    text = _read(path, config=False)
    return None if text is None else ModelMetadata.from_json(text)


def _read(path: Path, *, config: bool) -> str | None:
    """The architecture's JSON, or the metadata's, out of either file format."""
    try:
        if zipfile.is_zipfile(path):
            member = "config.json" if config else metadata.ARCHIVE_MEMBER
            with zipfile.ZipFile(path) as archive:
                if not config and member not in archive.namelist():
                    return None
                return archive.read(member).decode()
        with h5py.File(path, "r") as file:
            value = file.attrs.get("model_config" if config else metadata.ATTRIBUTE)
        if config:
            json.loads(value)
        return value.decode() if isinstance(value, bytes) else value
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise ModelFileError(
            f"{path} is not a model file",
            found="no such file" if not path.exists() else f"{type(error).__name__}: {error}",
            allowed="a .h5 or .keras file with a whole model in it",
        ) from error


def _refuse_code(config: Any, path: Path) -> None:
    """Walk a model's JSON and raise at anything that names code outside the known packages."""
    if isinstance(config, list):
        for item in config:
            _refuse_code(item, path)
    if not isinstance(config, dict):
        return
    module, name = config.get("module"), config.get("class_name")
    ours = config.get("registered_name") in _REGISTERED  # found by this name in any module
    known = ours or module is None or str(module).split(".")[0] in _PACKAGES
    if name == "function" and known and config.get("config") in _FUNCTIONS:
        return
    if name in _CODE or (name is not None and not known):
        raise ModelFileError(
            f"{path} holds an object that needs code to load",
            found=f"{name} of module {module}",
            allowed="layers of Keras, Larq and cbcnn",
            suggestion="replace it by layers that say what they compute",
        )
    for item in config.values():
        _refuse_code(item, path)


def _plain_functions(config: Any) -> Any:
    """The same JSON with each known activation function named by a string."""
    if isinstance(config, list):
        return [_plain_functions(item) for item in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "function":
        return "binary_tanh"
    return {key: _plain_functions(value) for key, value in config.items()}
