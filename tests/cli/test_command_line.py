"""Every command ends in one message and a documented exit code."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import sys, time
import click
from cbcnn_inputs.command_line import run_command, print_json
from cbcnn_codegen.errors import DataError

class HalfBuilt:
    def __del__(self):
        raise AttributeError("incomplete")

@click.command("trial", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("what")
@click.option("--count", type=int)
def command(what, count):
    "A trial."
    if what == "error":
        raise DataError("no images", found="nothing", allowed="some", suggestion="take pictures")
    if what == "control":
        raise DataError("layer \\x1b[31m\\u202e\\x00 is bad")
    if what == "defect":
        raise KeyError("weights")
    if what == "memory":
        raise MemoryError
    if what == "json":
        print_json({"images": 3})
    if what == "names":
        print("\u65e5\u672c")
    if what == "much":
        for _ in range(100000):
            print("line")
    if what == "file":
        open("/nonexistent/file")
    if what == "half built":
        held = HalfBuilt()
        raise KeyboardInterrupt
    if what == "sleep":
        print("ready", file=sys.stderr, flush=True)
        time.sleep(60)

run_command(command)
"""


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    options |= {"text": True, "capture_output": True, "timeout": 60}
    return subprocess.run([sys.executable, "-c", SCRIPT, *arguments], check=False, **options)


def test_what_an_interruption_leaves_half_built_says_nothing() -> None:
    result = run("half built")
    assert (result.returncode, result.stderr.strip()) == (130, "interrupted")


def test_an_error_shows_its_four_parts_and_its_exit_code() -> None:
    result = run("error")
    assert result.returncode == 6
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "error: no images",
        "  found    nothing",
        "  allowed  some",
        "  try      take pictures",
    ]


def test_control_characters_of_a_message_do_not_reach_the_terminal() -> None:
    result = run("control")
    assert "\x1b" not in result.stderr
    assert "\u202e" not in result.stderr
    assert "\\x1b[31m" in result.stderr


def test_a_defect_is_told_without_a_traceback() -> None:
    result = run("defect")
    assert result.returncode == 70
    assert "Traceback" not in result.stderr
    assert "KeyError: 'weights'" in result.stderr


def test_a_traceback_is_printed_when_asked_for() -> None:
    result = run("defect", env={**os.environ, "CBCNN_TRACEBACK": "1"})
    assert result.returncode == 70
    assert "Traceback" in result.stderr


def test_exhausted_memory_is_not_called_a_defect() -> None:
    result = run("memory")
    assert result.returncode == 70
    assert "not enough memory" in result.stderr


def test_a_file_that_cannot_be_used_is_named() -> None:
    result = run("file")
    assert result.returncode == 7
    assert "/nonexistent/file" in result.stderr
    assert os.strerror(errno.ENOENT) in result.stderr


@pytest.mark.parametrize("arguments", [[], ["json", "--count", "many"], ["json", "--what"]])
def test_a_wrong_command_line_ends_with_code_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert "trial --help" in result.stderr


def test_help_goes_to_standard_output() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "A trial." in result.stdout
    assert result.stderr == ""


def test_json_is_all_there_is_on_standard_output() -> None:
    result = run("json")
    assert (result.returncode, result.stdout, result.stderr) == (0, '{\n "images": 3\n}\n', "")


def test_characters_that_the_terminal_has_not_are_spelled_out() -> None:
    result = run("names", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "\\u65e5\\u672c\n"


def test_a_closed_pipe_ends_quietly() -> None:
    command = [sys.executable, "-c", SCRIPT, "much"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_standard_output_is_told() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-c", SCRIPT, "json"]
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert result.returncode == 7
    assert os.strerror(errno.ENOSPC) in result.stderr
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_ends_with_its_own_code(number: signal.Signals, code: int, word: str) -> None:
    command = [sys.executable, "-c", SCRIPT, "sleep"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(timeout=30) == code
        assert process.stderr.read().strip() == word
