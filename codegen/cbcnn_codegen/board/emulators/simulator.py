"""Runs a board in a simulator that is a program of its own.

It gets a socket that listens, for the serial line, and a connection for control: a byte comes when
somebody is on the line, and the board starts when a byte goes back. So nothing is lost of what it
says first. There is no debug port: such a board starts with its firmware in flash.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cbcnn_codegen.board.emulators.emulator import EmulatedBoard, guarded, listen
from cbcnn_codegen.board_values import Board
from cbcnn_codegen.errors import BoardError, UsageError
from cbcnn_codegen.tools import RunningTool

_END_SECONDS: Final = 5.0
_CLIENT_SECONDS: Final = 20.0

Prepare = Callable[[Board, Path, Path], list[str]]
"""The command of a simulator for a board, firmware, and a folder for what it needs; the numbers of
both descriptors are appended."""


class SimulatedBoard(EmulatedBoard):
    """A running simulator."""

    def __init__(self, board: Board, firmware: Path | None, prepare: Prepare) -> None:
        """Start it; it waits for a client.

        Raises:
            UsageError: no firmware.
            MissingToolError: the simulator is not installed.
        """
        if firmware is None:
            raise UsageError(
                f"an emulated {board.title} cannot be blank",
                suggestion="the folder of its firmware in place of --blank",
            )
        self.gdb = None
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
        """See `EmulatedBoard`."""
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

    def _said(self) -> str:
        self._messages.seek(0)
        return self._messages.read().decode(errors="replace").strip()[:300] or "no message"
