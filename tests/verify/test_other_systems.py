"""Commands on Windows as far as Linux can play it, and with zig as the only compiler."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.board.cli import command as board_command
from cbcnn_codegen.cli import command as codegen_command
from cbcnn_codegen.verify import builds
from cbcnn_codegen.verify.cli import command as verify_command
from cbcnn_inputs import compilers
from cbcnn_inputs.command_line import run_command
from cbcnn_inputs.errors import MissingToolError
from support.commands import ROOT, fake_program
from support.other_systems import pretend_windows
from support.tools import require_module, require_tool

MODEL = ROOT / "tests" / "golden" / "compressed.h5"
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 9, 3)).astype(np.uint8)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process: exit code, output, messages."""

    def run(command: Any, *arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            run_command(command, [str(argument) for argument in arguments])
        assert isinstance(end.value.code, int)
        return (end.value.code, *capfd.readouterr())

    return run


def generate_and_verify(command: Run, folder: Path) -> dict[str, Any]:
    """What `cbcnn-verify` says of the host's code, in few builds."""
    np.savez(folder.with_suffix(".npz"), images=IMAGES, labels=np.zeros(len(IMAGES), np.int64))
    arguments = (MODEL, "--target", "host", "-o", folder)
    code, _, messages = command(codegen_command, *arguments)
    assert (code, messages) == (0, "")
    data = ("--data", folder.with_suffix(".npz"), "--builds", "quick", "--json")
    code, output, messages = command(verify_command, MODEL, folder, *data)
    assert (code, messages) == (0, "")
    value = json.loads(output)
    assert value["mismatched_bits"] == 0
    assert isinstance(value, dict)
    return value


def test_code_is_generated_and_verified_on_windows(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_tool("gcc", "gcc")
    pretend_windows(monkeypatch)
    value = generate_and_verify(command, tmp_path / "out")
    assert len(value["builds"]) == 4
    assert value["builds_left_out"] == {}


def assert_zig_verifies(command: Run, folder: Path) -> None:
    """Zig takes the flag of the address sanitizer, and has none; it measures no stack."""
    value = generate_and_verify(command, folder)
    assert [build["name"] for build in value["builds"]] == [
        *("zig cc -O2, separate object", "zig cc -O2", "zig cc undefined behaviour sanitizer"),
        "zig cc -O2, RGB565 images",
    ]
    assert value["builds_left_out"] == {"zig cc address sanitizer": "zig cc has none"}
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["measured_with"] is None


def test_what_zig_lacks_is_said_once(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in: clang whose address sanitizer is left out, which takes no minutes."""
    require_tool("clang", "clang")
    script = f'shift\nset -- "$@" -fno-sanitize=address\nexec {shutil.which("clang")} "$@"'
    fake_program(tmp_path / "bin", "zig", script)
    (tmp_path / "bin" / "ld").symlink_to(str(shutil.which("ld")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert_zig_verifies(command, tmp_path / "out")


@pytest.mark.complete
def test_zig_alone_generates_and_verifies(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Minutes where zig has not been used before: it builds C's libraries then."""
    require_module("ziglang", "compiler")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert_zig_verifies(command, tmp_path / "out")


def test_emulated_boards_are_refused_on_windows_with_what_runs_there(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_tool("qemu-system-arm", "qemu-system-arm")
    pretend_windows(monkeypatch)
    code, output, messages = command(
        board_command, "emulate", "--board", "netduinoplus2", "--blank"
    )
    assert (code, output) == (8, ""), messages
    assert "do not run on Windows" in messages
    assert "COM4" in messages


def programs(folder: Path, *names: str) -> str:
    for name in names:
        fake_program(folder, name, "exit 0")
    return str(folder)


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        ("gcc clang cc zig", "gcc clang"),
        ("clang c++ cc zig", "clang"),
        ("cc zig", "cc"),
        ("zig", "zig cc"),
    ],
)
def test_zig_and_cc_are_taken_only_where_nothing_else_is(
    installed: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", programs(tmp_path, *installed.split()))
    names = [compiler.name for compiler in compilers.find_compilers()]
    assert " ".join(names) == found
    assert compilers.find_compiler().command[0] == str(tmp_path / found.split(maxsplit=1)[0])


def test_without_any_compiler_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingToolError, match="no C compiler is installed") as refusal:
        compilers.find_compiler()
    assert "apt-get install gcc" in str(refusal.value)
    assert "[compiler]" in str(refusal.value)


def test_clang_alone_makes_all_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_tool("clang", "clang")
    for name in ("clang", "clang++", "ld"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path))
    chosen = builds.choose_builds("full")
    assert {build.compiler for build in (*chosen[:2], *chosen.others)} == {"clang", "clang++"}
    assert [build.name for build in chosen.others] == [
        *("clang -O0", "clang -O3", "clang -Os", "clang++ -O2, C++17", "clang sanitizers"),
    ]
    assert chosen.left_out == {}
