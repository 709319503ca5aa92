"""A CH32V003 as far as its serial program sees it: a core of Unicorn, memory, and a USART.

The core has registers and a multiplication that the chip lacks: what is built is looked at, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cbcnn_codegen.elf import open_elf, read_segments

RAM = 0x2000_0000
RAM_BYTES = 2048
PERIPHERALS = 0x4000_0000
PERIPHERAL_BYTES = 0x3_0000
STATR, DATAR, BRR = 0x1_3800, 0x1_3804, 0x1_3808
RECEIVED, CAN_SEND = 1 << 5, 1 << 7
RESET_VALUES = {0x2_1004: 0x20, STATR: 0xC0}
SECONDS = 60


class Ch32v003:
    """A chip that was just reset, with a program in its flash.

    Attributes:
        sent: bytes that came out of the USART.
        registers: last value that was written to each, by its address behind `PERIPHERALS`.
    """

    def __init__(self, program: Path) -> None:
        import unicorn

        self.core: Any = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
        self.core.mem_map(0, 16 * 1024)
        self.core.mem_map(RAM, 4096)
        self.core.mem_write(RAM, b"\xa5" * RAM_BYTES)
        self.core.mmio_map(PERIPHERALS, PERIPHERAL_BYTES, self._read, None, self._write, None)
        with open_elf(program) as elf:
            for segment in read_segments(elf):
                self.core.mem_write(segment.address, segment.data)
        self.registers = dict(RESET_VALUES)
        self.waiting = bytearray()
        self.sent = bytearray()
        self.lines = 0

    def run(self, received: bytes, lines: int) -> list[str]:
        """Give it bytes, and run it until it has sent so many lines; returns them."""
        self.waiting += received
        self.lines = lines
        self.core.emu_start(0, 0xFFFF_FFFF, timeout=SECONDS * 1_000_000)
        return self.sent.decode("ascii").splitlines()

    def _read(self, _core: Any, at: int, _size: int, _data: Any) -> int:
        if at == STATR:
            return CAN_SEND | (RECEIVED if self.waiting else 0)
        if at == DATAR:
            return self.waiting.pop(0)
        return self.registers.get(at, 0)

    def _write(self, core: Any, at: int, _size: int, value: int, _data: Any) -> None:
        self.registers[at] = value
        if at == DATAR:
            self.sent.append(value)
            if self.sent.count(b"\n") == self.lines:
                core.emu_stop()
