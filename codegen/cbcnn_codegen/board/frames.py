"""Frames of the link protocol: COBS, a CRC-32, and packets with a request id; docs/protocol.md.

The `cobs` package stuffs bytes, zlib makes the CRC. This module drops everything but whole, correct
frames: nothing behind it ever sees a byte of the rest.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cobs import cobs

VERSION: Final = 1
ANSWER: Final = 0x80
"""Added to the command of a request in its answer."""
LARGEST_FRAME: Final = (0xFFFF + 12) * 255 // 254 + 2
"""Bytes of the longest frame that a length field can announce, stuffing included."""

_HEADER: Final = struct.Struct("<BBHHBB")
_CRC: Final = struct.Struct("<I")


@dataclass(frozen=True)
class Packet:
    """The content of a frame."""

    command: int
    request_id: int
    payload: bytes = b""
    status: int = 0
    version: int = VERSION

    def encode(self) -> bytes:
        """The frame, with the zero byte at its end."""
        header = _HEADER.pack(
            self.version, self.command, self.request_id, len(self.payload), self.status, 0
        )
        body = header + self.payload
        return bytes(cobs.encode(body + _CRC.pack(zlib.crc32(body)))) + b"\0"


def decode_packet(frame: bytes) -> Packet | None:
    """The packet in a frame without its zero byte; None if one bit of it is wrong.

    A frame of another protocol version is taken by the fields that every version has.
    """
    try:
        data: bytes = cobs.decode(frame)
    except cobs.DecodeError:
        return None
    if len(data) < _HEADER.size + _CRC.size:
        return None
    body, (crc,) = data[: -_CRC.size], _CRC.unpack(data[-_CRC.size :])
    if zlib.crc32(body) != crc:
        return None
    version, command, request_id, length, status, _zero = _HEADER.unpack_from(body)
    payload = body[_HEADER.size :]
    if version == VERSION and length != len(payload):
        return None
    return Packet(command, request_id, payload, status, version)


class FrameReader:
    """Cuts a stream of bytes into packets.

    Attributes:
        damaged: frames that were dropped.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._is_skipping = False
        self.damaged = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """The packets that end in `data`."""
        *ends, rest = data.split(b"\0")
        for end in ends:
            self._append(end)
            frame, is_whole = bytes(self._buffer), not self._is_skipping
            self._buffer.clear()
            self._is_skipping = False
            packet = decode_packet(frame) if frame and is_whole else None
            if packet is not None:
                yield packet
            elif frame or not is_whole:
                self.damaged += 1
        self._append(rest)

    def clear(self) -> None:
        """Forget a frame that has begun."""
        self._buffer.clear()
        self._is_skipping = False

    def _append(self, data: bytes) -> None:
        """Noise without a zero byte does not fill the memory."""
        if len(self._buffer) + len(data) > LARGEST_FRAME:
            self._is_skipping = True
            self._buffer.clear()
        elif not self._is_skipping:
            self._buffer += data
