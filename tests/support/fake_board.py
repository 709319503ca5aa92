"""A board in Python that speaks the link protocol, and can be told to misbehave.

The emulated boards run the real firmware; this one is for what they never do.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_codegen.board.frames import FrameReader, Packet
from cbcnn_codegen.board.link import Link, Patience
from cbcnn_codegen.board.port import open_port

SHA256 = bytes(range(32))
CLASSES = 5
IMAGE_BYTES = 700
QUICK = Patience(answer=0.3, compute=0.3, notice=0.1, busy=0.01, work=2.0, silence=0.02, start=1.0)

Reply = list[bytes]


def scores_of(image: bytes) -> NDArray[Any]:
    """What the board's "network" computes."""
    return np.array([zlib.crc32(image, i) % 1000 for i in range(CLASSES)], "<i4")


def hello(reason: int = 0, fault: int = 0) -> bytes:
    return Packet(0xFE, 0, bytes([reason, fault]) + b"\x04fake").encode()


def notice(status: int) -> bytes:
    return Packet(0xFF, 0, b"", status).encode()


@dataclass
class FakeBoard:
    """State of the board.

    Attributes:
        twist: gets each request and the frames that would be sent, and says which are.
        requests: command and id of everything that was understood.
        greets_after: seconds, or not at all; pyserial drops what comes while it opens a socket.
    """

    twist: Callable[[Packet, Reply], Reply] = lambda _request, frames: frames
    version: int = 1
    image: bytes = b""
    result: bytes | None = None
    requests: list[tuple[int, int]] = field(default_factory=list)
    max_payload: int = 256
    greets_after: float | None = None

    def restart(self) -> None:
        self.image, self.result = b"", None

    def answer(self, request: Packet) -> Reply:
        """The frames that answer a request."""
        self.requests.append((request.command, request.request_id))
        if self.version != 1:
            payload = bytes([self.version, self.version])
            return [self._frame(request, payload, 4)]
        actions: dict[int, Callable[[bytes], tuple[int, bytes]]] = {
            1: lambda _payload: (0, self._info()),
            2: self._take_image,
            3: self._classify,
            4: self._read,
        }
        action = actions.get(request.command)
        status, payload = (5, b"") if action is None else action(request.payload)
        return [self._frame(request, payload, status)]

    def _frame(self, request: Packet, payload: bytes, status: int) -> bytes:
        command = (request.command + 0x80) % 0x100
        return Packet(command, request.request_id, payload, status).encode()

    def _info(self) -> bytes:
        fixed = struct.pack(
            "<BBHI32s4HIBBBBIIIBBBBIII",
            *(1, 1, self.max_payload, 0b11110, SHA256, 28, 25, 1, CLASSES, IMAGE_BYTES),
            *(0, 0, 3, 4, 1, 168_000_000, 168_000_000, 1, 0, 0, 0, 100, 2048, 300),
        )
        return fixed + b"".join(bytes([len(text)]) + text for text in (b"fake", b"net", b"0.1"))

    def _take_image(self, payload: bytes) -> tuple[int, bytes]:
        _, offset = struct.unpack_from("<B3xI", payload)
        if offset == 0:
            self.image = b""
        if offset != len(self.image):
            return 11, struct.pack("<I", len(self.image))
        self.image += payload[8:]
        return 0, struct.pack("<II", len(self.image), zlib.crc32(self.image))

    def _classify(self, payload: bytes) -> tuple[int, bytes]:
        model, crc = struct.unpack("<4sI", payload)
        if model != SHA256[:4]:
            return 9, SHA256
        if len(self.image) != IMAGE_BYTES or zlib.crc32(self.image) != crc:
            return 10, struct.pack("<II", len(self.image), zlib.crc32(self.image))
        self.result = self.image
        scores = scores_of(self.image)
        numbers = (int(scores.argmax()), 1234, crc, zlib.crc32(scores.tobytes()))
        return 0, struct.pack("<HxxIII", *numbers)

    def _read(self, payload: bytes) -> tuple[int, bytes]:
        crc, what, length, offset = struct.unpack("<IBxHI", payload)
        if self.result is None or zlib.crc32(self.result) != crc:
            return 10, bytes(8)
        data = scores_of(self.result).tobytes() if what else self.result
        return 0, struct.pack("<I", len(data)) + data[offset : offset + length]


def serve(board: FakeBoard, listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            with client:
                serve_client(board, client)


def serve_client(board: FakeBoard, client: socket.socket) -> None:
    """Until the client leaves."""
    reader = FrameReader()
    with contextlib.suppress(OSError):
        if board.greets_after is not None:
            time.sleep(board.greets_after)
            client.sendall(hello())
        while data := client.recv(4096):
            for packet in reader.feed(data):
                for frame in board.twist(packet, board.answer(packet)):
                    client.sendall(frame)
            if reader.damaged:
                reader.damaged = 0
                client.sendall(notice(2))


@contextlib.contextmanager
def run_fake(board: FakeBoard) -> Iterator[str]:
    """Let a board run; gives its URL. It takes one client after the other."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4)
        thread = threading.Thread(target=serve, args=(board, listener), daemon=True)
        thread.start()
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def linked(board: FakeBoard, patience: Patience = QUICK) -> Iterator[Link]:
    """A link to a board that runs."""
    with run_fake(board) as url, contextlib.closing(Link(open_port(url), url, patience)) as link:
        link.synchronise()
        yield link
