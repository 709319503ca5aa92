"""Run the commands as a user does, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SIGNS = ROOT / "examples" / "models" / "signs"

ENTRY_POINTS = {
    "cbcnn-codegen": "cbcnn_codegen.cli",
    "cbcnn-verify": "cbcnn_codegen.verify.cli",
    "cbcnn-profile": "cbcnn_codegen.profile.cli",
    "cbcnn-board": "cbcnn_codegen.board.cli",
    "cbcnn-train": "cbcnn_trainer.cli",
    "cbcnn-search": "cbcnn_trainer.search.cli",
    "cbcnn": "cbcnn_inputs.umbrella",
}

Result = subprocess.CompletedProcess[str]


@cache
def compiled_modules() -> str:
    """A folder for compiled modules, as an installed package has them."""
    return tempfile.mkdtemp(prefix="cbcnn-test-modules-")


def command_line(command: str, *arguments: str | Path) -> list[str]:
    """What runs `command` with this interpreter."""
    code = f"from {ENTRY_POINTS[command]} import main; main()"
    return [sys.executable, "-c", code, *map(str, arguments)]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command, which does not know how wide the terminal of the tests is."""
    values = {**os.environ, "PYTHONPYCACHEPREFIX": compiled_modules()}
    for name in ("COLUMNS", "PYTHONDONTWRITEBYTECODE"):
        values.pop(name, None)
    return values | changes


def run(command: str, *arguments: str | Path, **options: Any) -> Result:
    """Run a command to its end and capture what it prints."""
    options.setdefault("env", environment())
    return subprocess.run(
        command_line(command, *arguments),
        capture_output=True,
        text=True,
        timeout=options.pop("timeout", 300),
        check=False,
        **options,
    )


def run_in_two_processes(code: str, *arguments: str | Path) -> str:
    """What Python code prints; demands that the order of sets and dictionaries does not matter."""
    outputs = []
    for seed in ("0", "4711"):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        env = environment(PYTHONHASHSEED=seed)
        result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        outputs.append(result.stdout)
    assert outputs[0] == outputs[1]
    return outputs[0]


def codegen(*arguments: str | Path, **options: Any) -> Result:
    """Run `cbcnn-codegen`."""
    return run("cbcnn-codegen", *arguments, **options)


def verify(*arguments: str | Path, **options: Any) -> Result:
    """Run `cbcnn-verify`."""
    return run("cbcnn-verify", *arguments, **options)


def profile(*arguments: str | Path, **options: Any) -> Result:
    """Run `cbcnn-profile`."""
    return run("cbcnn-profile", *arguments, **options)


def board(*arguments: str | Path, **options: Any) -> Result:
    """Run `cbcnn-board`."""
    return run("cbcnn-board", *arguments, **options)


def parse_json(result: Result) -> dict[str, Any]:
    """The one object on standard output; fails when there is anything else."""
    assert result.stdout.startswith("{"), result.stdout + result.stderr
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value


def assert_clean_error(result: Result, code: int, *words: str) -> None:
    """One message with the given words on standard error, this exit code, nothing else."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if not line.startswith("warning: ")]
    assert lines[0].startswith("error: "), result.stderr
    assert all(line.startswith("  ") for line in lines[1:]), result.stderr
    assert "Traceback" not in result.stderr
    assert "defect" not in result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


def fake_program(folder: Path, name: str, script: str) -> dict[str, str]:
    """An environment whose PATH starts with a folder that holds `name` as a shell script."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return environment(PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")


def without_programs(*names: str) -> dict[str, str]:
    """An environment whose PATH holds everything but some programs."""
    folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-path-"))
    for part in os.environ["PATH"].split(os.pathsep):
        for program in sorted(Path(part).glob("*")) if part else ():
            link = folder / program.name
            if program.name not in names and not os.path.lexists(link):
                link.symlink_to(program)
    return environment(PATH=str(folder))


def all_files(folder: Path) -> Sequence[str]:
    """Everything below a folder, hidden files too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
