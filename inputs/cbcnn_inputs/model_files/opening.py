"""Opens a model file of any format as text and weights; interprets nothing in it.

It reads the bytes once, and the first ones alone decide the format. It refuses a file that is a
second format too, such as HDF5 with an archive behind it, which would show other programs another
model.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.metadata import ARCHIVE_MEMBER, ATTRIBUTE, ModelMetadata
from cbcnn_inputs.model_files import h5_file, keras_archive
from cbcnn_inputs.model_files.h5_file import read_h5
from cbcnn_inputs.model_files.h5_snapshot import Snapshot
from cbcnn_inputs.model_files.keras_archive import KerasArchive
from cbcnn_inputs.model_files.limits import MAX_FILE_BYTES, MAX_JSON_BYTES, quote
from cbcnn_inputs.model_files.one_format import demand_one_format
from cbcnn_inputs.model_files.stand_ins import (
    StandIn,
    recognise_bytes,
    recognise_folder,
    recognise_members,
)
from cbcnn_inputs.model_files.weights import (
    CONTAINERS,
    LEGACY_ROOT,
    WEIGHT_NAMES,
    ArchiveWeights,
    LegacyWeights,
    Weights,
)

_CONFIG: Final = "model_config"
_VERSION: Final = "keras_version"


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds.

    Attributes:
        name: of the file, for messages.
        architecture: the JSON object that names the layers.
        keras_version: of the Keras that wrote the file, or "".
        weights: the arrays.
        metadata: what the trainer added, or None.
        sha256: of the file's bytes, in hexadecimal.
    """

    name: str
    architecture: Mapping[str, Any]
    keras_version: str
    weights: Weights
    metadata: ModelMetadata | None
    sha256: str


def open_model_file(path: Path) -> ModelFile:
    """Read a `.h5` or `.keras` file into memory; its first bytes decide which one it is.

    Raises:
        ModelFileError: it cannot be read, is neither, or is both.
    """
    image, name = _read_bytes(path), str(path)
    sha256 = hashlib.sha256(image).hexdigest()
    if image.startswith(h5_file.SIGNATURE):
        demand_one_format(image, name)
        texts = (_CONFIG, _VERSION, ATTRIBUTE, WEIGHT_NAMES)
        return _open_h5(read_h5(image, name, (LEGACY_ROOT,), texts), name, sha256)
    if image.startswith(keras_archive.SIGNATURE):
        return _open_archive(KerasArchive(image, name), name, sha256)
    raise _not_a_model(name, recognise_bytes(image, name))


def _not_a_model(name: str, stand_in: StandIn) -> ModelFileError:
    return ModelFileError(
        f"{name} is not a Keras model file",
        found=stand_in.found,
        allowed="an HDF5 file (.h5) or a Keras archive (.keras)",
        suggestion=stand_in.cure,
    )


def _read_bytes(path: Path) -> bytes:
    """The whole content of a regular file; never waits for a pipe or device."""
    try:
        if path.is_dir():
            raise _not_a_model(str(path), recognise_folder(path))
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                image = file.read(MAX_FILE_BYTES + 1)
                if len(image) <= MAX_FILE_BYTES:
                    return image
                found = f"more than {MAX_FILE_BYTES} bytes"
            else:
                found = "a pipe or device"
    except FileNotFoundError:
        found = "no such file"
    except (OSError, ValueError) as error:
        found = f"{type(error).__name__}: {error}"
    raise ModelFileError(
        f"{path} cannot be read",
        found=found,
        allowed=f"a .h5 or .keras file of at most {MAX_FILE_BYTES >> 20} MiB",
        suggestion="save the model with model.save('model.h5', include_optimizer=False)",
    )


def _open_h5(file: Snapshot, name: str, sha256: str) -> ModelFile:
    config = file.text(_CONFIG)
    if config is None:
        raise ModelFileError(
            f"{name} holds no architecture",
            found="no attribute 'model_config'; perhaps a file of weights alone",
            allowed="a whole model",
            suggestion=f"build the same network, model.load_weights({name!r}), "
            "model.save('model.h5')",
        )
    metadata = file.text(ATTRIBUTE)
    return ModelFile(
        name=name,
        architecture=_parse_object(config, f"the architecture in {name}"),
        keras_version=file.text(_VERSION) or "",
        weights=LegacyWeights(file, name),
        metadata=None if metadata is None else ModelMetadata.from_json(metadata),
        sha256=sha256,
    )


def _open_archive(archive: KerasArchive, name: str, sha256: str) -> ModelFile:
    stand_in = recognise_members(archive.members)
    if keras_archive.CONFIG not in archive.members and stand_in is not None:
        raise _not_a_model(name, stand_in)
    archive.demand_nothing_else()
    config = archive.text(keras_archive.CONFIG)
    if config is None:
        raise ModelFileError(
            f"{name} holds no architecture",
            found=f"an archive without {keras_archive.CONFIG}",
            allowed="a Keras archive with a whole model in it",
            suggestion="save it with model.save('model.keras')",
        )
    version = _parse_object(archive.text(keras_archive.METADATA) or "{}", f"metadata of {name}")
    metadata = archive.text(ARCHIVE_MEMBER)
    weights = read_h5(archive.weights(), f"{name}, weights", CONTAINERS, ())
    return ModelFile(
        name=name,
        architecture=_parse_object(config, f"the architecture in {name}"),
        keras_version=str(version.get("keras_version", "")),
        weights=ArchiveWeights(weights, name),
        metadata=None if metadata is None else ModelMetadata.from_json(metadata),
        sha256=sha256,
    )


def _parse_object(text: str, what: str) -> Mapping[str, Any]:
    found = ""
    try:
        value = json.loads(text) if len(text) <= MAX_JSON_BYTES else None
        if isinstance(value, dict):
            return value
        found = f"{quote(value)}"
    except (ValueError, RecursionError) as error:
        found = f"{type(error).__name__}: {error}"
    raise ModelFileError(
        f"{what} cannot be understood",
        found=found,
        allowed="a JSON object",
        suggestion="save the model again",
    )
