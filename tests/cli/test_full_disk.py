"""A disk that is full at any moment ends every command that writes in one message, nothing lost."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.commands import ENTRY_POINTS, SIGNS, codegen, environment
from support.tools import require_tool

MODEL = SIGNS / "model.h5"
BOARD = "netduinoplus2"
LIMITS = (0, 1, 5000, 60_000)
"""Bytes that one file may have; the files of each command are shorter and longer than some."""

Result = subprocess.CompletedProcess[str]


def run_limited(most: int, command: str, *arguments: str | Path) -> Result:
    """Run a command that cannot write a file of more than `most` bytes."""
    code = f"from {ENTRY_POINTS[command]} import main; main()"
    return subprocess.run(
        # Without compiled modules: Python leaves half of one where there is no room for it.
        [sys.executable, "-B", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """Code of an earlier run, with another model's name in it."""
    folder = tmp_path / "root" / "code"
    result = codegen(MODEL, "--board", BOARD, "-o", folder, "--no-measure", "--name", "net")
    assert result.returncode == 0, result.stderr
    return folder


Arguments = Callable[[Path], tuple[str | Path, ...]]

COMMANDS: dict[str, Arguments] = {
    "cbcnn-codegen": lambda code: (
        *(MODEL, "--target", "cortex-m4", "-o", code, "--no-measure", "--name", "net"),
        *("--optimize", "ram", "--split-weights"),
    ),
    "cbcnn-codegen --board": lambda code: (
        *(MODEL, "--board", BOARD, "-o", code, "--name", "net", "--optimize", "ram"),
    ),
    "cbcnn-codegen, a new folder": lambda code: (
        *(MODEL, "--target", "host", "-o", code.parent / "new" / "deep", "--no-measure"),
    ),
    "cbcnn-board build": lambda code: ("build", code, "--board", BOARD),
    "cbcnn-profile": lambda code: (code, "--plot", code.parent / "plot.svg"),
    "cbcnn-verify": lambda code: (MODEL, code, "--data", SIGNS / "samples", "--builds", "quick"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_ends_in_one_message_and_changes_nothing(command: str, code: Path) -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    root = code.parent
    before, codes = content(root), set()
    for most in LIMITS:
        result = run_limited(most, re.split("[, ]", command)[0], *COMMANDS[command](code))
        codes.add(result.returncode)
        if result.returncode == 0:
            break
        # 9: the compiler, which says so itself, could not write.
        assert result.returncode in (7, 9), result.stderr
        lines = [line for line in result.stderr.splitlines() if not line.startswith("warning: ")]
        assert lines[0].startswith("error: "), result.stderr
        assert all(line.startswith("  ") for line in lines[1:]), result.stderr
        assert "defect" not in result.stderr
        assert content(root) == before
        assert sorted(path.name for path in root.iterdir()) == ["code"]
    assert codes & {7, 9}
