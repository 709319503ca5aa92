"""The operations of a graph, one file each.

A file holds all that an operation is: its fields, the type of what it makes, its meaning in NumPy
and what the passes ask of it; `ir/operation.py` says what that is. It counts as an operation by
being in this folder.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from cbcnn_codegen.ir import Operation

__all__ = ["all_operations"]


def all_operations() -> dict[str, type[Operation]]:
    """Every operation: name of its file to its class."""
    found: dict[str, type[Operation]] = {}
    for module in pkgutil.iter_modules(__path__):
        members = vars(import_module(f"{__name__}.{module.name}")).values()
        (found[module.name],) = (
            member
            for member in members
            if isinstance(member, type)
            and issubclass(member, Operation)
            and member.__module__ == f"{__name__}.{module.name}"
        )
    return found
