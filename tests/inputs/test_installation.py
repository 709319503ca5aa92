"""The suggestion to install an optional part works for what is installed here."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest

from cbcnn_inputs import installation
from cbcnn_inputs.installation import install_command, install_command_of
from support.commands import ROOT
from support.tools import unavailable

REQUIRES = (
    "click>=8.1",
    "pyocd>=0.36; extra == 'probe'",
    "larq>=0.13.3; (python_version < '3.13') and extra == 'train'",
    'numpy<2,>=1.26; python_version < "3.13" and extra == "train"',
)


def installed(folder: Path, origin: Any) -> Distribution:
    """A package as pip notes it; `origin` is what it was installed from, None from an index."""
    info = folder / "site-packages/cbcnn-0.1.0.dist-info"
    info.mkdir(parents=True)
    requires = "".join(f"Requires-Dist: {line}\n" for line in REQUIRES)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: cbcnn\nVersion: 0.1.0\n{requires}"
    )
    if origin is not None:
        (info / "direct_url.json").write_text(origin if type(origin) is str else json.dumps(origin))
    return Distribution.at(info)


def packages(command: str) -> list[str]:
    """What a shell makes of the command, behind `pip install`."""
    words = shlex.split(command)
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    return words[4:]


def test_a_checkout_is_installed_again_with_the_extra(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    command = install_command_of("train", tmp_path, installed(tmp_path, None))
    assert packages(command) == ["-e", f"{tmp_path}[train]"]
    assert packages(install_command("probe")) == ["-e", f"{ROOT}[probe]"]


@pytest.mark.parametrize("name", ["cbcnn-0.1.0-py3-none-any.whl", "a folder"])
def test_a_wheel_or_folder_is_installed_again_with_the_extra(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    origin = {"url": (tmp_path / name).as_uri(), "archive_info": {}}
    command = install_command_of("profile", tmp_path / "lib", installed(tmp_path, origin))
    assert packages(command) == [f"{tmp_path / name}[profile]"]


def test_a_repository_is_asked_for_the_same_commit(tmp_path: Path) -> None:
    origin = {"url": "https://host/cbcnn", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    command = install_command_of("probe", tmp_path, installed(tmp_path, origin))
    assert packages(command) == ["cbcnn[probe] @ git+https://host/cbcnn@abc"]


@pytest.mark.parametrize(
    "origin", [None, {"url": "file:///no/longer/there.whl"}, "{", "[]", {"vcs_info": {}}, {}]
)
def test_without_a_source_the_packages_of_the_extra_are_named(origin: Any, tmp_path: Path) -> None:
    package = installed(tmp_path, origin)
    assert packages(install_command_of("probe", tmp_path, package)) == ["pyocd>=0.36"]
    train = packages(install_command_of("train", tmp_path, package))
    assert train == ["larq>=0.13.3", "numpy<2,>=1.26"]


def test_a_package_that_was_never_installed_says_so(tmp_path: Path) -> None:
    assert "from a checkout or a wheel" in install_command_of("train", tmp_path, None)


def test_an_environment_without_pip_is_filled_by_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert install_command("train").startswith(f"uv pip install --python {sys.executable} ")


def test_every_extra_is_one_that_the_package_has() -> None:
    declared = re.findall(r"^([\w-]+) = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(installation.Extra.__args__) <= set(declared)  # type: ignore[attr-defined]


def test_pip_takes_the_command() -> None:
    command = [*shlex.split(install_command("probe")), "--dry-run", "--no-deps", "--quiet"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if tried.returncode and "No matching distribution found for hatchling" in tried.stderr:
        unavailable("the package index with hatchling cannot be reached")
    assert tried.returncode == 0, tried.stderr


def test_no_message_names_the_package_as_if_an_index_had_it() -> None:
    """One function decides what is suggested."""
    for folder in ("inputs", "trainer", "codegen", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".md"):
                assert not re.search(r"['\"`]cbcnn\[", path.read_text(encoding="utf-8")), path
    assert "cbcnn[" not in (ROOT / "README.md").read_text(encoding="utf-8")
