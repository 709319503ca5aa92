"""Frames that a broken line or a bad peer makes: none breaks a side, none is taken for another."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from cbcnn_codegen.board.frames import FrameReader, Packet
from support.fuzzing import CORPUS, FUZZERS, build_fuzzer, run_fuzzer
from support.hostile import Tried, amount
from support.tools import require_tool

TO_A_BOARD = 4000
"""Inputs for each fuzzer of the firmware; most hold several frames."""

TO_THE_COMPUTER = 12_000


def draw_packet(rng: random.Random) -> Packet:
    payload = rng.randbytes(rng.choice([0, 1, 4, 60, 254, 255, 1000]))
    return Packet(rng.randrange(256), rng.randrange(1 << 16), payload, rng.randrange(16))


def damage(frame: bytes, rng: random.Random) -> bytes:
    """What a line can do to a frame; the delimiter at its end may go, too."""
    damaged = bytearray(frame)
    kind = rng.randrange(6)
    if kind == 0:
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        start = rng.randrange(len(damaged))
        damaged[start : start + rng.choice([1, 2, 30])] = rng.randbytes(rng.choice([0, 1, 2, 30]))
    elif kind == 2:
        del damaged[rng.randrange(len(damaged)) :]
    elif kind == 3:
        damaged *= 2
        damaged[rng.randrange(len(damaged))] ^= 0x80
    elif kind == 4:
        damaged = bytearray(rng.randbytes(rng.choice([1, 8, 300])))
    else:
        damaged.insert(rng.randrange(len(damaged)), rng.choice([0, 0xFF]))
    return bytes(damaged)


@pytest.mark.hostile
def test_no_damaged_frame_becomes_a_packet_on_the_computer(tried: Tried) -> None:
    """Whatever is read between damaged frames was sent as it is; whole ones behind them arrive."""
    rng = random.Random(0)
    count = amount(TO_THE_COMPUTER)
    reader = FrameReader()
    for number in range(count):
        sent = draw_packet(rng)
        found = reader.feed(damage(sent.encode(), rng) + b"\0")
        assert all(packet == sent for packet in found), number
        if number % 50 == 0:
            (again,) = reader.feed(sent.encode())
            assert again == sent
    assert reader.damaged > count // 2
    tried("frames", count)


@pytest.mark.hostile
@pytest.mark.parametrize("name", FUZZERS)
def test_no_input_breaks_the_firmware_that_is_built_for_this_machine(
    name: str, tmp_path: Path, tried: Tried
) -> None:
    """As test_fuzz.py, but so many inputs instead of so many seconds."""
    require_tool("clang", "clang")
    count = amount(TO_A_BOARD)
    limits = [f"-runs={count}", "-seed=1", "-max_len=4096", "-timeout=60"]
    program = build_fuzzer(name, tmp_path)
    result = run_fuzzer(program, CORPUS / name, tmp_path, [*limits, "-print_final_stats=1"])
    assert result.returncode == 0, result.stderr[-4000:]
    executed = re.search(r"number_of_executed_units: *(\d+)", result.stderr)
    assert executed is not None
    assert int(executed[1]) >= count
    tried("frames", count)
