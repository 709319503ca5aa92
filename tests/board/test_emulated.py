"""The emulated board starts blank, takes firmware through gdb, and never outlives its owner."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cbcnn_codegen.board.emulators.qemu import Machine, QemuBoard
from cbcnn_codegen.board.flash.contents import FlashContents, demand_room, read_contents
from cbcnn_codegen.board.flash.gdb import QEMU, flash_with_gdb
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.errors import BoardError, FlashError
from support.commands import environment
from support.tools import require_tool

MACHINE = Machine("netduinoplus2")
HERE = Path(__file__).parent


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    require_tool("qemu-system-arm", "qemu-system-arm")
    require_tool("gdb-multiarch", "gdb-multiarch")
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program without a C library that sends A, B, C, ... on USART1."""
    return build_counter(tmp_path_factory.mktemp("counter") / "counter.elf", 0x0800_0000)


def build_counter(program: Path, origin: int) -> Path:
    flags = ["-mcpu=cortex-m4", "-mthumb", "-nostdlib", f"-Wl,-Ttext={origin:#x}"]
    subprocess.run(["arm-none-eabi-gcc", *flags, HERE / "counter.S", "-o", program], check=True)
    return program


def assert_ended(process: int) -> None:
    for _ in range(100):
        try:
            os.kill(process, 0)
            state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return
        if state == "Z":
            return
        time.sleep(0.05)
    pytest.fail("QEMU is still there")


def test_a_blank_chip_is_flashed_through_gdb_and_runs(counter: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    with QemuBoard.start(MACHINE) as board, contextlib.closing(open_port(board.url)) as line:
        flash_with_gdb(read_contents(counter), board.gdb, QEMU, lambda *step: steps.append(step))
        assert not board.is_running()
        board.reset()
        board.wait_for_client()
        board.run()
        line.timeout = 10
        assert line.read(4) == b"ABCD"
        board.stop()
        board.reset()
        line.reset_input_buffer()
        board.run()
        assert line.read(2) == b"AB"
    assert steps[-1][1] == steps[-1][2] > 0


def test_a_program_can_be_loaded_without_gdb(counter: Path) -> None:
    with (
        QemuBoard.start(MACHINE, counter) as board,
        contextlib.closing(open_port(board.url)) as line,
    ):
        board.wait_for_client()
        board.run()
        line.timeout = 10
        assert line.read(3) == b"ABC"


def test_it_is_gone_when_the_block_is_left(counter: Path) -> None:
    with pytest.raises(ZeroDivisionError), QemuBoard.start(MACHINE, counter) as board:
        raise ZeroDivisionError
    assert_ended(board.process_id)


def test_it_is_gone_when_the_program_is_killed() -> None:
    code = (
        "from cbcnn_codegen.board.emulators.qemu import *; import time\n"
        "board = QemuBoard.start(Machine('netduinoplus2'))\n"
        "print(board.process_id, flush=True); time.sleep(60)"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert program.stdout is not None
    with program.stdout:
        process = int(program.stdout.readline())
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert_ended(process)


def run_until_it_breaks(board: QemuBoard) -> None:
    board.run()
    for _ in range(200):
        board.is_running()
        time.sleep(0.05)


def test_a_blank_chip_that_is_started_is_reported_with_what_qemu_said() -> None:
    with (
        QemuBoard.start(MACHINE) as board,
        pytest.raises(BoardError, match=r"(?s)netduinoplus2 does not run.*Lockup"),
    ):
        run_until_it_breaks(board)


def test_a_machine_that_qemu_does_not_know_is_reported() -> None:
    with pytest.raises(BoardError, match=r"(?s)nonesuch does not run.*unsupported machine"):
        QemuBoard.start(Machine("nonesuch"))


def test_two_emulated_boards_do_not_disturb_each_other(counter: Path) -> None:
    with QemuBoard.start(MACHINE, counter) as one, QemuBoard.start(MACHINE) as other:
        assert one.url != other.url
        with contextlib.closing(open_port(one.url)) as line:
            one.wait_for_client()
            one.run()
            line.timeout = 10
            assert line.read(1) == b"A"
        assert not other.is_running()


def test_no_gdb_server_is_reported(counter: Path) -> None:
    with pytest.raises(FlashError, match=r"(?s)cannot write.*server"):
        flash_with_gdb(read_contents(counter), "127.0.0.1:9", QEMU)


def test_firmware_for_memory_that_is_not_there_is_reported(tmp_path: Path) -> None:
    program = build_counter(tmp_path / "elsewhere.elf", 0x6000_0000)
    with QemuBoard.start(MACHINE) as board, pytest.raises(FlashError):
        flash_with_gdb(read_contents(program), board.gdb, QEMU)


def test_a_program_that_is_too_large_is_refused_with_the_numbers(counter: Path) -> None:
    contents = read_contents(counter)
    demand_room(contents, 0x0800_0000, 1024, "chip")
    with pytest.raises(FlashError, match=r"(?s)too large for tiny.*allowed +16 bytes"):
        demand_room(contents, 0x0800_0000, 16, "tiny")
    with pytest.raises(FlashError, match=r"not linked for other"):
        demand_room(contents, 0, 4096, "other")


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "firmware.elf"
    text.write_text("no ELF")
    for path in (text, tmp_path / "missing.elf", tmp_path):
        with pytest.raises(FlashError, match="cannot be flashed"):
            read_contents(path)


def test_blocks_are_aligned_and_erased_ones_are_left_out() -> None:
    from cbcnn_codegen.elf import Segment

    data = b"\1" * 10 + b"\xff" * 600 + b"\2" * 10
    blocks = FlashContents(Path("x"), (Segment(0x100 + 250, data),)).blocks()
    assert [block.address for block in blocks] == [0x100, 0x200, 0x400]
    assert all(len(block.data) == 256 for block in blocks)
    assert blocks[0].data == b"\xff" * 250 + b"\1" * 6
