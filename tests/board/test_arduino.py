"""Arduino boards, run in simavr with their memory and no byte more, over their serial line."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

import pytest

from cbcnn_codegen.board.build import build_firmware
from cbcnn_codegen.board.capacity import estimate_need
from cbcnn_codegen.board.counts import unit_of
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.board.protocol import Command, Format, Status, StatusError
from cbcnn_codegen.boards import find_board, load_board
from cbcnn_codegen.errors import DoesNotFitError, UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.verify.data import load_samples
from support.commands import ROOT, assert_clean_error, fake_program, parse_json, run
from support.complete import COMPLETE
from support.generated import generate_code, read_graphs
from support.tiny_boards import build, prove, running, tiny_model, tiny_samples
from support.tools import require_tool

MODELS = ROOT / "examples" / "models"
UNO, MEGA = "arduino-uno", "arduino-mega"


@pytest.fixture(autouse=True)
def tools() -> None:
    require_tool("avr-gcc", "gcc-avr")


def test_mnist_on_an_arduino_uno() -> None:
    """All of it in 32 KB and 2 KB; in CI `make demo-uno` runs it: tests/cli/test_readme.py."""
    model = MODELS / "mnist-small"
    _, firmware = build(UNO, model / "model.h5")
    assert firmware.flash_bytes < 31_500
    assert firmware.ram_bytes <= 2_048
    if COMPLETE:
        samples = load_samples(model / "samples", read_graphs(model / "model.h5")[1], 4)
        prove(UNO, model / "model.h5", samples, 1)


def test_the_large_network_on_an_arduino_mega() -> None:
    """Every layer of one image and the stack, in the complete run; CI builds it."""
    model = MODELS / "mnist"
    _, firmware = build(MEGA, model / "model.h5")
    assert firmware.flash_bytes < 90_000
    assert firmware.ram_bytes < 6_000
    if COMPLETE:
        samples = load_samples(model / "samples", read_graphs(model / "model.h5")[1], 1)
        prove(MEGA, model / "model.h5", samples, 1)


@pytest.mark.parametrize("name", [UNO, MEGA])
def test_every_layer_of_a_small_network(name: str) -> None:
    device = prove(name, tiny_model(), tiny_samples(3), 3)
    assert device.info.spends_image == (name == UNO)
    unit = unit_of(device.info, find_board(name), emulated=True)
    assert unit is not None
    assert (unit.name, unit.hz) == ("cycles", 16_000_000)


def test_a_run_that_spends_the_image_says_so_and_the_computer_sends_it_again() -> None:
    samples = tiny_samples(2)
    image = samples.planes[0]
    with running(UNO, tiny_model()) as device:
        first = device.classify(image, Format.PLANE)
        head = device._model + struct.pack("<IBx", first.image_crc, 0)
        with pytest.raises(StatusError) as refused:
            device.link.request(Command.LAYER, head + struct.pack("<HI", 100, 0))
        assert refused.value.status == Status.WRONG_IMAGE
        assert device.plane(first.image_crc) == image.tobytes()
        assert len(device.layer(0, first.image_crc)) > 0
        rows = device.bench(3)
        assert rows.shape == (3, device.info.layers + 1)
        assert len({tuple(row) for row in rows[:, 1:]}) == 1, "the same image each time"
        again = device.classify(image, Format.PLANE)
        assert (again.answer, again.scores.tolist()) == (first.answer, first.scores.tolist())
        assert zlib.crc32(image.tobytes()) == again.image_crc


def test_a_link_with_one_buffer_lets_a_request_wait_while_the_network_runs() -> None:
    image = tiny_samples(1).planes[0]
    with running(UNO, tiny_model()) as device:
        crc = device.classify(image, Format.PLANE).image_crc
        device._restore_image()
        classify = Packet(Command.CLASSIFY, 7, device._model + struct.pack("<I", crc))
        stack = Packet(Command.STACK, 8, b"\0")
        device.link._write(classify.encode() + stack.encode())
        answers = [device.link._next(time.monotonic() + 10) for _ in range(2)]
    found = [answer and (answer.request_id, answer.status) for answer in answers]
    assert found == [(7, Status.OK), (8, Status.OK)]


def test_a_reset_by_the_watchdog_is_told_as_one_that_was_asked_for() -> None:
    with running(MEGA, tiny_model()) as device:
        device.reset()
        again = Device(device.link)
        assert (again.info.start_reason, again.info.last_fault) == (1, 0)
        answer = again.classify(tiny_samples(1).planes[0], Format.PLANE)
        assert answer.ticks > 1000


# --- refusals -------------------------------------------------------------------------------------


def test_a_network_that_leaves_no_room_for_the_stack_is_refused(tmp_path: Path) -> None:
    model = MODELS / "mnist-small" / "model.h5"
    project = generate_code(model, tmp_path, "atmega328p", measure=True, name="net")
    assert project.image_in_arena is None, "another mode keeps the image apart"
    with pytest.raises(DoesNotFitError, match="RAM"):
        build_firmware(tmp_path, find_board(UNO))


def test_names_that_do_not_fit_into_a_packet_are_refused(tmp_path: Path) -> None:
    generate_code(tiny_model(), tmp_path, "atmega328p", optimize="ram", name="n" * 24)
    own = tmp_path / "an-arduino-uno-of-mine.toml"
    own.write_bytes(firmware_path("boards", f"{UNO}.toml").read_bytes())
    with pytest.raises(UsageError, match="too long for the packets") as caught:
        build_firmware(tmp_path, load_board(own))
    assert "--name" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("payload = 128", "payload = 100", "from 128"),
        ("buffers = 1", "buffers = 3", "from 1 to 2"),
        ("ring = 32", "ring = 48", "link.ring"),
        ("image_in_arena = true", "image_in_arena = 1", "true or false"),
        ('program = "simavr"', 'program = "proteus"', "emulator.program"),
        ('part = "m328p", ', "", "no 'part'"),
    ],
)
def test_a_wrong_link_or_emulator_is_told(old: str, new: str, words: str, tmp_path: Path) -> None:
    text = firmware_path("boards", f"{UNO}.toml").read_text(encoding="utf-8")
    assert old in text
    own = tmp_path / "own.toml"
    own.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_board(own)
    assert words in str(caught.value)


def test_an_emulated_arduino_is_not_flashed_and_never_blank() -> None:
    project, _ = build(UNO, tiny_model())
    arguments = ("--board", UNO)
    refused = run("cbcnn-board", "flash", project.folder, *arguments, "--port", "emulated")
    assert_clean_error(refused, 2, "cannot be flashed", "--port emulated")
    refused = run("cbcnn-board", "emulate", *arguments, "--blank")
    assert_clean_error(refused, 2, "cannot be blank")


def test_avrdude_writes_an_arduino(tmp_path: Path) -> None:
    project, firmware = build(UNO, tiny_model())
    flash = ("flash", project.folder, "--board", UNO)
    script = f'echo "$@" > {tmp_path}/arguments\necho "avrdude: 29802 bytes of flash verified"'
    good = fake_program(tmp_path / "good", "avrdude", script)
    result = run("cbcnn-board", *flash, "--port", "/dev/ttyACM0", "--json", env=good)
    assert parse_json(result)["method"] == "avrdude"
    told = (tmp_path / "arguments").read_text()
    assert "-p m328p -c arduino -b 115200 -P /dev/ttyACM0 -D" in told
    assert f"flash:w:{firmware.hex}:i" in told
    failure = "echo 'avrdude: stk500_getsync() attempt 10 of 10: not in sync: resp=0x00'; exit 1"
    bad = fake_program(tmp_path / "bad", "avrdude", failure)
    refused = run("cbcnn-board", *flash, "--port", "/dev/ttyACM0", env=bad)
    assert_clean_error(refused, 11, "no bootloader answers", "--board")
    assert_clean_error(run("cbcnn-board", *flash), 8, "apt-get install avrdude", "--port PORT")
    assert_clean_error(run("cbcnn-board", *flash, "--method", "gdb"), 2, "cannot be flashed by gdb")


@pytest.mark.parametrize("mode", ["ram", "size", "balanced", "speed"])
def test_the_linker_never_needs_more_than_was_estimated(mode: Optimize, tmp_path: Path) -> None:
    board = find_board(MEGA)
    project = generate_code(
        tiny_model(), tmp_path, board.target, optimize=mode, measure=True, name="net"
    )
    need = estimate_need(project, board, 0)
    firmware = build_firmware(tmp_path, board)
    assert firmware.flash_bytes <= need.flash_bytes < firmware.flash_bytes + 4_000
    assert firmware.ram_bytes <= need.ram_bytes < firmware.ram_bytes + 100
