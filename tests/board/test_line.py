"""No byte is lost where the sender is faster than the board: a full buffer keeps it waiting."""

from __future__ import annotations

import struct
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.board.protocol import Command, Event, Format, Status
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.verify.build import WARNINGS, run_compiler
from support.emulated_boards import running
from support.tools import require_tool

PARTS = 6
ANSWER_SECONDS = 10.0


@pytest.mark.parametrize("ring", [256, 128, 32])
def test_a_request_is_kept_while_the_program_does_not_run(ring: int, tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    program = tmp_path / "held_line"
    (tmp_path / "board.h").write_text(f"#define BOARD_RING_BYTES {ring}U\n", encoding="utf-8")
    flags = ["-std=c99", *WARNINGS, "-I", str(firmware_path("firmware")), "-I", str(tmp_path)]
    sources = [Path(__file__).parent / "held_line.c", firmware_path("firmware", "line.c")]
    run_compiler("held_line", ["gcc", *flags, *map(str, sources), "-o", str(program)])
    result = subprocess.run([program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", ["microbit", "mps2-an505", "netduinoplus2"])
def test_requests_that_are_longer_than_the_buffer_reach_a_board_that_works(name: str) -> None:
    """A board for each UART. Nothing paces an emulated line: much is there before a layer ends."""
    with running(name, model="gtsrb") as (_, device):
        room = device.info.max_payload - 8
        part = struct.pack("<B3xI", Format.PLANE, 0) + np.random.default_rng(1).bytes(room)
        requests = [Packet(Command.SELF_TEST, 1, b"\0\xff")]
        requests += [Packet(Command.IMAGE, 2 + i, part) for i in range(PARTS)]
        device.link._write(b"".join(request.encode() for request in requests))
        answers: dict[int, int] = {}
        while len(answers) <= PARTS:
            answer = device.link._next(time.monotonic() + ANSWER_SECONDS)
            assert answer is not None, f"no answer behind {answers}"
            assert answer.command != Event.NOTICE, Status(answer.status).name
            answers[answer.request_id] = answer.status
    assert answers[1] == Status.OK
    assert set(answers) == set(range(1, PARTS + 2))
    assert set(answers.values()) <= {Status.OK, Status.BUSY}
