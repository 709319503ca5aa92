"""Runs a board in QEMU: starts it stopped, connects, sets it going, and always ends it.

This module binds the sockets of the serial line and the debug port, on free ports of this machine,
and hands them to QEMU ready to listen: nobody has to guess a port or wait for a moment. The machine
starts stopped (`-S`), so clients are connected before it sends the first byte. Bytes to and from a
UART that nobody holds are lost, as on a real line.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from cbcnn_codegen.board.emulators.emulator import BoardEmulator, EmulatedBoard, guarded, listen
from cbcnn_codegen.board.flash.contents import FlashContents
from cbcnn_codegen.board.flash.gdb import QEMU, flash_with_gdb
from cbcnn_codegen.board_values import Board
from cbcnn_codegen.errors import BoardError
from cbcnn_codegen.progress import Progress
from cbcnn_codegen.tools import RunningTool, find_tool

INSTRUCTIONS_PER_SECOND: Final = 1_000_000_000
COUNT_INSTRUCTIONS: Final = ("-icount", "shift=0")
"""One nanosecond of emulated time per instruction: the machine's timers then count instructions,
the same number on every run."""

_LISTENING: Final = "server=on,wait=off,nodelay=on"
"""Without `nodelay` every answer waits 40 ms for the acknowledgement of its first byte."""
_ANSWER_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.01
_END_SECONDS: Final = 5.0
_MESSAGE_LINES: Final = 3


@dataclass(frozen=True)
class Machine:
    """Arguments for QEMU.

    Attributes:
        name: for `-machine`.
        program: of QEMU.
        package: of Debian that holds it.
        serial: index of the UART that the firmware uses, as QEMU numbers them.
        options: more arguments.
    """

    name: str
    program: str = "qemu-system-arm"
    package: str = "qemu-system-arm"
    serial: int = 0
    options: tuple[str, ...] = COUNT_INSTRUCTIONS


@dataclass
class QemuBoard(EmulatedBoard):
    """A running QEMU; use `start`.

    Attributes:
        machine: that it emulates.
        url, gdb: of the serial line and the debug port.
    """

    machine: Machine
    url: str
    gdb: str
    _process: RunningTool
    _monitor: _Monitor
    _messages: IO[bytes]
    _closed: bool = field(default=False)

    @classmethod
    def start(cls, machine: Machine, firmware: Path | None = None) -> QemuBoard:
        """Start a machine, stopped: blank, or with `firmware` (ELF) in its memory.

        A blank machine must be flashed before `run`: an empty vector table makes QEMU abort.

        Raises:
            MissingToolError: QEMU is not installed.
            BoardError: QEMU refuses the machine or the file.
        """
        program = find_tool(machine.program, machine.package)
        messages = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the board
        with contextlib.ExitStack() as stack:
            serial, gdb = (stack.enter_context(listen()) for _ in range(2))
            ours, theirs = socket.socketpair()
            stack.enter_context(theirs)
            descriptors = (serial.fileno(), gdb.fileno(), theirs.fileno())
            command = _command(program, machine, firmware, descriptors)
            process = RunningTool(command, messages, descriptors)
            host, port = serial.getsockname()
            board = cls(
                machine=machine,
                url=f"socket://{host}:{port}",
                gdb="{}:{}".format(*gdb.getsockname()),
                _process=process,
                _monitor=_Monitor(ours),
                _messages=messages,
            )
        try:
            board._command("qmp_capabilities")
        except BaseException:
            board.end()
            raise
        return board

    @property
    def process_id(self) -> int:
        """The process of QEMU."""
        return self._process.process_id

    def wait_for_client(self) -> None:
        """See `EmulatedBoard`."""
        limit = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < limit:
            lines = {line["label"]: line["filename"] for line in self._command("query-chardev")}
            if not lines["line"].startswith("disconnected"):
                return
            time.sleep(_POLL_SECONDS)
        raise BoardError(f"nobody connected to {self.url}")

    def run(self) -> None:
        """Let the processor go on."""
        self._command("cont")

    def stop(self) -> None:
        """Hold the processor."""
        self._command("stop")

    def reset(self) -> None:
        """The reset pin; flash keeps its contents. A stopped machine stays stopped."""
        self._command("system_reset")

    def is_running(self) -> bool:
        """Whether the processor is running."""
        return bool(self._command("query-status")["running"])

    def wait(self) -> None:
        """Wait until it ends by itself."""
        self._process.wait()

    def end(self) -> None:
        """Switch it off; does nothing the second time."""
        if self._closed:
            return
        self._closed = True
        self._monitor.close()
        self._process.end(_END_SECONDS)
        self._messages.close()

    def _command(self, name: str) -> Any:
        try:
            return self._monitor.execute(name)
        except (OSError, ValueError) as error:
            raise BoardError(
                f"the emulated {self.machine.name} does not run",
                found=self._last_words() or f"{type(error).__name__}: {error}",
            ) from error

    def _last_words(self) -> str:
        """QEMU's messages, after it has had time to end."""
        code = self._process.wait(1.0)
        self._messages.seek(0)
        text = self._messages.read().decode(errors="replace").strip()
        ending = [] if code is None else [f"{self.machine.program} ended with code {code}"]
        return "\n".join([*text.splitlines()[:_MESSAGE_LINES], *ending])


def _command(
    program: str, machine: Machine, firmware: Path | None, descriptors: Sequence[int]
) -> list[str]:
    serial, gdb, monitor = descriptors
    lines = ["-serial", "none"] * machine.serial
    command = [
        program,
        *("-machine", machine.name, "-S", "-display", "none", "-nodefaults", "-monitor", "none"),
        *("-chardev", f"socket,id=line,fd={serial},{_LISTENING}"),
        *(*lines, "-serial", "chardev:line"),
        *("-chardev", f"socket,id=debug,fd={gdb},{_LISTENING}", "-gdb", "chardev:debug"),
        *("-chardev", f"socket,id=control,fd={monitor}", "-mon", "chardev=control,mode=control"),
        *machine.options,
        *(() if firmware is None else ("-kernel", os.fspath(firmware))),
    ]
    return guarded(command)


def machine_of(board: Board) -> Machine:
    """The machine of QEMU that is this board."""
    assert board.emulator is not None, "emulator_of has seen to it"
    return Machine(board.emulator.machine, serial=board.emulator.serial)


def _start(board: Board, firmware: Path | None) -> QemuBoard:
    return QemuBoard.start(machine_of(board), firmware)


def _start_flashed(board: Board, contents: FlashContents, progress: Progress) -> QemuBoard:
    emulated = QemuBoard.start(machine_of(board))
    try:
        flash_with_gdb(contents, emulated.gdb, QEMU, progress)
        emulated.reset()
    except BaseException:
        emulated.end()
        raise
    return emulated


EMULATOR: Final = BoardEmulator(
    "QEMU",
    "instructions",
    _start,
    _start_flashed,
    instructions_per_second=INSTRUCTIONS_PER_SECOND,
)


class _Monitor:
    """QEMU's control socket: one JSON object a line. Four commands do not ask for a library."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = b""

    def execute(self, name: str) -> Any:
        """Run a command and wait for its result; skips events.

        Raises:
            OSError: QEMU is gone or silent.
            ValueError: it refused.
        """
        self._socket.sendall(json.dumps({"execute": name}).encode() + b"\n")
        limit = time.monotonic() + _ANSWER_SECONDS
        while True:
            answer = json.loads(self._read_line(limit))
            if "error" in answer:
                raise ValueError(f"{name}: {answer['error'].get('desc', answer['error'])}")
            if "return" in answer:
                return answer["return"]

    def close(self) -> None:
        self._socket.close()

    def _read_line(self, limit: float) -> bytes:
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(limit - time.monotonic(), 0.001))
            received = self._socket.recv(65536)
            if not received:
                raise ConnectionError("QEMU closed its control socket")
            self._buffer += received
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line
