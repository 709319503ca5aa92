"""The Python packages that only profiling needs: the extra `profile`."""

from __future__ import annotations

import importlib
from types import ModuleType

from cbcnn_codegen.errors import MissingToolError
from cbcnn_inputs.installation import install_command


def load_package(name: str, purpose: str) -> ModuleType:
    """A module of the extra `profile`.

    Raises:
        MissingToolError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingToolError(
            f"the Python package {name.partition('.')[0]} is not installed",
            found=f"it is needed to {purpose}",
            suggestion=install_command("profile"),
        ) from error
