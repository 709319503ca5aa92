"""Tells which class an entry of a model file names, with its package.

A file names a class, and the program that loads it decides what code that is. Here a name stands
only for what the package that defines it means: `Larq>QuantConv2D` is Larq's layer,
`Mine>QuantConv2D` is somebody's own and keeps its package in its name, so that no converter takes
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.model_files.limits import MAX_NAME_LENGTH, quote

KNOWN_MODULES: Final = (
    *("builtins", "cbcnn_layers", "cbcnn_trainer", "keras", "larq", "tensorflow", "tf_keras"),
)
KNOWN_PACKAGES: Final = ("CBCNN", "Larq", "cbcnn_layers", "keras")
COPIED_CLASSES: Final = ("STCustomDoReFa",)
"""Classes that come as text to copy, so their module is whichever file that was put in. The name is
ST's alone."""
STORED_CLASS: Final = "cbcnn_stored_class"
"""Key of a layer that stands for one of another class: that class, which names its arrays."""


def class_name(entry: Mapping[str, Any]) -> str:
    """The class of a serialised object, without its package where that one is known.

    Raises:
        ModelFileError: no class is named.
    """
    plain, registered = entry.get("class_name"), entry.get("registered_name")
    for name in (plain, registered):
        if name is not None and (not isinstance(name, str) or len(name) > MAX_NAME_LENGTH):
            raise _damaged(name)
    if not plain:
        raise _damaged(plain)
    for copied in COPIED_CLASSES:
        if plain.rpartition(">")[2] == copied:
            return copied
    if isinstance(registered, str) and ">" in registered:
        return strip_package(registered)
    module = entry.get("module")
    if ">" not in plain and module is not None and _root(module) not in KNOWN_MODULES:
        return f"{module}.{plain}"
    return strip_package(plain)


def stored_class(entry: Mapping[str, Any]) -> str:
    """The class under whose name, of any package, an archive keeps the arrays of a layer."""
    stored = entry.get(STORED_CLASS, entry.get("class_name"))
    return (stored if isinstance(stored, str) else class_name(entry)).rpartition(">")[2]


def strip_package(name: str) -> str:
    """`name` without a package that is known: `Larq>SteSign` is `SteSign`."""
    package, separator, plain = name.partition(">")
    return plain if separator and package in KNOWN_PACKAGES else name


def _root(module: Any) -> str:
    return module.split(".")[0] if isinstance(module, str) else quote(module)


def _damaged(name: Any) -> ModelFileError:
    return ModelFileError(
        "the model's architecture is damaged",
        found=f"{quote(name)} in place of a class name",
        allowed="the JSON that Keras writes",
        suggestion="save the model again",
    )
