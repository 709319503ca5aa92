"""`cbcnn-codegen` is killed by the system itself, before calls that change files."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from support.commands import SIGNS, codegen, command_line, environment
from support.hostile import Tried, amount
from support.tools import require_tool

MODEL = SIGNS / "model.h5"
KILLS = 6
"""In each kind of folder."""

CALLS = "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,fsync,chmod"


def arguments(folder: Path, mode: str) -> tuple[str | Path, ...]:
    options = ("--name", "net", "--no-measure", "--optimize", mode)
    return (MODEL, "--target", "cortex-m4", "-o", folder, *options)


def content(folder: Path) -> dict[str, bytes]:
    """What a user sees in the folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def run_traced(log: Path, folder: Path, *options: str) -> int:
    command = command_line("cbcnn-codegen", *arguments(folder, "ram"))
    tracer = ["strace", "-f", "-y", "-qq", "-o", str(log), "-e", f"trace={CALLS}", *options]
    result = subprocess.run(
        [*tracer, *command], capture_output=True, check=False, env=environment(), timeout=300
    )
    return result.returncode


def calls_on(root: Path, log: Path) -> list[tuple[str, int]]:
    """Calls of the first process with a path in `root`: the name and which one of that name."""
    seen: Counter[str] = Counter()
    found = []
    lines = re.findall(r"^(\d+) +(\w+)(\(.*)$", log.read_text(), re.MULTILINE)
    for process, name, rest in lines:
        if process == lines[0][0]:
            seen[name] += 1
            if str(root) in rest:
                found.append((name, seen[name]))
    assert len(found) > 10
    return found


@pytest.mark.hostile
@pytest.mark.parametrize("with_folder", [False, True])
def test_a_killed_command_leaves_code_of_one_run(
    with_folder: bool, tmp_path: Path, tried: Tried
) -> None:
    require_tool("strace", "strace")
    old, root = tmp_path / "old", tmp_path / "root"
    assert codegen(*arguments(old / "out", "speed")).returncode == 0
    if with_folder:
        (old / "out" / "mine").mkdir()

    def start() -> Path:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(old, root)
        return root / "out"

    folder = start()
    before = content(folder)
    assert run_traced(tmp_path / "log", folder) == 0
    after = content(folder)
    assert before.keys() == after.keys()
    assert before["net.c"] != after["net.c"]
    calls = calls_on(root, tmp_path / "log")
    count = min(amount(KILLS), len(calls))
    for name, number in random.Random(0).sample(calls, count):
        folder = start()
        kill = f"inject={name}:signal=KILL:when={number}"
        assert run_traced(tmp_path / "log", folder, "-e", kill) != 0
        if not with_folder:  # a folder of files alone is whole for everybody
            assert content(folder) in (before, after), (name, number)
        again = codegen(*arguments(folder, "ram"))
        assert again.returncode == 0, again.stderr
        assert content(folder) == after
        assert {path.name for path in root.iterdir()} == {"out"}
        assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    tried("kills", count)
