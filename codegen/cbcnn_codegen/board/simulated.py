"""Runs a board in a simulator that is a program of its own.

It gets a socket that listens, for the serial line, and a connection for control: a byte comes when
somebody is on the line, and the board starts when a byte goes back. So nothing is lost of what it
says first. There is no debug port: such a board starts with its firmware in flash.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

from cbcnn_codegen.board.emulated import guarded, listen
from cbcnn_codegen.boards import Board, Emulation
from cbcnn_codegen.errors import BoardError
from cbcnn_codegen.targets import SimulatedChip
from cbcnn_codegen.tools import RunningTool
from cbcnn_codegen.verify.chip import build_chip, chip_command

_END_SECONDS: Final = 5.0
_CLIENT_SECONDS: Final = 20.0

Prepare = Callable[[Board, Path, Path], list[str]]
"""The command of a simulator for a board, firmware, and a folder for what it needs; the numbers of
both descriptors are appended."""


class SimulatedBoard:
    """A running simulator; use `start`.

    Attributes:
        url: of the serial line, for pyserial.
    """

    gdb: Final = None

    def __init__(self, board: Board, firmware: Path, prepare: Prepare) -> None:
        """Start it; it waits for a client.

        Raises:
            MissingToolError: the simulator is not installed.
            BoardError: it ends at once.
        """
        self._title = board.title
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cbcnn-board-")))
            messages = stack.enter_context(tempfile.TemporaryFile())
            command = prepare(board, firmware, folder)
            control, theirs = socket.socketpair()
            stack.enter_context(control)
            with theirs, listen() as line:
                host, port = line.getsockname()
                descriptors = (line.fileno(), theirs.fileno())
                process = RunningTool(
                    guarded([*command, *map(str, descriptors)]), messages, descriptors
                )
            stack.callback(process.end, _END_SECONDS)
            self.url = f"socket://{host}:{port}"
            self._process, self._messages, self._control = process, messages, control
            self._closing = stack.pop_all()

    def wait_for_client(self) -> None:
        """Wait until the simulator has accepted the program that connected to the serial line.

        Raises:
            BoardError: nobody did, or it has ended.
        """
        self._control.settimeout(_CLIENT_SECONDS)
        try:
            byte = self._control.recv(1)
        except OSError as error:
            raise BoardError(f"nobody connected to {self.url}") from error
        if not byte:
            raise BoardError(f"the simulated {self._title} does not run", found=self._said())

    def run(self) -> None:
        """Let the processor go."""
        self._control.sendall(b"\1")

    def wait(self) -> None:
        """Wait until it ends by itself."""
        self._process.wait()

    def end(self) -> None:
        """Switch it off; does nothing the second time."""
        self._closing.close()

    def __enter__(self) -> SimulatedBoard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def _said(self) -> str:
        self._messages.seek(0)
        return self._messages.read().decode(errors="replace").strip()[:300] or "no message"


def _prepare_simavr(board: Board, firmware: Path, folder: Path) -> list[str]:
    """A chip with the board's memory and no byte more."""
    assert board.emulator is not None, "the caller has seen to it"
    last_ram = (board.ram_origin & 0xFFFF) + board.ram_bytes - 1
    last_flash = (1 << (board.flash_bytes - 1).bit_length()) - 1
    chip = SimulatedChip(board.emulator.machine, board.clock.hz, last_flash, last_ram)
    return chip_command(build_chip(folder), chip, firmware)


SIMULATORS: Final[Mapping[Emulation, Prepare]] = {"simavr": _prepare_simavr}
