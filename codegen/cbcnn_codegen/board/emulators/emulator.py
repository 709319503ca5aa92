"""What emulators of boards have in common; each is a file beside this one."""

from __future__ import annotations

import contextlib
import shutil
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar

from cbcnn_codegen.board.flash.contents import FlashContents
from cbcnn_codegen.board_values import Board
from cbcnn_codegen.progress import Progress

Self = TypeVar("Self", bound="EmulatedBoard")


class EmulatedBoard(ABC):
    """A board that an emulator runs, stopped until `run`; ends with the `with` statement.

    Attributes:
        url: of the serial line, for pyserial.
        gdb: host and port of the debug port; None where there is none.
    """

    url: str
    gdb: str | None

    @abstractmethod
    def wait_for_client(self) -> None:
        """Wait until the emulator has accepted the program that connected to the serial line.

        A connection stands before that, but loses what the firmware says first.

        Raises:
            BoardError: nobody connected, or the emulator has ended.
        """

    @abstractmethod
    def run(self) -> None:
        """Let the processor go."""

    @abstractmethod
    def wait(self) -> None:
        """Wait until it ends by itself."""

    @abstractmethod
    def end(self) -> None:
        """Switch it off; does nothing the second time."""

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()


@dataclass(frozen=True)
class BoardEmulator:
    """A program that emulates boards.

    Attributes:
        title: in words.
        counts: the unit in which its time passes.
        start: makes a board with firmware (ELF), or a blank one.
        start_flashed: makes a board that was blank and was flashed as a real one is; None where
            boards start with their firmware in flash.
        keeps_time: whether its cycles, if it counts them, take the time of a real chip's: flash may
            wait there.
        instructions_per_second: of its time, if it counts them and its counters keep to that time;
            None where every instruction is a tick of the counter.
    """

    title: str
    counts: Literal["cycles", "instructions"]
    start: Callable[[Board, Path | None], EmulatedBoard]
    start_flashed: Callable[[Board, FlashContents, Progress], EmulatedBoard] | None = None
    keeps_time: bool = True
    instructions_per_second: int | None = None


@contextlib.contextmanager
def listen() -> Iterator[socket.socket]:
    """A socket that listens on a free port; an emulator gets a copy, and this one is closed."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4)
        yield listener


def guarded(command: Sequence[str]) -> list[str]:
    """The command of a program that the kernel ends when this process dies without doing so."""
    guard = shutil.which("setpriv")
    return [*([guard, "--pdeathsig", "KILL", "--"] if guard else []), *command]
