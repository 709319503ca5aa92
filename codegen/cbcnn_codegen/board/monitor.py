"""Show as lines for a person what a board says unasked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from cbcnn_codegen.board.frames import ANSWER, FrameReader, Packet
from cbcnn_codegen.board.port import LINE_ERRORS
from cbcnn_codegen.board.protocol import (
    Event,
    command_name,
    decode_text,
    describe_fault,
    describe_restart,
    describe_status,
)
from cbcnn_codegen.errors import BoardError

_READ_BYTES: Final = 256


def monitor(port: Any, name: str, say: Callable[[str], None], seconds: float | None = None) -> None:
    """Say every event and answer of a line, for so many seconds or until an interrupt.

    Raises:
        BoardError: the line broke.
    """
    reader, limit = FrameReader(), None if seconds is None else time.monotonic() + seconds
    while limit is None or time.monotonic() < limit:
        try:
            data = port.read(1)
            if data and port.in_waiting:
                data += port.read(min(port.in_waiting, _READ_BYTES))
        except LINE_ERRORS as error:
            raise BoardError(f"the connection to {name} broke", found=str(error)) from error
        damaged = reader.damaged
        for packet in reader.feed(data):
            for line in describe(packet):
                say(line)
        if reader.damaged > damaged:
            say("damaged  bytes that are no frame; is the --baud right?")


def describe(packet: Packet) -> Iterator[str]:
    """A packet in words, one or more lines."""
    if packet.command == Event.TEXT:
        yield f"text     {decode_text(packet.payload)}"
    elif packet.command == Event.HELLO:
        yield f"started  by {describe_restart(packet.payload)}"
    elif packet.command == Event.FAULT:
        first, *rest = describe_fault(packet.payload).splitlines()
        yield f"fault    {first}"
        yield from (f"         {line}" for line in rest)
    elif packet.command == Event.NOTICE:
        yield f"notice   {describe_status(packet.status)}"
    else:
        asked = command_name(packet.command - ANSWER)
        yield f"answer   to {asked}, {describe_status(packet.status)}, {len(packet.payload)} bytes"
