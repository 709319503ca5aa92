"""A serial port on the network, by pyserial's own RFC 2217 server."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

from serial.rfc2217 import PortManager


class RecordedPort:
    """What the server sets up for its client."""

    port = "recorded"
    baudrate, bytesize, parity, stopbits = 9600, 8, "N", 1
    xonxoff = rtscts = dsrdtr = False
    rts = dtr = break_condition = True
    cts = dsr = cd = True
    ri = False

    def reset_input_buffer(self) -> None:
        pass

    def reset_output_buffer(self) -> None:
        pass


@contextlib.contextmanager
def serve_rfc2217(
    start: Callable[[socket.socket], object],
) -> Iterator[tuple[str, RecordedPort]]:
    """A server for one client, with `start` putting a device behind it; gives the URL."""
    port = RecordedPort()
    ours, theirs = socket.socketpair()
    with socket.socket() as listener, ours, theirs:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        start(theirs)
        thread = threading.Thread(target=_serve, args=(listener, ours, port), daemon=True)
        thread.start()
        yield f"rfc2217://127.0.0.1:{listener.getsockname()[1]}", port
        thread.join(5)
        ours.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, device: socket.socket, port: RecordedPort) -> None:
    client, _ = listener.accept()
    lock = threading.Lock()

    def write(data: bytes) -> None:
        with lock:
            client.sendall(data)

    manager = PortManager(port, SimpleNamespace(write=write))

    def deliver() -> None:
        with contextlib.suppress(OSError):
            while data := device.recv(4096):
                write(b"".join(manager.escape(data)))

    threading.Thread(target=deliver, daemon=True).start()
    with contextlib.suppress(OSError), client:
        while data := client.recv(4096):
            device.sendall(b"".join(manager.filter(data)))
