"""Open serial lines by any URL that pyserial knows, and say what is wrong when they do not open."""

from __future__ import annotations

import errno
from typing import Any, Final

import serial

from cbcnn_codegen.errors import BoardError

BAUD: Final = 115200
READ_SECONDS: Final = 0.02
"""Of one read of a port."""


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
    return _open(url, baud, serial.PARITY_EVEN)


def _open(url: str, baud: int, parity: str) -> serial.SerialBase:
    settings: dict[str, Any] = {"baudrate": baud, "parity": parity, "timeout": READ_SECONDS}
    if "://" not in url:
        settings["exclusive"] = True
    try:
        return serial.serial_for_url(url, **settings)
    except (serial.SerialException, OSError, ValueError) as error:
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
