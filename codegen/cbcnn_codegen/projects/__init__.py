"""The forms of `--project`: each is one file here that holds a `FORM`, and its templates."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection
from typing import Final

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.projects.form import ProjectForm

__all__ = ["FORMS", "ProjectForm", "headers_beside", "parse_forms"]


def _find_forms() -> tuple[ProjectForm, ...]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(module.FORM for module in modules if hasattr(module, "FORM"))


FORMS: Final[tuple[ProjectForm, ...]] = _find_forms()


def headers_beside(forms: Collection[str]) -> frozenset[str]:
    """Headers that projects of these forms bring along; see `ProjectForm.headers`."""
    return frozenset().union(*(form.headers for form in FORMS if form.name in forms))


def parse_forms(text: str) -> tuple[str, ...]:
    """Read `cmake,make`: names of forms, each once.

    Raises:
        UsageError: anything else.
    """
    names = tuple(name.strip() for name in text.split(","))
    known = [form.name for form in FORMS]
    if len(set(names)) < len(names) or not set(names) <= set(known):
        raise UsageError(
            "--project cannot be read",
            found=repr(text[:80]),
            allowed=f"NAME[,NAME], of {', '.join(known)}, each once",
        )
    return names
