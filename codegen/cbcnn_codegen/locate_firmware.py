"""Finds the C kernels, the templates and the board data."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def firmware_path(*parts: str) -> Path:
    """A path inside `firmware_templates/`, which an installed package carries as `_firmware/`."""
    installed = _PACKAGE / "_firmware"
    root = installed if installed.is_dir() else _PACKAGE.parents[1] / "firmware_templates"
    return root.joinpath(*parts)
