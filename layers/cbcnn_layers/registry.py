"""The names under which Keras finds the classes of this package.

Keras writes `cbcnn_layers>SteSign` into files. Larq wrote `SteSign`, and scripts say `"ste_sign"`;
both are found too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import keras

PACKAGE: Final = "cbcnn_layers"
_Class = TypeVar("_Class", bound=type)


def register(*aliases: str) -> Callable[[_Class], _Class]:
    """Make a class known to Keras by its name, and by its names in files and scripts of Larq."""

    def known(cls: _Class) -> _Class:
        keras.saving.register_keras_serializable(package=PACKAGE)(cls)
        keras.saving.get_custom_objects().update(dict.fromkeys((cls.__name__, *aliases), cls))
        return cls

    return known


def find(identifier: Any, kind: str) -> Any:
    """The object that an option of a layer names.

    Args:
        identifier: None, something callable, a name, or what a file holds.
        kind: of object, for messages.

    Raises:
        ValueError: it is none of these, or a name that nothing has.
    """
    if identifier is None or callable(identifier):
        return identifier
    if isinstance(identifier, str):
        identifier = {"class_name": identifier, "config": {}}
    if isinstance(identifier, dict):
        found = identifier.get("class_name")
        known: Any = keras.saving.get_registered_object(found) if isinstance(found, str) else None
        if getattr(known, "__module__", "").partition(".")[0] == PACKAGE:
            return known.from_config(identifier.get("config") or {})
        if "module" in identifier or known is not None:
            return keras.saving.deserialize_keras_object(identifier)
    raise ValueError(f"no {kind} is called {identifier!r}")
