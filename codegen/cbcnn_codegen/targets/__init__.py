"""The processors that code is generated for: each is one file here that holds a `TARGET`.

A file is named like its target. Files without a `TARGET` hold what the targets of a family share.
Nothing else in the package knows a target by its name; see CONTRIBUTING.md for how to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import replace
from typing import Final

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets.target import (
    Emulator,
    FirmwareCore,
    LinuxEmulator,
    SimulatedChip,
    TableSpace,
    Target,
    Toolchain,
)

__all__ = [
    "TARGETS",
    "Emulator",
    "FirmwareCore",
    "LinuxEmulator",
    "SimulatedChip",
    "TableSpace",
    "Target",
    "Toolchain",
    "find_target",
    "target_for",
]


def _by_name(target: Target) -> tuple[bool, list[tuple[int, str]]]:
    """This machine first, then names, numbers in them by their value."""
    parts = re.findall(r"(\d*)(\D*)", target.name)
    return target.is_emulated, [(int(number or 0), text) for number, text in parts]


def _find_targets() -> tuple[Target, ...]:
    names = (module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names if name[0] != "_"]
    return tuple(sorted((of.TARGET for of in modules if hasattr(of, "TARGET")), key=_by_name))


TARGETS: Final[tuple[Target, ...]] = _find_targets()


def find_target(name: str, word_bits: int | None = None) -> Target:
    """The target of this name.

    Args:
        name: as given on the command line.
        word_bits: size of its words, where it has a choice; None for its usual one.

    Raises:
        UsageError: there is none, or no such choice; the message lists those that there are.
    """
    for target in TARGETS:
        if target.name == name:
            return target if word_bits is None else target.with_words(word_bits)
    raise UsageError(
        "unknown target",
        found=repr(name[:80]),
        allowed=", ".join(target.name for target in TARGETS),
        suggestion="--target list describes them",
    )


def target_for(target: Target, optimize: Optimize) -> Target:
    """The target with the flags that code of this mode is meant to be compiled with.

    The generated build files, the measuring of size and stack, the profiler and the emulated
    verification all take their flags from here.
    """
    return replace(target, optimise=target.optimise_for.get(optimize, target.optimise))
