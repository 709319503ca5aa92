"""Speak over a serial line with the bootloader that every STM32 has in ROM.

ST's application note AN3155 describes them. A command is a byte and its complement; every further
block ends with the exclusive or of its bytes; the chip answers each with ACK or NACK. The line has
even parity.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final, Protocol

from cbcnn_codegen.errors import FlashError

ACK: Final = 0x79
NACK: Final = 0x1F
SYNCHRONISE: Final = 0x7F

GET: Final = 0x00
GET_ID: Final = 0x02
READ: Final = 0x11
GO: Final = 0x21
WRITE: Final = 0x31
ERASE: Final = 0x43
EXTENDED_ERASE: Final = 0x44
WRITE_UNPROTECT: Final = 0x73
READOUT_UNPROTECT: Final = 0x92

LARGEST_BLOCK: Final = 256
ANSWER_SECONDS: Final = 1.0
WRITE_SECONDS: Final = 2.0
ERASE_SECONDS: Final = 60.0
"""A chip of 2 MB may take half of it."""

_FILLER_SECONDS: Final = 0.03
"""Longer than the delay of most adapters: few bytes then follow the one that matters."""
_LONGEST_HEAD: Final = 8
_SETTLING_ATTEMPTS: Final = 4
_PAGES_AT_A_TIME: Final = 32

HOW_TO_ENTER: Final = (
    "set BOOT0 high, reset the board, and connect the UART that its bootloader listens to (AN2606)"
)


class SerialLine(Protocol):
    """The part of a pyserial port that is used."""

    def read(self, size: int = ...) -> bytes:
        """Up to `size` bytes, fewer after a short time."""

    def write(self, data: bytes, /) -> int | None:
        """Send."""

    def reset_input_buffer(self) -> None:
        """Forget what arrived."""


class RefusedError(FlashError):
    """The chip answered NACK."""


class SilentError(FlashError):
    """The chip did not answer in time, or not with ACK or NACK."""


@dataclass(frozen=True)
class Identity:
    """A bootloader's description of itself; the version is two digits, 0x31 for 3.1."""

    version: int
    commands: frozenset[int]
    product: int


class Bootloader:
    """A chip that runs its bootloader, on an open line with even parity."""

    def __init__(self, line: SerialLine) -> None:
        self._line = line

    def synchronise(self) -> None:
        """Let the chip measure the baud rate; harmless if it did so before.

        A chip that waits answers ACK. One that knows the rate already takes the byte for the first
        half of a command and says NACK after the next one.

        Raises:
            SilentError: no bootloader there.
        """
        for _ in range(3):
            self._line.reset_input_buffer()
            self._send(bytes([SYNCHRONISE]))
            if self._receive(1, ANSWER_SECONDS / 2) in (bytes([ACK]), bytes([NACK])):
                self._settle()
                return
        raise SilentError(
            "no STM32 bootloader answers",
            found="three times 0x7F was sent, and neither ACK nor NACK came back",
            allowed="a chip in its bootloader, 8 data bits, even parity",
            suggestion=HOW_TO_ENTER,
        )

    def recover(self) -> None:
        """Bring the chip back to where it waits for a command, after bytes were lost or garbled.

        It waits for the rest of something: fill that up until it says NACK. Two equal bytes are
        never a command.

        Raises:
            SilentError: it never does.
        """
        self._line.reset_input_buffer()
        for _ in range(LARGEST_BLOCK + _LONGEST_HEAD):
            self._send(bytes([SYNCHRONISE]))
            if self._receive(1, _FILLER_SECONDS) == bytes([NACK]):
                self._settle()
                return
        raise SilentError("the bootloader stopped answering", suggestion=HOW_TO_ENTER)

    def _settle(self) -> None:
        """Leave the chip where it waits for a command, and not for the second half of one.

        The answer to a byte may come after the next byte was sent, which the chip then holds for
        the first half of a command. Get tells: a chip that waits for a command answers ACK. One
        that holds a half says NACK and holds the second byte of Get; one more byte ends that.

        Raises:
            SilentError: it does not answer.
        """
        for _ in range(_SETTLING_ATTEMPTS):
            self._send(_with_complement(GET))
            if self._finds_get():
                return
            self._send(bytes([SYNCHRONISE]))
            self._receive(1, ANSWER_SECONDS)
        raise SilentError("the bootloader stopped answering", suggestion=HOW_TO_ENTER)

    def _finds_get(self) -> bool:
        """Whether the chip answers Get, behind answers that were still on their way."""
        while answer := self._receive(1, ANSWER_SECONDS):
            if answer == bytes([ACK]):
                try:
                    self._receive_counted("Get")
                except FlashError:
                    return False
                return True
        return False

    def identify(self) -> Identity:
        """Version, commands and product."""
        self._command(GET, "Get")
        version, *commands = self._receive_counted("Get")
        self._command(GET_ID, "Get ID")
        product = int.from_bytes(self._receive_counted("Get ID"), "big")
        return Identity(version, frozenset(commands), product)

    def read(self, address: int, size: int) -> bytes:
        """Up to 256 bytes of memory.

        Raises:
            RefusedError: readout protection is on, or there is no such address.
        """
        self._command(READ, "Read Memory")
        self._send_address(address, "Read Memory")
        self._send(_with_complement(size - 1))
        self._expect_ack("Read Memory, size", ANSWER_SECONDS)
        return self._receive_exactly(size, "Read Memory")

    def write(self, address: int, data: bytes) -> None:
        """Up to 256 bytes, a multiple of 4, to erased flash. Protected flash is left as it is."""
        self._command(WRITE, "Write Memory")
        self._send_address(address, "Write Memory")
        self._send(_with_checksum(bytes([len(data) - 1]) + data))
        self._expect_ack("Write Memory, data", WRITE_SECONDS)

    def go(self, address: int) -> None:
        """Start the program whose vector table is at `address`."""
        self._command(GO, "Go")
        self._send_address(address, "Go")

    def erase_all(self, identity: Identity) -> None:
        """The whole flash."""
        if EXTENDED_ERASE in identity.commands:
            self._command(EXTENDED_ERASE, "Extended Erase")
            self._send(_with_checksum(b"\xff\xff"))
        else:
            self._command(ERASE, "Erase")
            self._send(_with_complement(0xFF))
        self._expect_ack("mass erase", ERASE_SECONDS)

    def erase_pages(self, identity: Identity, pages: list[int]) -> None:
        """Some pages or sectors, by number. Protected ones are left as they are."""
        for start in range(0, len(pages), _PAGES_AT_A_TIME):
            some = pages[start : start + _PAGES_AT_A_TIME]
            if EXTENDED_ERASE in identity.commands:
                self._command(EXTENDED_ERASE, "Extended Erase")
                numbers = b"".join(page.to_bytes(2, "big") for page in some)
                self._send(_with_checksum((len(some) - 1).to_bytes(2, "big") + numbers))
            else:
                self._command(ERASE, "Erase")
                self._send(_with_checksum(bytes([len(some) - 1, *some])))
            self._expect_ack("erase", ERASE_SECONDS)

    def unprotect_reading(self) -> None:
        """Remove readout protection: the chip erases its whole flash and resets."""
        self._command(READOUT_UNPROTECT, "Readout Unprotect")
        self._expect_ack("Readout Unprotect", ERASE_SECONDS)

    def unprotect_writing(self) -> None:
        """Remove write protection from all sectors; the chip resets."""
        self._command(WRITE_UNPROTECT, "Write Unprotect")
        self._expect_ack("Write Unprotect", ERASE_SECONDS)

    def _command(self, code: int, name: str) -> None:
        self._send(_with_complement(code))
        self._expect_ack(name, ANSWER_SECONDS)

    def _send_address(self, address: int, name: str) -> None:
        self._send(_with_checksum(address.to_bytes(4, "big")))
        self._expect_ack(f"{name}, address {address:#010x}", ANSWER_SECONDS)

    def _receive_counted(self, name: str) -> bytes:
        """A byte with the count less one, so many bytes, and ACK."""
        count = self._receive_exactly(1, name)[0] + 1
        data = self._receive_exactly(count, name)
        self._expect_ack(name, ANSWER_SECONDS)
        return data

    def _expect_ack(self, name: str, seconds: float) -> None:
        answer = self._receive(1, seconds)
        if answer == bytes([ACK]):
            return
        if answer == bytes([NACK]):
            raise RefusedError(f"the bootloader refuses: {name}", found="NACK")
        found = f"{answer[0]:#04x}" if answer else f"nothing in {seconds:g} s"
        raise SilentError(
            f"the bootloader does not answer: {name}",
            found=found,
            allowed="ACK or NACK",
            suggestion=f"check the wiring, a lower --baud, or start again: {HOW_TO_ENTER}",
        )

    def _receive_exactly(self, size: int, name: str) -> bytes:
        data = self._receive(size, ANSWER_SECONDS)
        if len(data) != size:
            raise SilentError(
                f"the bootloader broke off: {name}", found=f"{len(data)}/{size} bytes"
            )
        return data

    def _receive(self, size: int, seconds: float) -> bytes:
        """Bytes that arrive in time. The line's own timeout is short and stays as it is: a change
        means a negotiation with an RFC 2217 server.
        """
        limit, data = time.monotonic() + seconds, b""
        while len(data) < size:
            received = self._line.read(size - len(data))
            data += received
            if not received and time.monotonic() >= limit:
                break
        return data

    def _send(self, data: bytes) -> None:
        self._line.write(data)


def _with_checksum(data: bytes) -> bytes:
    return data + bytes([reduce(xor, data)])


def _with_complement(value: int) -> bytes:
    return bytes([value, value ^ 0xFF])
