"""System tools that tests need: without one a test is skipped, but under CI it fails."""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import Literal

import pytest

from cbcnn_inputs.installation import Extra, install_command


def require_tool(command: str, package: str) -> None:
    """Skip, or fail under `CI=true`, when a command is not installed."""
    if shutil.which(command) is None:
        unavailable(f"{command} is not installed; Debian has it in the package {package}")


def require_module(name: str, extra: Extra | Literal["dev"]) -> None:
    """Skip, or fail under `CI=true`, when a Python package of an extra is not installed."""
    if importlib.util.find_spec(name) is None:
        command = "make setup-all" if extra == "dev" else install_command(extra)
        unavailable(f"{name} is not installed: {command}")


def unavailable(reason: str) -> None:
    """Skip the test, or fail it under `CI=true`."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)
