"""`cbcnn`: every command under one name, and completion."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

from cbcnn_inputs.installation import tool_version
from cbcnn_inputs.umbrella import PARTS, SHELLS
from support.commands import ROOT, SIGNS, assert_clean_error, environment, run

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def test_each_part_is_a_program_of_its_own_too() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        scripts = tomllib.load(file)["project"]["scripts"]
    assert scripts.pop("cbcnn") == "cbcnn_inputs.umbrella:main"
    assert scripts == {f"cbcnn-{part}": f"{module}:main" for part, module in PARTS.items()}
    for module in PARTS.values():
        assert importlib.import_module(module).command.help


def test_a_part_does_what_its_program_does_under_the_name_that_was_typed() -> None:
    listed = run("cbcnn", "codegen", "--target", "list")
    assert listed.returncode == 0
    assert listed.stdout == run("cbcnn-codegen", "--target", "list").stdout
    assert "Usage: cbcnn board verify" in run("cbcnn", "board", "verify", "--help").stdout
    assert "Usage: cbcnn-board verify" in run("cbcnn-board", "verify", "--help").stdout
    wrong = run("cbcnn", "codegen", SIGNS / "model.h5", "--target", "z80", "-o", "/nowhere")
    assert_clean_error(wrong, 2, "z80")


def test_the_name_alone_shows_all_parts_and_the_version() -> None:
    shown = run("cbcnn", "--help").stdout
    assert all(f"\n  {part} " in shown for part in [*PARTS, "completion"])
    assert run("cbcnn", "--version").stdout == f"cbcnn {tool_version()}\n"
    assert_clean_error(run("cbcnn", "trian"), 2, "trian")


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_commands_options_and_choices(shell: str) -> None:
    script = run("cbcnn", "completion", shell)
    assert script.returncode == 0, script.stderr
    assert all(f"_CBCNN_{part.upper()}_COMPLETE" in script.stdout for part in PARTS)
    for line, expected in (
        ("cbcnn bo", "board"),
        ("cbcnn train ev", "evaluate"),
        ("cbcnn-codegen --optim", "--optimize"),
        ("cbcnn codegen --optimize ba", "balanced"),
    ):
        program, *words = line.split()
        asked = {
            f"_{program.replace('-', '_').upper()}_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": line if shell != "fish" else " ".join([program, *words]),
            "COMP_CWORD": str(len(words)) if shell != "fish" else words[-1],
        }
        result = run(program, env=environment(**asked))
        assert expected in result.stdout, (line, result)
