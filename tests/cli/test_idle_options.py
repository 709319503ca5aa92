"""Generator, verifier, profiler and board refuse every option that would have no effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from cbcnn_codegen import cli
from cbcnn_codegen.board import cli as board_cli
from cbcnn_codegen.profile import cli as profile_cli
from cbcnn_codegen.verify import cli as verify_cli
from cbcnn_inputs.idle_options import given_options
from support.commands import SIGNS, assert_clean_error, codegen, parse_json, run, verify
from support.generated import generate_code
from support.keras_files import write_h5
from support.small_layers import dense, image, norm
from support.tools import require_tool

MODEL = SIGNS / "model.h5"
SAMPLES = SIGNS / "samples"

CONDITIONAL = {
    "cbcnn-codegen": "class-names data calibrate fit word-bits",
    "cbcnn-verify": "store emulate",
    "cbcnn-profile": "index clock counter plot",
    "list": "",
    "flash": "port baud no-parity gdb drive unprotect",
    "monitor": "baud",
    "emulate": "blank",
    "build": "golden golden-count",
    "run": "baud",
    "classify": "baud dir",
    "verify": "baud",
    "bench": "baud",
    "watch": "baud",
}
ALWAYS = {
    "cbcnn-codegen": "target board output name scores optimize split-weights fits project input "
    "rescale custom camera real-layers samples measure force json version",
    "cbcnn-verify": "data limit skip-bad against predictions trace builds json version",
    "cbcnn-profile": "target data json version",
    "list": "json",
    "flash": "board method json",
    "monitor": "port seconds",
    "emulate": "board",
    "build": "board model main provoke force json",
    "run": "board port data limit skip-bad against trace runs json",
    "classify": "board port skip json",
    "verify": "board port data limit skip-bad against trace json",
    "bench": "board port data runs json",
    "watch": "board port data limit skip-bad page-port pause seconds",
}
"""Options that do what they say with whatever else is given, or contradict it and are refused."""

COMMANDS: dict[str, click.Command] = {
    **{command.name or "": command for command in (cli.command, verify_cli.command)},
    "cbcnn-profile": profile_cli.command,
    **board_cli.command.commands,
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_without_a_rule(name: str) -> None:
    """A new option has its requirement in the command, or the list here says that it has none."""
    options = [option for option in COMMANDS[name].params if isinstance(option, click.Option)]
    names = {next(o for o in option.opts if o.startswith("--"))[2:] for option in options}
    assert names == {*CONDITIONAL[name].split(), *ALWAYS[name].split()}


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("idle")
    targets = {"HOST": "host", "M4": "cortex-m4", "M55": "cortex-m55"}
    for word, target in targets.items():
        generate_code(MODEL, folder / word, target)
    return {word: folder / word for word in targets}


BOARD = "nucleo-f446re"
EMULATED = "--board BOARD --port emulated"
SOCKET = "--board BOARD --port socket://localhost:1"
LINES = [
    ("cbcnn-codegen MODEL --target host -o out --data SAMPLES", "--data", "--rescale auto"),
    ("cbcnn-codegen MODEL --target host -o out --data x --rescale x", "--data", "--rescale auto"),
    ("cbcnn-codegen MODEL --target host -o out --calibrate x", "--calibrate", "int8"),
    ("cbcnn-codegen MODEL --target cortex-m4 -o out --word-bits 32", "--word-bits", "portable"),
    ("cbcnn-verify MODEL HOST --data SAMPLES --store kept.npz", "--store", "--against larq"),
    ("cbcnn-verify MODEL HOST --data SAMPLES --emulate", "--emulate", "emulated"),
    ("cbcnn-profile M4 --index 2", "--index", "--data"),
    ("cbcnn-profile M55 --clock 100", "--clock", "cycles"),
    ("cbcnn-profile HOST --clock 100", "--clock", "cycles"),
    ("cbcnn-profile HOST --counter qemu", "--counter", "emulated"),
    ("cbcnn-profile HOST --plot bars.svg", "--plot", "emulated"),
    ("cbcnn-board build M4 --board BOARD --golden SAMPLES", "--golden", "--model"),
    ("cbcnn-board build M4 --board BOARD --golden-count 9", "--golden-count", "--model"),
    (f"cbcnn-board verify MODEL M4 --data SAMPLES {EMULATED} --baud 9600", "--baud", "rate"),
    (f"cbcnn-board run MODEL M4 --data SAMPLES {EMULATED} --baud 9600", "--baud", "rate"),
    (f"cbcnn-board bench M4 {SOCKET} --baud 9600", "--baud", "rate"),
    (f"cbcnn-board classify SAMPLES {EMULATED} --dir M4 --baud 9600", "--baud", "rate"),
    ("cbcnn-board classify SAMPLES --board BOARD --port x --dir M4", "--dir", "emulated"),
    ("cbcnn-board monitor --port emulated://localhost:1 --baud 9600", "--baud", "rate"),
    ("cbcnn-board emulate M4 --board BOARD --blank", "--blank", "DIR"),
]


@pytest.mark.parametrize(("line", "option", "needs"), LINES, ids=[line for line, _, _ in LINES])
def test_an_option_without_effect_is_refused(
    line: str, option: str, needs: str, code: dict[str, Path], tmp_path: Path
) -> None:
    words: dict[str, str | Path] = {"MODEL": MODEL, "SAMPLES": SAMPLES, "BOARD": BOARD, **code}
    command, *rest = line.split()
    result = run(command, *(words.get(word, word) for word in rest), cwd=tmp_path)
    assert_clean_error(result, 2, option, needs)
    assert list(tmp_path.iterdir()) == []


FLASHES = [
    ("--method gdb --gdb localhost:1 --port /dev/null", "--port"),
    ("--gdb localhost:1 --baud 9600", "--baud"),
    ("--gdb localhost:1 --no-parity", "--no-parity"),
    ("--gdb localhost:1 --unprotect", "--unprotect"),
    ("--method bootloader --port /dev/null --gdb localhost:1", "--gdb"),
    ("--port emulated --gdb localhost:1", "--gdb"),
    ("--port emulated --unprotect", "--unprotect"),
    ("--gdb localhost:1 --drive /media/x", "--drive"),
    ("--port emulated --baud 9600", "--baud"),
    ("--port emulated --no-parity", "--no-parity"),
]


@pytest.fixture(scope="module")
def firmware(code: dict[str, Path]) -> Path:
    """What looks like firmware; no command here gets as far as reading it."""
    path = code["M4"] / BOARD / "firmware.elf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x7fELF")
    return code["M4"]


@pytest.mark.parametrize(("options", "idle"), FLASHES, ids=[options for options, _ in FLASHES])
def test_an_option_of_another_way_to_flash_is_refused(
    options: str, idle: str, firmware: Path
) -> None:
    result = run("cbcnn-board", "flash", firmware, "--board", BOARD, *options.split())
    assert_clean_error(result, 2, f"{idle} would have no effect")


def test_class_names_of_a_model_that_has_none_are_refused(tmp_path: Path) -> None:
    model = write_h5(tmp_path / "plain.h5", [image(16), dense(16, "head", 3), norm(3)])
    out = tmp_path / "out"
    arguments: list[str | Path] = [model, "--target", "host", "--no-measure", "-o", out]
    assert_clean_error(codegen(*arguments, "--class-names"), 2, "--class-names", "model file")
    assert not out.exists()
    assert codegen(*arguments, "--no-class-names").returncode == 0


def test_predictions_are_part_of_the_json(code: dict[str, Path]) -> None:
    require_tool("gcc", "gcc")
    arguments = (MODEL, code["HOST"], "--data", SAMPLES, "--builds", "quick", "--limit", "3")
    value = parse_json(verify(*arguments, "--predictions", "--json"))
    assert len(value["predictions"]) == 3
    assert "predictions" not in parse_json(verify(*arguments, "--json"))


def test_options_are_given_when_they_are_typed_and_not_when_they_have_their_default() -> None:
    found: list[Any] = []

    @click.command()
    @click.option("-n", "--number", default=3)
    @click.option("--yes/--no", default=True)
    @click.option("--other/--no-other", default=None)
    def command(**_values: Any) -> None:
        found.append(given_options(click.get_current_context()))

    for line in ("", "-n 3", "--no", "--yes --no-other"):
        command(line.split(), standalone_mode=False)
    assert found == [set(), {"--number"}, {"--no"}, {"--yes", "--no-other"}]
