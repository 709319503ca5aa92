"""`make demo` as a newcomer types it, with stand-ins for what takes long."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from support.commands import ROOT, SIGNS, without_programs
from support.tools import require_tool

TOOLS = ("gcc", "g++", "make")


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """A virtual environment that is set up, whose commands print what they are asked for."""
    for tool in TOOLS:
        require_tool(tool, tool)
    programs = tmp_path / "venv" / "bin"
    programs.mkdir(parents=True)
    scripts = {"python": f'exec {sys.executable} "$@"'}
    scripts |= {name: f'echo {name} "$@"' for name in ("cbcnn-codegen", "cbcnn-verify")}
    for name, script in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    (tmp_path / "venv" / "base.stamp").touch()
    return tmp_path / "venv"


def make(venv: Path, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    command = ["make", "--no-print-directory", f"VENV={venv}", f"PYTHON={sys.executable}"]
    result = subprocess.run(
        [*command, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout + result.stderr


def test_the_demo_compares_with_stored_outputs_and_with_live_larq_where_it_is(venv: Path) -> None:
    code, text = make(venv, "demo")
    assert code == 0, text
    lines = text.splitlines()
    model = SIGNS.relative_to(ROOT)
    assert lines[0].startswith(f"cbcnn-codegen {model}/model.h5 --target cortex-m4")
    assert f"--against {model}/larq_outputs.npz" in lines[1]
    live = importlib.util.find_spec("larq") is not None
    assert [line.endswith("--against larq") for line in lines[2:]] == [True] * live


def test_the_demo_demands_both_compilers_first(venv: Path) -> None:
    for missing in ("gcc", "g++"):
        code, text = make(venv, "demo", env=without_programs(missing))
        assert code != 0
        assert "error: no compiler" in text
        assert f"no {missing}" in text
        assert "apt-get install" in text
        assert "cbcnn-codegen" not in text


def test_another_python_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    require_tool("make", "make")
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\ncase "$1" in --version) echo Python 3.9.1;; *) exit 1;; esac\n')
    old.chmod(0o755)
    code, text = make(tmp_path / "venv", f"PYTHON={old}", "setup")
    assert code != 0
    assert "Python 3.10 to 3.13 is needed" in text
    assert "Python 3.9.1" in text
    assert not (tmp_path / "venv").exists()
