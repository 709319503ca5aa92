"""The numbers of the link protocol, in words and as errors; docs/protocol.md."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.errors import BoardError


class Command(IntEnum):
    """Requests."""

    INFO = 0x01
    IMAGE = 0x02
    CLASSIFY = 0x03
    READ = 0x04
    LAYER = 0x05
    SELF_TEST = 0x06
    BENCH = 0x07
    STACK = 0x08
    RESET = 0x09
    CLASS_NAME = 0x0A
    PROVOKE = 0x70


class Event(IntEnum):
    """Packets that a board sends unasked."""

    TEXT = 0xFC
    FAULT = 0xFD
    HELLO = 0xFE
    NOTICE = 0xFF


class Status(IntEnum):
    """The outcome of a request."""

    OK = 0
    BAD_FRAME = 1
    BAD_CRC = 2
    TOO_LONG = 3
    WRONG_VERSION = 4
    UNKNOWN_COMMAND = 5
    WRONG_SIZE = 6
    BAD_VALUE = 7
    BUSY = 8
    WRONG_MODEL = 9
    WRONG_IMAGE = 10
    WRONG_OFFSET = 11
    NOT_SUPPORTED = 12
    OVERRUN = 13
    STACK_DAMAGED = 14


STATUS_TEXT: Final = {
    Status.OK: "ok",
    Status.BAD_FRAME: "bad frame: the bytes that arrived are no packet",
    Status.BAD_CRC: "bad CRC: bits changed on the line",
    Status.TOO_LONG: "too long: the packet is larger than the board takes",
    Status.WRONG_VERSION: "wrong version of the protocol",
    Status.UNKNOWN_COMMAND: "unknown command",
    Status.WRONG_SIZE: "wrong size of the request",
    Status.BAD_VALUE: "a value in the request is out of range",
    Status.BUSY: "busy",
    Status.WRONG_MODEL: "wrong model: the board holds another one",
    Status.WRONG_IMAGE: "wrong image: the board's image is incomplete or another one",
    Status.WRONG_OFFSET: "wrong offset: a part of the image is missing",
    Status.NOT_SUPPORTED: "not supported by this firmware",
    Status.OVERRUN: "overrun: bytes came faster than the board took them",
    Status.STACK_DAMAGED: "stack overflow: the guard below the stack was overwritten",
}


def describe_status(status: int) -> str:
    """A status in words."""
    try:
        return STATUS_TEXT[Status(status)]
    except ValueError:
        return f"status {status}"


def command_name(command: int) -> str:
    """A command's name in docs/protocol.md."""
    try:
        return Command(command).name.lower().replace("_", " ")
    except ValueError:
        return f"command {command:#04x}"


def decode_text(data: bytes) -> str:
    """Text from a board; control characters do not reach the terminal."""
    text = data.decode("utf-8", errors="replace")
    return "".join(character if character.isprintable() else "?" for character in text)


class Format(IntEnum):
    """Ways to send the pixels of an image."""

    PLANE = 0
    RGB888 = 1
    RGB565 = 2
    GREY = 3


class Decision(IntEnum):
    """What a model says of its class: it always answers; it is sure enough; it is not."""

    ALWAYS = 0
    ANSWERED = 1
    REJECTED = 2


STACK_GUARD: Final = 0x80
_FAULTS: Final = {
    0: "none",
    2: "non-maskable interrupt",
    3: "hard fault",
    4: "memory fault",
    5: "bus fault",
    6: "usage fault",
    7: "secure fault",
    STACK_GUARD: "stack overflow: the guard below the stack was overwritten",
}
_FAULT: Final = struct.Struct("<B3x7I")
_REGISTERS: Final = ("pc", "lr", "psr", "cfsr", "hfsr", "address", "sp")

_CAUSES: Final = (
    (1 << 16, "undefined instruction"),
    (1 << 17, "invalid state"),
    (1 << 18, "invalid return"),
    (1 << 19, "no coprocessor"),
    (1 << 20, "the stack limit was passed"),
    (1 << 24, "unaligned access"),
    (1 << 25, "division by zero"),
    (1 << 8, "instruction fetch from a bad address"),
    (1 << 9, "access to a bad address"),
    (1 << 10, "access to a bad address"),
    (1 << 12, "no room on the stack"),
    (1 << 4, "no room on the stack"),
    (1 << 0, "execution from a forbidden address"),
    (1 << 1, "access to a forbidden address"),
)
"""Bits of the Configurable Fault Status Register, ARMv7-M and ARMv8-M."""
_STACK_CAUSES: Final = 1 << 4 | 1 << 12 | 1 << 20
_LOWEST_RAM: Final = 0x2000_0000
"""No Cortex-M has RAM below; the firmware's stack is the lowest thing in it."""


def describe_fault_kind(kind: int) -> str:
    """A kind of fault in words."""
    return _FAULTS.get(kind, f"exception {kind}, which nothing handles")


def describe_fault(payload: bytes) -> str:
    """The content of a fault event: kind, cause and registers."""
    try:
        kind, *values = _FAULT.unpack_from(payload)
    except struct.error:
        return "a fault without details"
    registers = dict(zip(_REGISTERS, values, strict=True))
    causes = [text for bit, text in _CAUSES if registers["cfsr"] & bit]
    if registers["cfsr"] & _STACK_CAUSES or 0 < registers["sp"] < _LOWEST_RAM:
        causes.append("stack overflow")
    told = ", ".join(f"{name} {value:#010x}" for name, value in registers.items() if value)
    return ", ".join(dict.fromkeys((describe_fault_kind(kind), *causes))) + f"\n{told}"


RESTARTS: Final = {0: "power or reset pin", 1: "reset command", 2: "a fault"}


def describe_restart(payload: bytes) -> str:
    """The content of a hello event."""
    if len(payload) < 2:
        return "a restart"
    reason = RESTARTS.get(payload[0], f"reason {payload[0]}")
    return f"{reason} ({describe_fault_kind(payload[1])})" if payload[0] == 2 else reason


class SilenceError(BoardError):
    """No valid answer came."""


class RestartedError(BoardError):
    """The board restarted before it answered; it has lost what it was told before."""


class FaultError(BoardError):
    """The board's program broke off with a fault, and the board restarted."""


class StatusError(BoardError):
    """The board answered that it cannot."""

    def __init__(self, command: int, answer: Packet, suggestion: str | None = None) -> None:
        super().__init__(
            f"the board refuses {command_name(command)}",
            found=describe_status(answer.status),
            suggestion=suggestion,
        )
        self.status = answer.status
        self.payload = answer.payload
