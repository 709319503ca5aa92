"""The few semihosting operations of the harness; see `firmware_templates/harness/io_semihosting.c`.

Source: Arm, "Semihosting for AArch32 and AArch64", chapter 5.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final, Protocol

SYS_OPEN: Final = 0x01
SYS_WRITE: Final = 0x05
SYS_READ: Final = 0x06
SYS_EXIT_EXTENDED: Final = 0x20


class TargetMemory(Protocol):
    """The files that the operations read and write."""

    def mem_read(self, address: int, size: int) -> bytearray:
        """`size` bytes."""

    def mem_write(self, address: int, data: bytes) -> None:
        """Store bytes."""


@dataclass
class Semihosting:
    """One input and one output file, in memory.

    Attributes:
        input: what the program reads.
        output: what it has written.
        exit_code: None while it runs.
    """

    input: bytes
    output: bytearray = field(default_factory=bytearray)
    exit_code: int | None = None
    _position: int = 0

    def call(self, memory: TargetMemory, operation: int, arguments: int) -> int:
        """Do what the program asks for; returns what it gets back.

        Raises:
            ValueError: an operation that the harness does not use.
        """
        if operation == SYS_OPEN:
            return 1
        _, address, size = struct.unpack("<3I", memory.mem_read(arguments, 12))
        if operation == SYS_READ:
            data = self.input[self._position : self._position + size]
            self._position += len(data)
            memory.mem_write(address, data)
            return int(size) - len(data)
        if operation == SYS_WRITE:
            self.output += memory.mem_read(address, size)
            return 0
        if operation == SYS_EXIT_EXTENDED:
            self.exit_code = int(address)
            return 0
        raise ValueError(f"semihosting operation {operation:#x}")
