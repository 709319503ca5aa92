"""Run the commands as a user does: here, or in processes of their own where that is tested."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
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


def command_line(command: str, *arguments: str | Path) -> list[str]:
    """What runs `command` with this interpreter."""
    code = f"from {ENTRY_POINTS[command]} import main; main()"
    return [sys.executable, "-c", code, *map(str, arguments)]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command, which does not know how wide the terminal of the tests is.

    Python keeps modules that it compiles, as it does for an installed package.
    """
    left = ("COLUMNS", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if name not in left} | changes


def run(command: str, *arguments: str | Path, **options: Any) -> Result:
    """Run a command to its end and capture what it prints.

    It runs in this process, or with options that only another one has in a process of its own: to
    start Python and import NumPy takes longer than most commands.
    """
    how = run_here if options.keys() <= {"cwd"} else run_apart
    return how(command, *arguments, **options)


def run_here(command: str, *arguments: str | Path, cwd: Path | None = None) -> Result:
    """Run a command in this process, where TensorFlow need not be imported again."""
    main = import_module(ENTRY_POINTS[command]).main
    words = [*map(str, arguments)]
    out, errors = _standard_stream(), _standard_stream()
    with _as_process(words, cwd), redirect_stdout(out), redirect_stderr(errors):
        try:
            main()
            code: object = 0
        except SystemExit as end:
            code = end.code
    assert code is None or isinstance(code, int)
    texts = [stream.buffer.getvalue().decode() for stream in (out, errors)]
    return Result([command, *words], code or 0, *texts)


class _Stream(io.TextIOWrapper):
    """What stands in for a pipe."""

    buffer: io.BytesIO


def _standard_stream() -> _Stream:
    return _Stream(io.BytesIO(), encoding="utf-8", write_through=True)


@contextmanager
def _as_process(words: Sequence[str], cwd: Path | None) -> Iterator[None]:
    """A command's own `sys.argv` and folder; in the end all of this process is as it was."""
    argv, folder, columns = sys.argv, Path.cwd(), os.environ.pop("COLUMNS", None)
    handler, hook = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    sys.argv = ["-c", *words]
    try:
        os.chdir(folder if cwd is None else cwd)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.chdir(folder)
        signal.signal(signal.SIGTERM, handler)
        sys.argv, sys.unraisablehook = argv, hook
        if columns is not None:
            os.environ["COLUMNS"] = columns


def run_apart(command: str, *arguments: str | Path, **options: Any) -> Result:
    """Run a command in a process of its own."""
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
