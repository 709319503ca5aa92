"""The kernels: each is one file here and the C of the same name in `firmware_templates/kernels/`.

A kernel's file has `CODE_BYTES` and `offers`, which looks at a `Site` and makes an `Offer` for each
way in which the kernel can compute it. Files without `offers` hold what several kernels share. A
kernel decides how its weights are packed. Between kernels lies a named `Layout`, so one that wants
another layout cannot be put in by mistake.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from typing import Protocol, cast

from cbcnn_codegen.kernels.offer import Field, Offer, ScoreFormat, Scratch, Table, Work
from cbcnn_codegen.kernels.site import Element, Layout, Site, StoredMap, TypeSizes

__all__ = [
    "Element",
    "Field",
    "KernelModule",
    "Layout",
    "Offer",
    "ScoreFormat",
    "Scratch",
    "Site",
    "StoredMap",
    "Table",
    "TypeSizes",
    "Work",
    "find_offers",
    "known_kernels",
]


class KernelModule(Protocol):
    """The content of a kernel's file."""

    CODE_BYTES: int

    def offers(self, site: Site) -> Iterable[Offer]:
        """Every way in which the kernel can compute the site."""


@cache
def known_kernels() -> dict[str, KernelModule]:
    """Every kernel by its name, in the order of the names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: cast(KernelModule, of) for name, of in modules.items() if hasattr(of, "offers")}


def find_offers(site: Site) -> tuple[Offer, ...]:
    """The offers of all kernels for a site, in the order of their names.

    Raises:
        ValueError: nothing; that is a defect of the tool.
    """
    found = tuple(offer for kernel in known_kernels().values() for offer in kernel.offers(site))
    if not found:
        reads = ", ".join(site.reads)
        raise ValueError(f"{site.op.name}: no kernel from {reads} to {site.writes}")
    return found
