"""The installed package: its version, and the command that adds an optional part to it."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

Extra = Literal["train", "train-keras", "profile", "probe", "search", "search-ray", "compiler"]

_PACKAGE: Final = "cbcnn"
_CHECKOUT: Final = Path(__file__).resolve().parents[2]
"""Where `pyproject.toml` is, if this module runs from a checkout."""


def tool_version() -> str:
    """Version of the installed package; "0" where it was not installed."""
    installed = _installed()
    return "0" if installed is None else installed.version


def is_installed(package: str) -> bool:
    """Whether a package could be imported; it is not."""
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # somebody has blocked it
        return False


def install_command(extra: Extra) -> str:
    """The command that adds an optional part, for the Python and the package that run now.

    The command installs a checkout, a wheel or a repository again, with the extra, from its place.
    If that is gone, or was an index that may not be asked again, it names the extra's packages:
    every index has them.
    """
    return install_command_of(extra, _CHECKOUT, _installed())


def install_command_of(extra: Extra, checkout: Path, installed: Distribution | None) -> str:
    """The same for a package of this origin.

    Args:
        extra: the optional part.
        checkout: the folder above the package's sources; a checkout if it has a `pyproject.toml`.
        installed: metadata of the installed package, if there are any.
    """
    if (checkout / "pyproject.toml").is_file():
        return f'{_pip()} -e "{checkout}[{extra}]"'
    if installed is None:
        return f"install cbcnn from a checkout or a wheel, with its extra [{extra}]"
    source = _source(installed, extra)
    if source is not None:
        return f'{_pip()} "{source}"'
    return " ".join((_pip(), *(f'"{package}"' for package in _packages(installed, extra))))


def _installed() -> Distribution | None:
    try:
        return Distribution.from_name(_PACKAGE)
    except PackageNotFoundError:
        return None


def _source(installed: Distribution, extra: Extra) -> str | None:
    """The place that pip installed from, as it noted (PEP 610), if it still exists."""
    try:
        origin = json.loads(installed.read_text("direct_url.json") or "null") or {}
        address, repository = origin.get("url", ""), origin.get("vcs_info")
        if repository is not None:
            kind, commit = repository["vcs"], repository["commit_id"]
            return f"{_PACKAGE}[{extra}] @ {kind}+{address}@{commit}"
        parts = urlsplit(address)
        path = Path(url2pathname(parts.path))
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    return f"{path}[{extra}]" if parts.scheme == "file" and path.exists() else None


def _packages(installed: Distribution, extra: Extra) -> list[str]:
    """What the extra requires, without the conditions behind the semicolons."""
    condition = re.compile(rf"""extra\s*==\s*['"]{extra}['"]""")
    split = (line.partition(";") for line in installed.requires or ())
    return [package.strip() for package, _, marker in split if condition.search(marker)]


def _pip() -> str:
    """Installs into the environment of this very Python."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    if importlib.util.find_spec("pip") is None:
        return f"uv pip install --python {python}"
    return f"{python} -m pip install"
