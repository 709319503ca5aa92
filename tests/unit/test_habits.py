"""What holds for every change: hooks, templates and what the package says of itself."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
PROJECT = toml.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_hooks_run_what_make_runs_and_download_nothing() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"repo: (.*)", hooks) == ["local"]
    assert set(re.findall(r"language: (.*)", hooks)) == {"system"}
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    tools = re.findall(r"entry: \.venv/bin/(\w+(?: \w+)?)", hooks)
    assert tools == ["ruff check", "ruff format", "mypy"]
    assert all(f"$(BIN)/{tool}" in make for tool in tools)


def test_types_are_checked_in_every_folder_of_python() -> None:
    hidden_or_built = re.compile(r"\.|build|dist")
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not hidden_or_built.match(path.name) and any(path.rglob("*.py"))
    }
    assert PROJECT["tool"]["mypy"]["strict"]
    assert folders == set(PROJECT["tool"]["mypy"]["files"])


def test_every_rule_of_ruff_that_is_left_out_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for rule in PROJECT["tool"]["ruff"]["lint"]["ignore"]:
        style_of_docstrings = rule.startswith("D")
        assert style_of_docstrings or re.search(rf'"{rule}", +# \w', text), rule


def test_the_changelog_fixes_nothing_before_the_first_release() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = text.split("\n## ")[1]
    assert "not released yet" not in unreleased or "### Fixed" not in unreleased
