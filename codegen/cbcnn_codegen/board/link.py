"""Ask a board over a line that loses and changes bytes; docs/protocol.md.

A link takes an answer only if its CRC, command and request id are those of the request that it
waits for. Every request gets a new id, a repeated one too, so that an answer that comes too late is
never taken for another's. The late answer to an earlier attempt at the same request is right, and a
slow board may never give another.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from cbcnn_codegen.board.frames import ANSWER, VERSION, FrameReader, Packet
from cbcnn_codegen.board.port import BAUD, LINE_ERRORS
from cbcnn_codegen.board.protocol import (
    Event,
    FaultError,
    RestartedError,
    SilenceError,
    Status,
    StatusError,
    command_name,
    decode_text,
    describe_fault,
    describe_restart,
    describe_status,
)
from cbcnn_codegen.errors import BoardError

ATTEMPTS: Final = 4
_READ_BYTES: Final = 4096
_USUAL_ANSWER_BYTES: Final = 1100
_DAMAGED: Final = Packet(Event.NOTICE, 0)
"""A notice of our own: what arrived was damaged; it may have been the answer."""


@dataclass(frozen=True)
class Patience:
    """Seconds to wait for a board.

    Attributes:
        answer: for an answer, before the request is repeated.
        compute: for an answer that needs the network; a board at work then says that it is busy.
        notice: for an answer behind a sign that the request or the answer was damaged.
        busy: before a busy board is asked again.
        work: for a board that says it is busy.
        silence: after which nothing more comes.
        start: for a board to come up again.
    """

    answer: float = 1.0
    compute: float = 5.0
    notice: float = 0.2
    busy: float = 0.1
    work: float = 120.0
    silence: float = 0.05
    start: float = 10.0


class Link:
    """One open line to one board.

    Args:
        port: of pyserial, open.
        name: of the port, for messages.
        patience: times.
        on_text: gets the lines that a board says for people.
    """

    def __init__(
        self,
        port: Any,
        name: str,
        patience: Patience | None = None,
        on_text: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._port = port
        self.name = name
        self.patience = patience or Patience()
        self._on_text = on_text
        self._reader = FrameReader()
        self._packets: deque[Packet] = deque()
        # A random start: answers to a program that was ended before us have other ids.
        self._id = random.randrange(1, 0x10000)

    @property
    def damaged_frames(self) -> int:
        """Frames that were damaged and dropped."""
        return self._reader.damaged

    def synchronise(self) -> None:
        """End whatever half frame the board has, and forget what it still had to say."""
        self._write(b"\0")
        limit = time.monotonic() + self.patience.start
        while self._read(self.patience.silence):
            if time.monotonic() > limit:
                raise SilenceError(
                    f"the line {self.name} does not become silent",
                    found="bytes that go on and on",
                    suggestion="is this the right port, and the right --baud?",
                )
        self._reader.clear()
        self._packets.clear()

    def request(self, command: int, payload: bytes = b"", seconds: float | None = None) -> Packet:
        """The board's answer, with status 0.

        Args:
            command: number of the request.
            payload: of the request.
            seconds: that an answer may take before the request is repeated.

        Raises:
            SilenceError: no answer, after several attempts.
            StatusError: the board cannot.
            RestartedError, FaultError: the board restarted meanwhile.
            BoardError: the line broke, or the board speaks another version.
        """
        trouble: list[str] = []
        ids: set[int] = set()
        attempts, busy_until = 0, time.monotonic() + self.patience.work
        while attempts < ATTEMPTS:
            ids.add(self.send(command, payload))
            wait = (seconds or self.patience.answer) + self._line_seconds(len(payload))
            answer = self._receive(command, ids, wait, trouble)
            if answer is None:
                attempts += 1
            elif answer.status == Status.BUSY and time.monotonic() < busy_until:
                self._wait(self.patience.busy)
            else:
                return self._accept(command, answer)
        raise SilenceError(
            f"no board answers on {self.name}",
            found=f"{ATTEMPTS} times {command_name(command)}: {'; '.join(dict.fromkeys(trouble))}",
            suggestion="is the board powered and flashed, is the port free of other programs?",
        )

    def send(self, command: int, payload: bytes = b"") -> int:
        """Send a request without waiting for its answer; its id."""
        self._id = self._id % 0xFFFF + 1
        self._write(b"\0" + Packet(command, self._id, payload).encode())
        return self._id

    def wait_for_hello(self) -> Packet:
        """The first thing that a board says after it started.

        Raises:
            SilenceError: it does not.
            FaultError: it says that it started because of a fault.
        """
        fault: str | None = None
        limit = time.monotonic() + self.patience.start
        while time.monotonic() < limit:
            packet = self._next(limit)
            if packet is None:
                break
            if packet.command == Event.FAULT:
                fault = describe_fault(packet.payload)
            elif packet.command == Event.HELLO:
                if fault is not None:
                    raise FaultError("the board stopped with a fault", found=fault)
                return packet
        raise SilenceError(
            f"the board on {self.name} does not start",
            found=fault or f"no greeting in {self.patience.start:g} s",
        )

    def events(self, seconds: float) -> list[Packet]:
        """Events of the next `seconds`; drops answers."""
        limit, found = time.monotonic() + seconds, []
        while (packet := self._next(limit)) is not None:
            if packet.command >= Event.TEXT:
                found.append(packet)
        return found

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def _receive(
        self, command: int, ids: set[int], seconds: float, trouble: list[str]
    ) -> Packet | None:
        """The answer to one of the attempts; None if none came, and `trouble` says what did."""
        limit = time.monotonic() + seconds
        while (packet := self._next(limit)) is not None:
            if packet.command == (command + ANSWER) % 0x100 and packet.request_id in ids:
                return packet
            if packet.command == Event.NOTICE:
                trouble.append(_describe_notice(packet))
                limit = min(limit, time.monotonic() + self.patience.notice)
            elif packet.command == Event.HELLO:
                raise RestartedError(
                    "the board restarted during a request",
                    found=describe_restart(packet.payload),
                    suggestion="check its power supply, then try again",
                )
            elif packet.command == Event.FAULT:
                self._raise_fault(command, describe_fault(packet.payload))
        trouble.append("no answer in time")
        return None

    def _line_seconds(self, payload_bytes: int) -> float:
        """Seconds that a request and the longest usual answer take on the line, 10 bits a byte."""
        baud = getattr(self._port, "baudrate", None) or BAUD
        return float((payload_bytes + _USUAL_ANSWER_BYTES) * 10 / baud)

    def _raise_fault(self, command: int, found: str) -> NoReturn:
        """Wait until the board is back, then say what happened."""
        error = FaultError(
            f"the board stopped with a fault during {command_name(command)}",
            found=found,
            suggestion="arm-none-eabi-addr2line -e firmware.elf PC names the place",
        )
        try:
            self.wait_for_hello()
        except SilenceError as silence:
            raise error from silence
        raise error

    def _accept(self, command: int, answer: Packet) -> Packet:
        if answer.status == Status.OK and answer.version == VERSION:
            return answer
        if answer.status == Status.WRONG_VERSION or answer.version != VERSION:
            spoken = answer.payload[:2] if answer.status == Status.WRONG_VERSION else b""
            versions = " to ".join(map(str, spoken)) or str(answer.version)
            raise BoardError(
                "the board speaks another version of the protocol",
                found=f"version {versions}",
                allowed=f"version {VERSION}",
                suggestion="build and flash the firmware with this version of cbcnn",
            )
        if answer.status == Status.STACK_DAMAGED:
            # The board restarts behind this answer.
            found = describe_status(answer.status)
            self._raise_fault(command, found)
        raise StatusError(command, answer)

    def _next(self, limit: float) -> Packet | None:
        """The next packet, or None when the time is over; passes texts on."""
        while True:
            while self._packets:
                packet = self._packets.popleft()
                if packet.command != Event.TEXT:
                    return packet
                self._on_text(decode_text(packet.payload))
            left = limit - time.monotonic()
            if left <= 0:
                return None
            self._take(self._read(left))

    def _wait(self, seconds: float) -> None:
        """Let time pass, but do not let bytes pile up."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            self._take(self._read(left))

    def _take(self, data: bytes) -> None:
        damaged = self.damaged_frames
        self._packets.extend(self._reader.feed(data))
        if self.damaged_frames > damaged:
            self._packets.append(_DAMAGED)

    def _read(self, seconds: float) -> bytes:
        """Bytes that arrive within `seconds`; returns as soon as some have.

        The port's own timeout is short and never changed: to change it means a negotiation of
        50 ms with an RFC 2217 server.
        """
        limit = time.monotonic() + seconds
        try:
            while not (data := bytes(self._port.read(1))):
                if time.monotonic() >= limit:
                    return b""
            while (waiting := self._port.in_waiting) and len(data) < _READ_BYTES:
                data += self._port.read(waiting)
        except LINE_ERRORS as error:
            raise self._broken(error) from error
        return data

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except LINE_ERRORS as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> BoardError:
        return BoardError(
            f"the connection to {self.name} broke",
            found=str(error),
            suggestion="was the board unplugged, or the emulator ended?",
        )


def _describe_notice(packet: Packet) -> str:
    if packet is _DAMAGED:
        return "an answer arrived damaged"
    return f"the board reports {describe_status(packet.status)}"
