"""`cbcnn-board` as a user runs it: what it prints, how it fails, what it leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.board.connect import find_firmware
from cbcnn_codegen.board.flash.contents import read_contents
from cbcnn_codegen.boards import find_board
from cbcnn_inputs.installation import install_command
from support.bootloader_peer import ORIGIN, Chip, peer_on_pty, peer_on_socket
from support.commands import (
    SIGNS,
    assert_clean_error,
    board,
    command_line,
    environment,
    fake_program,
    parse_json,
)
from support.emulated_boards import MODELS, firmware, require_emulator, running
from support.fake_board import FakeBoard, run_fake
from support.generated import generate_code

NAME = "netduinoplus2"
MODEL = SIGNS / "model.h5"
SAMPLES = SIGNS / "samples"


@pytest.fixture(scope="module")
def folder() -> Path:
    require_emulator()
    return firmware(NAME).folder


def on_emulated(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    return board(*arguments, "--board", NAME, "--port", "emulated", **options)


def child_processes(parent: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_verify_gives_the_promised_keys(folder: Path) -> None:
    outputs = SIGNS / "larq_outputs.npz"
    data = ("--data", SAMPLES, "--limit", "4", "--against", outputs)
    value = parse_json(on_emulated("verify", MODEL, folder, *data, "--json"))
    assert value["images"] == 4
    assert value["mismatched_images"] == value["mismatched_bits"] == 0
    assert value["compared_bits"] > 0
    assert value["traced_images"] == 1
    assert 1_000_000 < value["instructions"] < 4_000_000
    assert "cycles" not in value
    assert 0 < value["stack_bytes"] <= value["stack_bound_bytes"] < value["stack_reserved_bytes"]
    assert value["accuracy_board"] == value["accuracy_python"] == 1.0


def test_verify_says_what_was_compared(folder: Path) -> None:
    result = on_emulated("verify", MODEL, folder, "--data", SAMPLES, "--limit", "2")
    assert result.returncode == 0, result.stderr
    assert "bit mismatches  0/" in result.stdout


def test_run_does_everything_on_one_blank_board(folder: Path) -> None:
    arguments = ("--data", SAMPLES, "--limit", "2", "--runs", "3")
    result = on_emulated("run", MODEL, folder, *arguments)
    assert result.returncode == 0, result.stderr
    for words in ("blank emulated", "reads back", "self-test       2 of 2", "0/", "dense_2"):
        assert words in result.stdout, result.stdout
    value = parse_json(on_emulated("run", MODEL, folder, *arguments, "--json"))
    assert value["mismatched_bits"] == 0
    assert value["bench"]["runs"] == 3


@pytest.mark.parametrize("verb", ["run", "verify"])
def test_both_ways_to_prove_a_board_warn_of_edited_code(
    verb: str, folder: Path, tmp_path: Path
) -> None:
    edited = Path(shutil.copytree(folder, tmp_path / "edited"))
    with (edited / "net.c").open("a", encoding="utf-8") as file:
        file.write("/* mine */\n")
    result = on_emulated(verb, MODEL, edited, "--data", SAMPLES, "--limit", "1")
    assert result.returncode == 1
    assert "net.c was edited" in result.stderr
    assert "does not hold what the model generates: net.c" in result.stderr


def test_classify_names_what_it_sees(folder: Path) -> None:
    pictures = [SAMPLES / "03_00003.png", SAMPLES / "00_00000.png"]
    value = parse_json(on_emulated("classify", *pictures, "--dir", folder, "--json"))
    assert [row["name"] for row in value["images"]] == ["stop", "speed limit 30"] or [
        row["class"] for row in value["images"]
    ] == [3, 0]
    assert all(len(row["scores"]) == 16 for row in value["images"])
    told = on_emulated("classify", pictures[1], "--dir", folder)
    assert "speed limit 30" in told.stdout
    assert "instructions" in told.stdout


def test_bench_tells_every_layer(folder: Path) -> None:
    value = parse_json(on_emulated("bench", folder, "--runs", "3", "--json"))
    assert value["unit"] == "instructions"
    assert [layer["name"] for layer in value["layers"]][:2] == ["conv_1", "conv_2"]
    assert value["milliseconds"] is None
    assert value["products"] == 6_731_904
    assert value["stack_bytes"] <= value["stack_bound_bytes"]


def test_list_shows_ports_probes_and_boards() -> None:
    value = parse_json(board("list", "--json"))
    assert {"ports", "probes", "boards"} == set(value)
    proofs = {entry["name"]: entry["proof"] for entry in value["boards"]}
    assert proofs[NAME] == "emulated"
    assert proofs["nucleo-f446re"] == "built"
    assert "netduinoplus2" in board("list").stdout


def test_flash_writes_a_blank_emulated_board(folder: Path) -> None:
    value = parse_json(on_emulated("flash", folder, "--json"))
    assert (value["method"], value["verified"], value["board"]) == ("gdb", True, NAME)
    assert value["image_bytes"] > 30_000


def test_flash_goes_through_the_bootloader(folder: Path) -> None:
    chip = Chip()
    contents = read_contents(find_firmware(folder, find_board(NAME)))
    with peer_on_socket(chip) as url:
        arguments = ("--board", NAME, "--method", "bootloader", "--port", url, "--json")
        value = parse_json(board("flash", folder, *arguments))
    assert value["method"] == "bootloader"
    for segment in contents.segments:
        assert chip.content(segment.address, len(segment.data)) == segment.data
    assert chip.started_at == ORIGIN


def test_flash_names_a_line_without_parity_and_takes_it_on_request(folder: Path) -> None:
    chip = Chip(readout_protected=True)
    arguments = ("--board", NAME, "--method", "bootloader", "--port")
    with peer_on_pty(chip) as path:
        result = board("flash", folder, *arguments, path)
        assert_clean_error(result, 10, "does not take even parity", "--no-parity")
        result = board("flash", folder, *arguments, path, "--no-parity")
    assert_clean_error(result, 11, "protected against reading", "--unprotect")


FAKES = {
    "st-flash": (
        "st-flash",
        "echo 'Flash written and verified! jolly good!'",
        'echo "WARN usb.c: Couldn\'t find any ST-Link devices"; exit 255',
        "no probe answers",
    ),
    "openocd": (
        "openocd",
        "echo '** Verified OK **'",
        "echo 'Error: stm32x device protected'; exit 1",
        "the flash is protected",
    ),
}


@pytest.mark.parametrize("method", FAKES)
def test_flash_runs_external_programs(method: str, folder: Path, tmp_path: Path) -> None:
    program, success, failure, message = FAKES[method]
    record = f'echo "$@" > {tmp_path}/arguments\n'
    arguments = ("flash", folder, "--board", NAME, "--method", method)
    good = fake_program(tmp_path / "good", program, record + success)
    assert parse_json(board(*arguments, "--json", env=good))["method"] == method
    told = (tmp_path / "arguments").read_text()
    assert ("0x8000000" in told) if method == "st-flash" else ("target/stm32f4x.cfg" in told)
    bad = fake_program(tmp_path / "bad", program, failure)
    assert_clean_error(board(*arguments, env=bad), 11, message, method)
    mute = fake_program(tmp_path / "mute", program, "exit 0")
    assert_clean_error(board(*arguments, env=mute), 11, "did not flash")


def test_flash_by_a_probe_asks_for_its_package(folder: Path) -> None:
    if "pyocd" in sys.modules or __import__("importlib.util").util.find_spec("pyocd"):
        pytest.skip("pyOCD is installed")
    result = board("flash", folder, "--board", NAME, "--method", "pyocd")
    assert_clean_error(result, 8, "pyOCD is not installed", install_command("probe"))


ERRORS = {
    "unknown board": (["classify", "x.png", "--board", "nonesuch", "--port", "/dev/x"], 2),
    "no port": (["classify", "x.png", "--board", NAME], 2),
    "there is no firmware": (["bench", "{signs}", "--board", "microbit", "--port", "emulated"], 2),
    "nothing here emulates": (
        ["bench", "{folder}", "--board", "nucleo-f446re", "--port", "emulated"],
        2,
    ),
    "cannot be opened": (["bench", "{folder}", "--board", NAME, "--port", "/dev/ttyNONE"], 10),
    "has no firmware of its own": (["classify", "x", "--board", NAME, "--port", "emulated"], 2),
    "cannot be flashed by": (["flash", "{folder}", "--board", NAME, "--method", "magic"], 2),
    "needs a serial port": (["flash", "{folder}", "--board", NAME, "--method", "bootloader"], 2),
    "gdb needs a server": (["flash", "{folder}", "--board", NAME, "--method", "gdb"], 2),
}


@pytest.mark.parametrize("words", ERRORS)
def test_a_wrong_request_ends_in_one_message(words: str, folder: Path) -> None:
    arguments, code = ERRORS[words]
    places = {"{folder}": str(folder), "{signs}": str(folder)}
    result = board(*(places.get(argument, argument) for argument in arguments))
    assert_clean_error(result, code, "" if words == "no port" else words)


def test_a_board_with_another_model_is_named(folder: Path, tmp_path: Path) -> None:
    mnist = MODELS / "mnist"
    generate_code(mnist / "model.h5", tmp_path / "mnist", "cortex-m4")
    arguments = ("verify", mnist / "model.h5", tmp_path / "mnist", "--data", mnist / "samples")
    with running(NAME) as (emulated, device):
        device.link.close()
        result = board(*arguments, "--board", NAME, "--port", emulated.url)
    assert_clean_error(result, 10, "holds another model", "SHA-256", "cbcnn-board flash")


def test_another_board_is_named(folder: Path) -> None:
    with run_fake(FakeBoard()) as url:
        result = board("bench", folder, "--board", NAME, "--port", url)
    assert_clean_error(result, 10, "another board answers", "fake", NAME)


def test_monitor_shows_what_the_board_says() -> None:
    with run_fake(FakeBoard(greets_after=0.5)) as url:
        result = board("monitor", "--port", url, "--seconds", "3")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "started  by power or reset pin\n"


@pytest.fixture
def kept(folder: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`cbcnn-board emulate --blank`, and where its ports are."""
    program = subprocess.Popen(
        command_line("cbcnn-board", "emulate", "--board", NAME, "--blank"),
        stdout=subprocess.PIPE,
        text=True,
        env=environment(PYTHONUNBUFFERED="1"),
    )
    assert program.stdout is not None
    with program.stdout:
        ports = {}
        for _ in range(2):
            name, port = program.stdout.readline().split()
            ports[name] = port
        yield program, ports
        program.send_signal(signal.SIGTERM)
        program.wait(20)


def test_an_emulated_board_is_kept_flashed_from_outside_and_asked(
    kept: tuple[subprocess.Popen[str], dict[str, str]], folder: Path
) -> None:
    program, ports = kept
    flashed = board("flash", folder, "--board", NAME, "--gdb", ports["gdb"])
    assert flashed.returncode == 0, flashed.stderr
    picture = SAMPLES / "00_00000.png"
    asked = board("classify", picture, "--board", NAME, "--port", ports["serial"])
    assert "speed limit 30" in asked.stdout, asked.stderr
    assert "instructions" in asked.stdout
    (emulator,) = child_processes(program.pid)
    program.send_signal(signal.SIGTERM)
    assert program.wait(20) == 143
    assert not is_running(emulator)


def test_an_interrupted_command_leaves_no_emulator_behind(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "many.npz"
    np.savez(data, images=np.zeros((3000, 32, 32, 1), np.int8), labels=np.zeros(3000, np.int64))
    arguments = ("verify", MODEL, folder, "--board", NAME, "--port", "emulated", "--data", data)
    program = subprocess.Popen(
        command_line("cbcnn-board", *arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    for _ in range(400):
        if children := child_processes(program.pid):
            break
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(program.pid, signal.SIGINT)
    _, messages = program.communicate(timeout=20)
    assert (program.returncode, messages) == (130, "interrupted\n")
    assert not any(map(is_running, children))
