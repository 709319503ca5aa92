"""The firmware examples: built for every board without a warning, run on every emulated one."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cbcnn_codegen.board.build import Firmware, build_firmware
from cbcnn_codegen.board.capacity import estimate_need, firmware_core
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators import EmulatedBoard, emulator_of
from cbcnn_codegen.board.emulators.qemu import Machine, QemuBoard
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.board.golden import Golden, encode_scores
from cbcnn_codegen.board.link import Link
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.board.protocol import Format
from cbcnn_codegen.boards import Board, find_board, known_boards
from cbcnn_codegen.verify.data import load_samples
from cbcnn_codegen.verify.expect import expect_reference
from support.commands import SIGNS
from support.complete import COMPLETE
from support.emulated_boards import QUICK, lowered, require_emulator
from support.firmware_builds import (
    GOLDEN_IMAGES,
    code_for,
    expect_camera,
    golden_images,
    program,
)
from support.tools import require_tool

NAMES = ("classify", "self-test", "camera")
PICTURE_BYTES, LINE_BYTES = 96 * 72 * 2, 640 * 2
"""The camera's stored picture and a line of its frame, which the estimate does not know."""

SLACK_BYTES = 4096
BOARDS = [board for board in known_boards() if firmware_core(board).family == "cortex_m"]
FIRST = {board.target: board.name for board in reversed(BOARDS)}
"""A board for each core, which gets all examples; the others take turns in CI."""


@pytest.fixture(autouse=True)
def tools() -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")


def build(board: Board, example: str, golden: tuple[Golden, ...] | None = None) -> Firmware:
    images = golden_images(board.target) if golden is None else golden
    options = FirmwareOptions(golden=images, main=program(example))
    code = code_for(board.target, camera=example == "camera")
    return build_firmware(code.folder, board, options)


@contextlib.contextmanager
def told(firmware: Firmware, texts: list[str], machine: Machine | None = None) -> Iterator[Device]:
    """The board with this firmware, or another machine with it, and what it says for people."""
    started: EmulatedBoard = (
        emulator_of(firmware.board).start(firmware.board, firmware.elf)
        if machine is None
        else QemuBoard.start(machine, firmware.elf)
    )
    with (
        started as emulated,
        contextlib.closing(
            Link(open_port(emulated.url), emulated.url, QUICK, texts.append)
        ) as link,
    ):
        emulated.wait_for_client()
        emulated.run()
        link.wait_for_hello()
        yield Device(link)


def wait_for_text(device: Device, texts: list[str]) -> str:
    """The first line that the board says; asking it makes us listen."""
    limit = time.monotonic() + 30
    while not texts and time.monotonic() < limit:
        device.class_name(0)
    return texts[0]


@pytest.mark.parametrize("place", range(len(BOARDS)), ids=lambda place: BOARDS[place].name)
def test_every_example_builds_for_every_board_and_runs_where_it_can(place: int) -> None:
    board = BOARDS[place]
    takes_all = COMPLETE or FIRST[board.target] == board.name
    for example in NAMES if takes_all else (NAMES[place % len(NAMES)],):
        firmware = build(board, example)
        check_estimate(firmware, is_camera=example == "camera")
        if board.emulator is not None:
            require_emulator()
            RUN[example](firmware)


def check_estimate(firmware: Firmware, *, is_camera: bool) -> None:
    """What a user was told before the build is never too little, and not much too much."""
    board = firmware.board
    need = estimate_need(code_for(board.target, camera=is_camera), board, GOLDEN_IMAGES)
    program_bytes, line_bytes = (PICTURE_BYTES + 512, LINE_BYTES) if is_camera else (512, 0)
    assert need.flash_bytes - SLACK_BYTES < firmware.flash_bytes
    assert firmware.flash_bytes <= need.flash_bytes + program_bytes
    assert need.ram_bytes - 1024 < firmware.ram_bytes <= need.ram_bytes + line_bytes
    assert firmware.binary.stat().st_size == firmware.flash_bytes


def run_classify(firmware: Firmware) -> None:
    texts: list[str] = []
    samples = load_samples(SIGNS / "samples", lowered(), 2)
    classes = expect_reference(lowered(), samples.planes, traced=False).classes
    with told(firmware, texts) as device:
        for image in samples.images:
            device.classify(image, Format.RGB888)
        device.class_name(0)
    names = [f"class {c}: {lowered().class_names[c]}" for c in classes]
    assert texts == names


def run_self_test(firmware: Firmware) -> None:
    texts: list[str] = []
    with told(firmware, texts) as device:
        line = wait_for_text(device, texts)
    assert line == "self-test passed: 3 of 3 golden images, class and scores"


def run_camera(firmware: Firmware) -> None:
    texts: list[str] = []
    answer, scores = expect_camera(lowered())
    code = code_for(firmware.board.target, camera=True)
    crc = zlib.crc32(encode_scores(scores, code).tobytes())
    with told(firmware, texts) as device:
        line = wait_for_text(device, texts)
    assert line == f"camera: class {answer}, {lowered().class_names[answer]}; scores {crc:08x}"


RELATIVES = {
    "nucleo-f446re": Machine("netduinoplus2", serial=1),
    "stm32f4discovery": Machine("netduinoplus2", serial=1),
    "nucleo-f103rb": Machine("stm32vldiscovery", serial=1),
    "bluepill": Machine("stm32vldiscovery", serial=0),
}
"""Chips that no machine of QEMU is, and one with the same core, memory map and UART."""


@pytest.mark.parametrize("name", RELATIVES)
def test_firmware_that_is_only_built_runs_on_an_emulated_relative(name: str) -> None:
    require_emulator()
    samples = load_samples(SIGNS / "samples", lowered(), 1)
    expected = expect_reference(lowered(), samples.planes, traced=False)
    texts: list[str] = []
    with told(build(find_board(name), "self-test"), texts, RELATIVES[name]) as device:
        line = wait_for_text(device, texts)
        answer = device.classify(samples.images[0], Format.RGB888)
        assert device.info.board == name
    assert line == "self-test passed: 3 of 3 golden images, class and scores"
    assert answer.answer == expected.classes[0]


RUN = {"classify": run_classify, "self-test": run_self_test, "camera": run_camera}


def test_a_self_test_that_fails_says_so() -> None:
    require_emulator()
    board = find_board("netduinoplus2")
    good = golden_images(board.target)
    wrong = dataclasses.replace(good[1], scores_crc=good[1].scores_crc ^ 1)
    texts: list[str] = []
    with told(build(board, "self-test", (good[0], wrong, good[2])), texts) as device:
        line = wait_for_text(device, texts)
        result = device.self_test()
    expected = good[1].class_index
    assert line == (
        "self-test FAILED: 2 of 3 golden images, class and scores; "
        f"image 1: class {expected}, not {expected}"
    )
    assert (result.run, result.passed, result.failing) == (3, 2, 1)


def test_no_example_needs_what_a_small_chip_does_not_have() -> None:
    """No heap and no stdio come along, not even unused."""
    firmware = build(find_board("stm32vldiscovery"), "camera")
    symbols = (firmware.folder / "firmware.map").read_text(encoding="utf-8")
    linked = symbols.split("Linker script and memory map")[1]
    for name in ("malloc", "_sbrk", "printf", "__aeabi_dadd", "_exit"):
        assert f" {name}\n" not in linked
    assert " link_poll\n" in linked


def test_the_picture_of_the_camera_is_what_its_script_makes(tmp_path: Path) -> None:
    import subprocess
    import sys

    from support.firmware_builds import EXAMPLES

    script = EXAMPLES / "camera" / "make_picture.py"
    image = SIGNS / "samples" / "03_00003.png"
    made = subprocess.run(
        [sys.executable, script, image], capture_output=True, check=True, cwd=tmp_path
    )
    assert made.stdout == (EXAMPLES / "camera" / "stored_picture.c").read_bytes()
