"""Open serial lines by any URL that pyserial knows, and say why one does not open."""

from __future__ import annotations

import errno
from typing import Any, Final

import serial

from cbcnn_codegen.errors import BoardError
from cbcnn_inputs.systems import termios

BAUD: Final = 115200

LINE_ERRORS: Final[tuple[type[Exception], ...]] = (
    serial.SerialException,
    OSError,
    TypeError,
    *(() if termios is None else (termios.error,)),
)
"""What reading, writing and setting up a port may raise; `TypeError` after another thread or the
system closed it."""

_OPEN_ERRORS: Final[tuple[type[Exception], ...]] = (*LINE_ERRORS, ValueError)

EMULATED: Final = "emulated"
_KEPT: Final = "emulated://"
"""Begins the name of a line of `cbcnn-board emulate`, a socket whose board counts instructions."""

READ_SECONDS: Final = 0.02
"""Time that one read of a port takes at most."""


def is_emulated(url: str) -> bool:
    """Whether QEMU is behind a port: one that is started for it, or one that is kept."""
    return url == EMULATED or url.startswith(_KEPT)


def has_rate(url: str) -> bool:
    """Whether a port runs at some rate: sockets and memory do not."""
    return not is_emulated(url) and not url.startswith(("socket://", "loop://"))


def open_port(url: str, baud: int = BAUD) -> serial.SerialBase:
    """A line with 8 data bits and no parity, as the firmware has it, held by this process alone.

    Raises:
        BoardError: no such port, a port that another program holds, or no permission.
    """
    return _open(url, baud, serial.PARITY_NONE)


def open_bootloader_port(url: str, baud: int = BAUD) -> serial.SerialBase:
    """A line with even parity, as the bootloader in an STM32's ROM wants it.

    Raises:
        BoardError: see `open_port`; or a line that has no parity, such as a pseudo-terminal.
    """
    line = _open(url, baud, serial.PARITY_EVEN)
    if termios is not None and "://" not in url:
        flags = termios.tcgetattr(line.fileno())[2]
        if not flags & termios.PARENB:
            # The system took the setting and left it out.
            line.close()
            raise BoardError(
                f"{url} does not take even parity",
                found="8 data bits without parity",
                suggestion="--no-parity, if the other side has none, as a pseudo-terminal",
            )
    return line


def _open(url: str, baud: int, parity: str) -> serial.SerialBase:
    url = url.replace(_KEPT, "socket://", 1)
    settings: dict[str, Any] = {"baudrate": baud, "parity": parity, "timeout": READ_SECONDS}
    if "://" not in url:
        settings["exclusive"] = True
    try:
        return serial.serial_for_url(url, **settings)
    except _OPEN_ERRORS as error:
        raise _describe(url, error) from error


def _describe(url: str, error: Exception) -> BoardError:
    """The cause in words; pyserial hides the number of the system's error in different places."""
    text = str(error)
    number = getattr(error, "errno", None)
    if number in (errno.EAGAIN, errno.EBUSY, errno.EWOULDBLOCK) or "exclusively lock" in text:
        return BoardError(
            f"another program holds {url}",
            found=text,
            suggestion=f"end it; fuser -v {url} names it",
        )
    if number in (errno.EACCES, errno.EPERM):
        return BoardError(
            f"{url} may not be opened",
            found=text,
            suggestion="add yourself to the group dialout and log in again",
        )
    return BoardError(
        f"{url} cannot be opened",
        found=text,
        allowed="a serial port, socket://HOST:PORT, rfc2217://HOST:PORT, or emulated",
        suggestion="cbcnn-board list shows the ports that there are",
    )
