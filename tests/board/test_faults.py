"""Faults of line, computer and board, on the real firmware in the emulator.

After each of them the same board, without having been switched off, classifies rightly.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators.qemu import QemuBoard
from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.board.link import Link, Patience
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.board.protocol import (
    Command,
    Event,
    FaultError,
    Format,
    RestartedError,
    SilenceError,
    Status,
    StatusError,
)
from cbcnn_codegen.errors import BoardError
from cbcnn_codegen.verify.data import Samples, load_samples
from cbcnn_codegen.verify.expect import expect_reference
from support.commands import SIGNS, environment
from support.emulated_boards import QUICK, lowered, running

BOARD = "netduinoplus2"


@pytest.fixture(scope="module")
def samples() -> Samples:
    return load_samples(SIGNS / "samples", lowered(), 8)


@pytest.fixture(scope="module")
def classes(samples: Samples) -> list[int]:
    return [int(c) for c in expect_reference(lowered(), samples.planes, traced=False).classes]


@pytest.fixture(scope="module")
def board() -> Iterator[tuple[QemuBoard, Device]]:
    with running(BOARD) as pair:
        yield pair


@pytest.fixture
def device(
    board: tuple[QemuBoard, Device], samples: Samples, classes: list[int]
) -> Iterator[Device]:
    """The board; after the test it must still be right, without having been switched off."""
    yield board[1]
    assert_right(board[1], samples, classes, 2)


def assert_right(device: Device, samples: Samples, classes: list[int], count: int) -> None:
    for image in range(count):
        answer = device.classify(samples.planes[image], Format.PLANE)
        assert answer.answer == classes[image]


def send(device: Device, data: bytes) -> list[Packet]:
    """Send bytes, then ask `info`, and give everything that came before its answer."""
    link = device.link
    link._write(data)
    fence = link.send(Command.INFO)
    packets: list[Packet] = []
    for _ in range(500):
        packet = link._next(time.monotonic() + 10)
        assert packet is not None, "the board fell silent"
        if packet.request_id == fence and packet.command == Command.INFO + 0x80:
            return packets
        packets.append(packet)
    raise AssertionError("no end")


def notices(packets: list[Packet]) -> list[int]:
    return [packet.status for packet in packets if packet.command == Event.NOTICE]


def classify_request(device: Device, samples: Samples) -> Packet:
    """A request that is right: the image is there."""
    data = samples.planes[0].tobytes()
    device._send_image(data, Format.PLANE)
    payload = device.info.model_sha256[:4] + struct.pack("<I", zlib.crc32(data))
    return Packet(Command.CLASSIFY, 0x5A5A, payload)


def test_a_right_frame_is_answered(device: Device, samples: Samples) -> None:
    (answer,) = send(device, classify_request(device, samples).encode())
    assert (answer.command, answer.request_id, answer.status) == (0x83, 0x5A5A, Status.OK)


def test_no_single_bit_error_of_a_request_is_carried_out(device: Device, samples: Samples) -> None:
    frame = classify_request(device, samples).encode()
    for start in range(0, len(frame) * 8, 32):
        batch = b""
        for bit in range(start, min(start + 32, len(frame) * 8)):
            damaged = bytearray(frame)
            damaged[bit // 8] ^= 1 << bit % 8
            batch += bytes(damaged) + b"\0"
        packets = send(device, batch)
        assert {packet.command for packet in packets} == {Event.NOTICE}
        assert set(notices(packets)) <= {Status.BAD_FRAME, Status.BAD_CRC, Status.TOO_LONG}
        assert len(packets) >= 32 if start + 32 <= len(frame) * 8 else packets


def test_no_single_bit_error_of_an_image_is_kept(device: Device, samples: Samples) -> None:
    data = samples.planes[0].tobytes()
    part = struct.pack("<B3xI", Format.PLANE, 0) + data[:16]
    frame = Packet(Command.IMAGE, 7, part).encode()
    device._send_image(data, Format.PLANE)
    for bit in range(0, len(frame) * 8, 3):
        damaged = bytearray(frame)
        damaged[bit // 8] ^= 1 << bit % 8
        assert {p.command for p in send(device, bytes(damaged) + b"\0")} <= {Event.NOTICE}
    payload = device.info.model_sha256[:4] + struct.pack("<I", zlib.crc32(data))
    assert device.link.request(Command.CLASSIFY, payload).status == Status.OK


def test_noise_before_a_frame_is_passed_over(device: Device) -> None:
    noise = np.random.default_rng(3).bytes(1000)  # less than the longest frame
    packets = send(device, noise + b"\0" + Packet(Command.INFO, 0x1111).encode())
    assert packets[-1].request_id == 0x1111
    assert notices(packets)


def test_noise_inside_a_frame_is_noticed(device: Device) -> None:
    frame = Packet(Command.INFO, 0x1111).encode()
    packets = send(device, frame[:5] + b"\x55\xaa\x33" + frame[5:])
    assert notices(packets)
    assert len(packets) == len(notices(packets))


def test_every_truncated_frame_is_noticed(device: Device, samples: Samples) -> None:
    frame = classify_request(device, samples).encode()
    packets = send(device, b"".join(frame[:size] + b"\0" for size in range(1, len(frame) - 1)))
    assert len(notices(packets)) == len(packets) == len(frame) - 2


def test_a_wrong_crc_is_named(device: Device) -> None:
    from cobs import cobs

    body = bytearray(cobs.decode(Packet(Command.INFO, 0x1111).encode()[:-1]))
    body[-1] ^= 0x80
    assert notices(send(device, cobs.encode(bytes(body)) + b"\0")) == [Status.BAD_CRC]


@pytest.mark.parametrize("length", [1, 8, 0x7FFF, 0xFFFF])
def test_a_length_that_is_not_the_frames_is_named(device: Device, length: int) -> None:
    from cobs import cobs

    body = struct.pack("<BBHHBB", 1, Command.INFO, 0x1111, length, 0, 0)
    frame = cobs.encode(body + struct.pack("<I", zlib.crc32(body))) + b"\0"
    assert notices(send(device, frame)) == [Status.BAD_FRAME]


@pytest.mark.parametrize("size", [1200, 5000, 20_000])
def test_a_frame_that_is_too_long_is_named(device: Device, size: int) -> None:
    assert notices(send(device, b"\x11" * size + b"\0")) == [Status.TOO_LONG]


def test_an_unknown_command_is_named(device: Device) -> None:
    with pytest.raises(StatusError, match="unknown command"):
        device.link.request(0x1F)


def test_a_request_of_the_wrong_size_is_named(device: Device) -> None:
    with pytest.raises(StatusError, match="wrong size"):
        device.link.request(Command.CLASSIFY, b"\1\2\3")


def test_another_version_is_answered_with_the_versions(device: Device) -> None:
    (answer,) = send(device, Packet(Command.INFO, 0x1111, version=9).encode())
    assert (answer.status, answer.payload) == (Status.WRONG_VERSION, b"\1\1")


def test_another_model_is_named_and_not_run(device: Device, samples: Samples) -> None:
    data = samples.planes[0].tobytes()
    device._send_image(data, Format.PLANE)
    payload = b"\xde\xad\xbe\xef" + struct.pack("<I", zlib.crc32(data))
    with pytest.raises(StatusError, match="wrong model") as caught:
        device.link.request(Command.CLASSIFY, payload)
    assert caught.value.payload == device.info.model_sha256


def test_an_image_with_a_hole_is_not_classified(device: Device, samples: Samples) -> None:
    data = samples.planes[0].tobytes()
    half = len(data) // 2
    link = device.link
    link.request(Command.IMAGE, struct.pack("<B3xI", Format.PLANE, 0) + data[:half])
    payload = device.info.model_sha256[:4] + struct.pack("<I", zlib.crc32(data))
    with pytest.raises(StatusError, match="wrong image"):
        link.request(Command.CLASSIFY, payload)
    with pytest.raises(StatusError, match="wrong offset"):
        link.request(
            Command.IMAGE, struct.pack("<B3xI", Format.PLANE, half + 16) + data[half + 16 :]
        )


def test_a_stale_answer_is_dropped(device: Device, samples: Samples, classes: list[int]) -> None:
    """The answer to an earlier request still is on the line when the next is asked."""
    link = device.link
    link._write(classify_request(device, samples).encode())
    link.send(Command.INFO)
    answer = device.classify(samples.planes[1], Format.PLANE)
    assert answer.answer == classes[1]


def test_requests_that_come_while_the_board_works_are_answered(
    device: Device, samples: Samples
) -> None:
    packets = send(device, classify_request(device, samples).encode() * 2)
    assert {packet.status for packet in packets} <= {Status.OK, Status.BUSY}
    assert packets[-1].request_id == 0x5A5A


def test_a_board_that_is_reset_during_a_transfer_gets_the_image_again(
    board: tuple[QemuBoard, Device], samples: Samples, classes: list[int]
) -> None:
    emulated, device = board
    request, left = device.link.request, [2]

    def reset_once(command: int, *rest: object) -> Packet:
        if command == Command.IMAGE:
            left[0] -= 1
            if left[0] == 0:
                emulated.reset()
        return request(command, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device.link, "request", reset_once)
        answer = device.classify(samples.images[3], Format.RGB888)
    assert left[0] < 0
    assert answer.answer == classes[3]


def test_a_board_that_is_reset_while_it_works_says_so(
    board: tuple[QemuBoard, Device], samples: Samples, classes: list[int]
) -> None:
    emulated, device = board
    link = device.link
    assert_right(device, samples, classes, 1)
    link.send(Command.BENCH, device.info.model_sha256[:4] + struct.pack("<HH", 20, 0))
    emulated.reset()
    with pytest.raises(RestartedError, match="restarted"):
        link.request(Command.STACK, b"\0")
    assert_right(device, samples, classes, 2)


def test_the_reset_command_restarts_the_board(device: Device) -> None:
    device.reset()
    assert Device(device.link).info.start_reason == 1


def test_a_program_that_is_killed_in_the_middle_of_a_frame_leaves_nothing_behind(
    samples: Samples, classes: list[int]
) -> None:
    with running(BOARD) as (emulated, first):
        request = first.link
        request.close()
        code = (
            "import serial, sys, time\n"
            f"line = serial.serial_for_url({emulated.url!r})\n"
            "line.write(bytes([0, 9, 1, 2, 7, 7, 7, 7, 7])); print('sent', flush=True)\n"
            "time.sleep(60)"
        )
        program = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment()
        )
        assert program.stdout is not None
        with program.stdout:
            program.stdout.readline()
        program.send_signal(signal.SIGKILL)
        program.wait()
        with contextlib.closing(Link(open_port(emulated.url), emulated.url, QUICK)) as link:
            link.synchronise()
            assert_right(Device(link), samples, classes, 2)


def test_two_programs_at_once_do_not_mix(samples: Samples, classes: list[int]) -> None:
    with running(BOARD) as (emulated, device):
        quick = type(QUICK)(answer=0.3, notice=0.1, silence=0.02)
        with contextlib.closing(Link(open_port(emulated.url), emulated.url, quick)) as second:
            second.synchronise()
            with pytest.raises(SilenceError, match="free of other programs"):
                Device(second)
            assert_right(device, samples, classes, 2)


# pyserial drops the socket without closing it when the other side is gone already.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_unplugged_board_is_named(samples: Samples, classes: list[int]) -> None:
    with running(BOARD) as (emulated, device):
        os.kill(emulated.process_id, signal.SIGKILL)
        with pytest.raises(BoardError, match=r"(?s)connection to socket://.* broke.*unplugged"):
            assert_right(device, samples, classes, 1)


class NoisyPort:
    """A port that turns a bit of one byte in so many, in both directions."""

    def __init__(self, port: Any, one_in: int, seed: int) -> None:
        self._port, self._one_in = port, one_in
        self._random = np.random.default_rng(seed)
        self.turned = 0

    @property
    def in_waiting(self) -> int:
        return int(self._port.in_waiting)

    def _disturb(self, data: bytes) -> bytes:
        changed = np.frombuffer(data, np.uint8).copy()
        hit = self._random.integers(0, self._one_in, len(changed)) == 0
        changed[hit] ^= (
            np.uint8(1) << self._random.integers(0, 8, len(changed)).astype(np.uint8)[hit]
        )
        self.turned += int(hit.sum())
        return changed.tobytes()

    def read(self, size: int) -> bytes:
        return self._disturb(self._port.read(size))

    def write(self, data: bytes) -> None:
        self._port.write(self._disturb(data))

    def close(self) -> None:
        self._port.close()


def test_no_class_is_wrong_on_a_line_that_turns_bits(samples: Samples, classes: list[int]) -> None:
    """Every answer is right or an error, and most are right; on a clean line all are again."""
    patience = Patience(answer=0.5, compute=1.0, notice=0.05)
    with running(BOARD, patience) as (_, device):
        port = device.link._port
        noisy = NoisyPort(port, 2000, 1)
        device.link._port = noisy
        right = 0
        for turn in range(40):
            image = turn % len(classes)
            try:
                answer = device.classify(samples.planes[image], Format.PLANE)
            except BoardError:
                continue
            assert answer.answer == classes[image]
            right += 1
        assert noisy.turned > 20
        assert right >= 30
        device.link._port = port
        device.link.synchronise()
        assert_right(device, samples, classes, len(classes))


FAULTS = {
    1: ("fault", "undefined instruction"),
    2: ("fault", "address"),
    3: ("stack overflow", ""),
    4: ("stack overflow", ""),
}


@pytest.mark.parametrize("name", [BOARD, "microbit"])
@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_on_the_board_is_named_and_the_board_comes_back(
    what: int, name: str, samples: Samples, classes: list[int]
) -> None:
    with running(name) as (_, device):
        assert device.info.can_provoke
        with pytest.raises(FaultError) as caught:
            device.link.request(Command.PROVOKE, bytes([what]))
        # A Cortex-M0 knows one kind of fault and keeps no cause.
        words = FAULTS[what] if name == BOARD or what > 2 else ("hard fault",)
        for word in words:
            assert word in str(caught.value), caught.value
        assert_right(device, samples, classes, 2)
        again = Device(device.link).info
        assert (again.start_reason, again.last_fault != 0) == (2, True)
