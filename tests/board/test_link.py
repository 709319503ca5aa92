"""The computer's side of the link against a board that misbehaves in every way."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import serial
from numpy.typing import NDArray

from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.board.link import Link
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.board.protocol import (
    FaultError,
    Format,
    RestartedError,
    SilenceError,
    StatusError,
)
from cbcnn_codegen.errors import BoardError
from support.fake_board import (
    CLASSES,
    IMAGE_BYTES,
    QUICK,
    FakeBoard,
    Reply,
    hello,
    linked,
    notice,
    run_fake,
    scores_of,
    serve_client,
)
from support.network_port import serve_rfc2217

PATIENT = replace(QUICK, work=60.0)
"""For boards that come to an end: on a loaded computer all takes longer, which is no failure."""


def picture(seed: int) -> NDArray[Any]:
    return np.random.default_rng(seed).integers(0, 256, IMAGE_BYTES).astype(np.uint8)


def classify_right(link: Link, seeds: int = 3) -> None:
    device = Device(link)
    for seed in range(seeds):
        image = picture(seed)
        answer = device.classify(image, Format.PLANE)
        expected = scores_of(image.tobytes())
        assert (answer.scores == expected).all()
        assert answer.answer == int(expected.argmax())


def test_images_are_classified() -> None:
    with linked(FakeBoard()) as link:
        classify_right(link)
        assert Device(link).info.scores == CLASSES


def test_every_request_has_an_id_of_its_own() -> None:
    board = FakeBoard()
    with linked(board) as link:
        classify_right(link)
    ids = [request_id for _, request_id in board.requests]
    assert len(set(ids)) == len(ids)
    assert 0 not in ids


class Once:
    """Does something to the answer of the n-th request of a kind, and only then."""

    def __init__(self, command: int, change, nth: int = 1) -> None:  # type: ignore[no-untyped-def]
        self.command, self.change, self.left = command, change, nth

    def __call__(self, request: Packet, frames: Reply) -> Reply:
        if request.command != self.command:
            return frames
        self.left -= 1
        return list(self.change(request, frames)) if self.left == 0 else frames


def flip(frame: bytes) -> bytes:
    return frame[:5] + bytes([frame[5] ^ 1]) + frame[6:]


DISTURBANCES = {
    "noise before": lambda _r, f: [bytes([1, 2, 3, 0, 7, 7, 7, 0]), *f],
    "noise that runs into the frame": lambda _r, f: [bytes([1, 2, 3]), *f],
    "noise inside": lambda _r, f: [f[0][:6] + b"\x55\xaa" + f[0][6:]],
    "truncated": lambda _r, f: [f[0][:-4]],
    "truncated and ended": lambda _r, f: [f[0][:-4] + b"\0"],
    "no answer": lambda _r, _f: [],
    "changed bit": lambda _r, f: [flip(f[0])],
    "the request was damaged": lambda _r, _f: [notice(2)],
    "the request was overrun": lambda _r, _f: [notice(13)],
    "notice, then the answer all the same": lambda _r, f: [notice(1), *f],
    "twice": lambda _r, f: [*f, *f],
    "a greeting from before": lambda _r, f: [*f, hello()],
}


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbed_answer_is_made_good(name: str) -> None:
    board = FakeBoard()
    with linked(board) as link:
        for command in (1, 2, 3, 4):
            board.twist = Once(command, DISTURBANCES[name])
            try:
                classify_right(link, 1)
            except RestartedError:
                # `info` does not hide that the board restarted; the link works on.
                assert name == "a greeting from before"
                classify_right(link, 1)
            assert board.twist.left <= 0


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next() -> None:
    late: list[bytes] = []

    def delay(request: Packet, frames: Reply) -> Reply:
        """Every other answer to classify comes only with the next request's."""
        if request.command != 3:
            return frames
        if not late:
            late.extend(frames)
            return []
        return [late.pop(), *frames]

    with linked(FakeBoard(twist=delay)) as link:
        classify_right(link, 6)


def test_an_answer_with_another_id_is_never_taken() -> None:
    def renumber(request: Packet, frames: Reply) -> Reply:
        if request.command != 3:
            return frames
        payload = struct.pack("<HxxIII", 4, 1, 2, 3)
        return [Packet(0x83, (request.request_id + 0x4000) % 0x10000, payload).encode()]

    with linked(FakeBoard(twist=renumber)) as link, pytest.raises(SilenceError):
        classify_right(link)


def test_an_answer_to_another_command_is_never_taken() -> None:
    def recommand(request: Packet, frames: Reply) -> Reply:
        return [Packet(0x84, request.request_id, bytes(16)).encode()]

    with linked(FakeBoard(twist=recommand)) as link, pytest.raises(SilenceError):
        Device(link)


def test_a_class_that_is_not_the_largest_score_is_refused() -> None:
    def lie(request: Packet, frames: Reply) -> Reply:
        if request.command != 3:
            return frames
        crc = zlib.crc32(picture(0).tobytes())
        scores = scores_of(picture(0).tobytes())
        wrong = (int(scores.argmax()) + 1) % CLASSES
        payload = struct.pack("<HxxIII", wrong, 1, crc, zlib.crc32(scores.tobytes()))
        return [Packet(0x83, request.request_id, payload).encode()]

    with (
        linked(FakeBoard(twist=lie)) as link,
        pytest.raises(BoardError, match="that of its scores"),
    ):
        classify_right(link)


def test_scores_that_changed_in_the_board_are_refused() -> None:
    def alter(request: Packet, frames: Reply) -> Reply:
        if request.command != 4:
            return frames
        return [Packet(0x84, request.request_id, struct.pack("<I5i", 20, *range(5))).encode()]

    with linked(FakeBoard(twist=alter)) as link, pytest.raises(BoardError, match="changed"):
        classify_right(link)


def test_a_board_that_restarts_during_a_transfer_gets_the_image_again() -> None:
    board = FakeBoard()

    def restart(_request: Packet, _frames: Reply) -> Reply:
        board.restart()
        return [hello(0)]

    board.twist = Once(2, restart, nth=3)
    with linked(board) as link:
        classify_right(link)


def test_a_board_that_forgets_the_image_gets_it_again() -> None:
    board = FakeBoard()

    def forget(request: Packet, _frames: Reply) -> Reply:
        board.restart()
        return board.answer(request)

    board.twist = Once(3, forget)
    with linked(board) as link:
        classify_right(link)


def test_a_busy_board_is_asked_again() -> None:
    left = [30]

    def busy(request: Packet, frames: Reply) -> Reply:
        left[0] -= 1
        busy_frame = Packet(request.command + 0x80, request.request_id, b"", 8).encode()
        return frames if left[0] < 0 else [busy_frame]

    with linked(FakeBoard(twist=busy), PATIENT) as link:
        classify_right(link)


def test_a_board_that_needs_longer_than_the_computer_waits_is_waited_for() -> None:
    """It says that it is busy, and then gives the answer to the first attempt."""
    board = FakeBoard()
    waiting: list[tuple[float, Reply]] = []

    def compute(request: Packet, frames: Reply) -> Reply:
        sent: Reply = []
        if waiting and time.monotonic() >= waiting[0][0]:
            sent += waiting.pop()[1]
        if waiting:
            return [Packet(request.command + 0x80, request.request_id, b"", 8).encode()]
        if request.command != 3:
            return [*sent, *frames]
        waiting.append((time.monotonic() + 3 * QUICK.compute, frames))
        return sent

    board.twist = compute
    with linked(board, PATIENT) as link:
        classify_right(link, 2)


def test_a_board_that_stays_busy_is_reported() -> None:
    def busy(request: Packet, _frames: Reply) -> Reply:
        return [Packet(request.command + 0x80, request.request_id, b"", 8).encode()]

    with linked(FakeBoard(twist=busy)) as link, pytest.raises(StatusError, match="busy"):
        Device(link)


def test_another_version_is_named() -> None:
    with (
        linked(FakeBoard(version=3)) as link,
        pytest.raises(BoardError, match=r"(?s)another version.*version 3.*version 1"),
    ):
        Device(link)


def test_an_unknown_command_is_named() -> None:
    with linked(FakeBoard()) as link, pytest.raises(StatusError, match="unknown command"):
        link.request(0x1F)


def test_another_model_is_named() -> None:
    with linked(FakeBoard()) as link, pytest.raises(StatusError, match="wrong model"):
        link.request(3, b"\xff" * 8)


def test_a_fault_is_told_with_its_cause_and_the_link_goes_on() -> None:
    def fault(_request: Packet, _frames: Reply) -> Reply:
        registers = (0x0800_1234, 0x0800_1111, 0, 1 << 16, 0, 0, 0x2000_0F00)
        return [Packet(0xFD, 0, struct.pack("<B3x7I", 6, *registers)).encode(), hello(2, 6)]

    with linked(FakeBoard(twist=Once(3, fault))) as link:
        with pytest.raises(FaultError) as caught:
            classify_right(link)
        for word in ("usage fault", "undefined instruction", "pc 0x08001234"):
            assert word in str(caught.value)
        classify_right(link)


def test_a_silent_board_is_reported_with_what_to_check() -> None:
    board = FakeBoard(twist=lambda _r, _f: [])
    with linked(board) as link, pytest.raises(SilenceError, match=r"(?s)no board answers.*powered"):
        Device(link)
    assert len(board.requests) == 4


def test_what_the_board_reports_is_in_the_message() -> None:
    with (
        linked(FakeBoard(twist=lambda _r, _f: [notice(13)])) as link,
        pytest.raises(SilenceError, match="overrun"),
    ):
        Device(link)


def test_an_unplugged_board_is_reported() -> None:
    board = FakeBoard()

    def unplug(_request: Packet, _frames: Reply) -> Reply:
        raise OSError("unplugged")

    board.twist = Once(2, unplug)
    with linked(board) as link, pytest.raises(BoardError, match=r"connection to .* broke"):
        classify_right(link)


def test_a_program_that_died_in_the_middle_of_a_frame_leaves_nothing_behind() -> None:
    board = FakeBoard()
    with run_fake(board) as url:
        with contextlib.closing(serial.serial_for_url(url)) as line:
            line.write(Packet(2, 77, bytes(100)).encode()[:50])
        with contextlib.closing(Link(open_port(url), url, QUICK)) as link:
            link.synchronise()
            classify_right(link)


def test_a_second_program_gets_no_answer_and_disturbs_nothing() -> None:
    with run_fake(FakeBoard()) as url:
        with contextlib.closing(Link(open_port(url), url, QUICK)) as first:
            first.synchronise()
            with contextlib.closing(Link(open_port(url), url, QUICK)) as second:
                with pytest.raises(SilenceError, match="free of other programs"):
                    Device(second)
                classify_right(first)
        with contextlib.closing(Link(open_port(url), url, QUICK)) as third:
            third.synchronise()
            classify_right(third)


# pyserial's own client of RFC 2217.
@pytest.mark.filterwarnings("ignore:set:DeprecationWarning")
def test_a_board_behind_a_port_on_the_network_is_asked() -> None:
    board = FakeBoard()

    def start(line: socket.socket) -> None:
        threading.Thread(target=serve_client, args=(board, line), daemon=True).start()

    with serve_rfc2217(start) as (url, port):
        with contextlib.closing(Link(open_port(url, 57600), url, QUICK)) as link:
            link.synchronise()
            classify_right(link)
        assert (port.parity, port.baudrate) == (serial.PARITY_NONE, 57600)


def test_a_port_that_another_program_holds_is_named(tmp_path: object) -> None:
    import os
    import pty

    ours, theirs = pty.openpty()
    try:
        with (
            contextlib.closing(open_port(os.ttyname(theirs))),
            pytest.raises(BoardError, match="another program holds"),
        ):
            open_port(os.ttyname(theirs))
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_port_that_is_not_there_is_named() -> None:
    with pytest.raises(BoardError, match=r"(?s)cannot be opened.*cbcnn-board list"):
        open_port("/dev/ttyNOSUCH")
    with pytest.raises(BoardError, match="cannot be opened"):
        open_port("socket://127.0.0.1:1")
    with pytest.raises(BoardError, match="cannot be opened"):
        open_port("nonsense://x")


def test_a_line_that_never_falls_silent_is_reported() -> None:
    stop = threading.Event()

    class Babble:
        timeout = 0.02
        in_waiting = 0

        def read(self, _size: int) -> bytes:
            time.sleep(0.001)
            return b"\x55"

        def write(self, _data: bytes) -> None:
            pass

    with pytest.raises(SilenceError, match="silent"):
        Link(Babble(), "babble", QUICK).synchronise()
    stop.set()


def test_what_a_board_says_cannot_command_the_terminal() -> None:
    said: list[str] = []
    text = Packet(0xFC, 0, b"\x1b[2Jclass \xc3\xa9\x07").encode()
    board = FakeBoard(twist=lambda _request, frames: [text, *frames])
    with run_fake(board) as url:
        port = open_port(url)
        with contextlib.closing(Link(port, url, QUICK, said.append)) as link:
            link.synchronise()
            Device(link)
    assert said == ["?[2Jclass é?"]
