"""A chip in its ROM bootloader, as ST's application note AN3155 describes it, on a pty or socket.

Written from the note, not from the client, and with the flash's own habits: programming only clears
bits, protected pages take erasing and writing without a word and stay as they are, readout
protection leaves four commands, removing protection resets the chip.
"""

from __future__ import annotations

import contextlib
import os
import pty
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

ACK = b"\x79"
NACK = b"\x1f"
ORIGIN = 0x0800_0000

F405_PAGES = (*[16 << 10] * 4, 64 << 10, *[128 << 10] * 7)
F103_PAGES = (*[1 << 10] * 128,)
L476_PAGES = (*[2 << 10] * 512,)


class GoneError(Exception):
    """The line was closed."""


@dataclass
class Chip:
    """State of a chip.

    Attributes:
        product: that Get ID tells.
        pages: sizes of the erasable pages.
        extended: whether it has Extended Erase instead of Erase.
        line_bytes: programmed at once and never twice, because of error correction; 0 for flash
            whose bits can be cleared one by one.
        protected_pages: that erasing and writing leave as they are.
        lose: tells of the n-th received byte whether it gets lost.
        garble: tells of the n-th sent byte whether a bit of it is turned.
        stuck: addresses whose byte cannot be programmed.
        late_seconds: that NACK is held back, as by a slow network.
        fill: what every byte of flash is at first; 0xff for a chip that is empty.
    """

    product: int = 0x413
    pages: tuple[int, ...] = F405_PAGES
    extended: bool = True
    line_bytes: int = 0
    readout_protected: bool = False
    protected_pages: set[int] = field(default_factory=set)
    lose: Callable[[int], bool] = lambda _n: False
    garble: Callable[[int], bool] = lambda _n: False
    stuck: frozenset[int] = frozenset()
    late_seconds: float = 0.0
    fill: int = 0x5A
    flash: bytearray = field(init=False)
    started_at: int | None = None
    erased: list[int] = field(default_factory=list)
    received: int = 0
    sent: int = 0
    stays_in_bootloader: bool = True

    def __post_init__(self) -> None:
        self.flash = bytearray([self.fill]) * sum(self.pages)

    def content(self, address: int, size: int) -> bytes:
        return bytes(self.flash[address - ORIGIN : address - ORIGIN + size])


class Peer(threading.Thread):
    """Answers on a file descriptor until it is closed."""

    def __init__(self, chip: Chip, descriptor: int) -> None:
        super().__init__(daemon=True)
        self.chip = chip
        self._descriptor = descriptor

    def run(self) -> None:
        with contextlib.suppress(GoneError, OSError):
            while self.chip.started_at is None:
                while self._byte() != 0x7F:
                    pass
                self._send(ACK)
                while self.chip.started_at is None and self._command():
                    pass
            while True:
                self._byte()

    def _byte(self) -> int:
        while True:
            data = os.read(self._descriptor, 1)
            if not data:
                raise GoneError
            self.chip.received += 1
            if not self.chip.lose(self.chip.received):
                return data[0]

    def _bytes(self, count: int) -> bytes:
        return bytes(self._byte() for _ in range(count))

    def _send(self, data: bytes) -> None:
        if data == NACK:
            time.sleep(self.chip.late_seconds)
        changed = bytearray(data)
        for i in range(len(changed)):
            self.chip.sent += 1
            if self.chip.garble(self.chip.sent):
                changed[i] ^= 0x40
        os.write(self._descriptor, changed)

    def _command(self) -> bool:
        """One command; False after one that resets the chip."""
        code, complement = self._bytes(2)
        erase = 0x44 if self.chip.extended else 0x43
        actions: dict[int, Callable[[], bool | None]] = {
            0x00: self._get,
            0x01: self._get_version,
            0x02: self._get_id,
            0x11: self._read,
            0x21: self._go,
            0x31: self._write,
            erase: self._extended_erase if self.chip.extended else self._erase,
            0x73: self._write_unprotect,
            0x92: self._readout_unprotect,
        }
        always = (0x00, 0x01, 0x02, 0x92)
        allowed = actions if not self.chip.readout_protected else always
        if code ^ complement != 0xFF or code not in allowed:
            self._send(NACK)
            return True
        self._send(ACK)
        return actions[code]() is not False

    def _get(self) -> None:
        erase = 0x44 if self.chip.extended else 0x43
        commands = bytes([0x00, 0x01, 0x02, 0x11, 0x21, 0x31, erase, 0x63, 0x73, 0x82, 0x92])
        self._send(bytes([len(commands), 0x31]) + commands + ACK)

    def _get_version(self) -> None:
        self._send(b"\x31\x00\x00" + ACK)

    def _get_id(self) -> None:
        self._send(b"\x01" + self.chip.product.to_bytes(2, "big") + ACK)

    def _address(self, size: int = 1) -> int | None:
        data = self._bytes(5)
        address = int.from_bytes(data[:4], "big")
        inside = ORIGIN <= address <= ORIGIN + len(self.chip.flash) - size
        if reduce(xor, data) != 0 or not inside:
            self._send(NACK)
            return None
        self._send(ACK)
        return address

    def _read(self) -> None:
        address = self._address()
        if address is None:
            return
        size, complement = self._bytes(2)
        if size ^ complement != 0xFF:
            self._send(NACK)
            return
        self._send(ACK + self.chip.content(address, size + 1))

    def _go(self) -> None:
        address = self._address()
        if address is not None:
            self.chip.started_at = address

    def _write(self) -> None:
        address = self._address()
        if address is None:
            return
        head = self._bytes(1)
        data = self._bytes(head[0] + 1)
        if reduce(xor, head + data + self._bytes(1)) != 0 or len(data) % 4 or address % 4:
            self._send(NACK)
            return
        self._send(ACK if self._program(address, data) else NACK)

    def _program(self, address: int, data: bytes) -> bool:
        chip, start = self.chip, address - ORIGIN
        if self._page_of(start) in chip.protected_pages:
            return True
        if chip.line_bytes:
            assert address % chip.line_bytes == 0 == len(data) % chip.line_bytes
            if any(byte != 0xFF for byte in chip.content(address, len(data))):
                return False
        for i, byte in enumerate(data):
            if start + i + ORIGIN not in chip.stuck:
                chip.flash[start + i] &= byte
        return True

    def _erase(self) -> None:
        count = self._byte()
        if count == 0xFF:
            self._finish_erase(range(len(self.chip.pages)), self._byte() == 0x00)
            return
        pages = self._bytes(count + 1)
        self._finish_erase(pages, reduce(xor, bytes([count]) + pages + self._bytes(1)) == 0)

    def _extended_erase(self) -> None:
        head = self._bytes(2)
        count = int.from_bytes(head, "big")
        if count >= 0xFFF0:
            right = reduce(xor, head) == self._byte()
            self._finish_erase(range(len(self.chip.pages)), right and count == 0xFFFF)
            return
        data = self._bytes(2 * (count + 1))
        pages = [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]
        self._finish_erase(pages, reduce(xor, head + data + self._bytes(1)) == 0)

    def _finish_erase(self, pages: range | list[int] | bytes, right: bool) -> None:
        if not right or any(page >= len(self.chip.pages) for page in pages):
            self._send(NACK)
            return
        for page in pages:
            if page not in self.chip.protected_pages:
                start, size = sum(self.chip.pages[:page]), self.chip.pages[page]
                self.chip.flash[start : start + size] = b"\xff" * size
                self.chip.erased.append(page)
        self._send(ACK)

    def _page_of(self, offset: int) -> int:
        end = 0
        for page, size in enumerate(self.chip.pages):
            end += size
            if offset < end:
                return page
        raise AssertionError(offset)

    def _write_unprotect(self) -> bool:
        self.chip.protected_pages.clear()
        self._send(ACK)
        return not self.chip.stays_in_bootloader

    def _readout_unprotect(self) -> bool:
        self.chip.readout_protected = False
        self.chip.flash[:] = b"\xff" * len(self.chip.flash)
        self._send(ACK)
        return not self.chip.stays_in_bootloader


@contextlib.contextmanager
def peer_on_socket(chip: Chip) -> Iterator[str]:
    """A peer that takes one client; gives the URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def serve() -> None:
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                with client:
                    Peer(chip, client.fileno()).run()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@contextlib.contextmanager
def peer_on_pty(chip: Chip) -> Iterator[str]:
    """A peer behind a pseudo-terminal; gives the path of its other end."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    Peer(chip, ours).start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.close(theirs)
        os.close(ours)
