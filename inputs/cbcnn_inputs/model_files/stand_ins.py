"""Recognises, by their first bytes, files that people mistake for models, and says what to do.

It opens none of them further: it only turns "not a model" into an error that helps.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple


class StandIn(NamedTuple):
    """What a file or folder is instead of a Keras model, and how to get a model from it."""

    found: str
    cure: str


_SAVE: Final = "save the model with model.save('model.h5')"
_CONVERTED: Final = "give the Keras model that it was converted from, saved as model.h5"
_OTHER_FRAMEWORK: Final = "build and train the network with Larq, then model.save('model.h5')"
_UNPACK: Final = "unpack it, and give the .h5 or .keras file in it"
_LONGEST_START: Final = 512


_BY_FIRST_BYTES: Final[tuple[tuple[bytes, StandIn], ...]] = (
    (
        rb"version https://git-lfs",
        StandIn("a git-LFS pointer to a file that was not downloaded", "git lfs pull"),
    ),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype|!--|\?xml|html|head)",
        StandIn("a web page", "download the file itself: its raw or download link, not its page"),
    ),
    (rb"\x1f\x8b", StandIn("a gzip-compressed file", "gunzip < {name} > model.h5")),
    (rb"BZh", StandIn("a bzip2-compressed file", "bunzip2 < {name} > model.h5")),
    (rb"\xfd7zXZ\0", StandIn("an xz-compressed file", "unxz < {name} > model.h5")),
    (rb"\x28\xb5\x2f\xfd", StandIn("a zstd-compressed file", "unzstd < {name} > model.h5")),
    (rb"7z\xbc\xaf\x27\x1c|Rar!", StandIn("a packed archive", _UNPACK)),
    (rb".{257}ustar", StandIn("a tar archive", f"tar -xf {{name}}; {_UNPACK}")),
    (rb".{4}TFL3", StandIn("a TensorFlow Lite model (.tflite)", _CONVERTED)),
    (
        rb"\x08\x01\x12",
        StandIn(
            "the graph of a SavedModel (saved_model.pb)",
            "tf.keras.models.load_model('its folder').save('model.h5')",
        ),
    ),
    # A protocol buffer whose first field is a version, whose next is one that ONNX has.
    (rb'\x08[\x02-\x1f][\x12\x1a"(2:]', StandIn("an ONNX model (.onnx)", _CONVERTED)),
    (
        rb"\x80[\x02-\x05]",
        StandIn("a Python pickle, such as PyTorch's .pt and .pth", _OTHER_FRAMEWORK),
    ),
    # The length of a JSON header in eight bytes, then that header.
    (rb'.{4}\0{4}\{"', StandIn("weights alone (.safetensors)", _OTHER_FRAMEWORK)),
    (rb"\x93NUMPY", StandIn("a NumPy array (.npy)", _SAVE)),
    (
        rb'(\xef\xbb\xbf)?\s*\{\s*"',
        StandIn("JSON text, perhaps an architecture without its weights", _SAVE),
    ),
)

_BY_MEMBER: Final[tuple[tuple[str, StandIn], ...]] = (
    (
        r"(.*/)?saved_model\.pb(txt)?",
        StandIn(
            "an archive of a SavedModel folder",
            "unpack it; tf.keras.models.load_model('its folder').save('model.h5')",
        ),
    ),
    (r".*/data\.pkl", StandIn("a PyTorch file (.pt, .pth)", _OTHER_FRAMEWORK)),
    (r".*\.npy", StandIn("NumPy arrays (.npz), perhaps weights alone", _SAVE)),
    (r"(.*/)?[^/]+\.(h5|hdf5|keras)", StandIn("an archive with a model file in it", _UNPACK)),
)

_BY_FOLDER: Final[tuple[tuple[str, StandIn], ...]] = (
    (
        "saved_model.pb*",
        StandIn("a SavedModel folder", "tf.keras.models.load_model({name!r}).save('model.h5')"),
    ),
    (
        "model.weights.h5",
        StandIn("an unpacked .keras archive", "cd {name} && zip -0 ../model.keras *"),
    ),
    ("*.index", StandIn("a folder of TensorFlow checkpoints, which hold weights alone", _SAVE)),
    ("model.json", StandIn("a TensorFlow.js model", _CONVERTED)),
    ("*.h5", StandIn("a folder with .h5 files in it", "name one of the files")),
    ("*.keras", StandIn("a folder with .keras files in it", "name one of the files")),
)


def recognise_bytes(image: bytes, name: str) -> StandIn:
    """What a file is that is neither HDF5 nor zip."""
    start = image[:_LONGEST_START]
    if not start:
        return StandIn("an empty file", "copy or download it again")
    for pattern, stand_in in _BY_FIRST_BYTES:
        if re.match(pattern, start, re.DOTALL):
            return _named(stand_in, name)
    return StandIn(f"the first bytes {start[:8]!r}", _SAVE)


def recognise_members(members: list[str]) -> StandIn | None:
    """What a zip archive is that is no Keras archive, or None where nothing says it."""
    for pattern, stand_in in _BY_MEMBER:
        if any(re.fullmatch(pattern, member) for member in members):
            return stand_in
    return None


def recognise_folder(folder: Path) -> StandIn:
    """What a folder is that was given for a model file."""
    for pattern, stand_in in _BY_FOLDER:
        if next(folder.glob(pattern), None) is not None:
            return _named(stand_in, str(folder))
    return StandIn("a folder", _SAVE)


def _named(stand_in: StandIn, name: str) -> StandIn:
    return stand_in._replace(cure=stand_in.cure.format(name=name))
