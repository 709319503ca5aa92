"""A CH32V003: Unicorn's RISC-V core with the chip's memory, USART1, SysTick and interrupts.

A process of its own runs it, see `unicorn`; `simulator` tells of the two descriptors. The core has
registers and a multiplication that the chip lacks, every instruction takes one tick of SysTick, and
a received byte comes as soon as the last one was taken. What the chip does with a pause is a guess;
this one waits in it for a byte.

Source: WCH, "CH32V003 Reference Manual" and "QingKe V2 Microprocessor Manual".
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

from cbcnn_codegen.elf import open_elf, read_segments
from cbcnn_codegen.targets.rv32 import riscv_bytes
from cbcnn_codegen.tools import load_package

RAM: Final = 0x2000_0000
_FLASH_BYTES: Final = 16 * 1024
_PAGE_BYTES: Final = 4096
_NOWHERE: Final = 0xFFFF_FFFE
_PERIPHERALS, _PERIPHERAL_BYTES = 0x4000_0000, 0x3_0000
_CORE, _CORE_BYTES = 0xE000_0000, 0x1_0000

_STATR, _DATAR, _BRR, _CTLR1 = (0x4001_3800 + 4 * index for index in range(4))
_RCC_CFGR0, _RCC_APB2PCENR = 0x4002_1004, 0x4002_1018
_GPIOD_CFGLR, _GPIOD_OUTDR, _GPIOD_BSHR = 0x4001_1400, 0x4001_140C, 0x4001_1410
_PFIC_CFGR, _PFIC_IENR2, _PFIC_IRER2 = 0xE000_E048, 0xE000_E104, 0xE000_E184
_STK_CTLR, _STK_CNT = 0xE000_F000, 0xE000_F008
_RESET_VALUES: Final = {_RCC_CFGR0: 0x20, _GPIOD_CFGLR: 0x4444_4444}
_RESET_WORD: Final = 0xBEEF_0080
_HSI_HZ: Final = 24_000_000

_RECEIVED, _IDLE = 1 << 5, 0xC0  # STATR: everything was sent
_RECEIVES, _INTERRUPTS = 1 << 13 | 1 << 2, 1 << 5  # CTLR1: UE and RE, RXNEIE
_COUNTS: Final = 0b101  # STK_CTLR: every cycle
_HARD_FAULT, _USART1 = 3, 32
_MIE, _MPIE, _MPP = 1 << 3, 1 << 7, 3 << 11
_PAUSE: Final = (0x0100_000F).to_bytes(4, "little")


class UnicornChip:
    """A chip that was just powered, with a program in its flash.

    Attributes:
        instructions: that it carried out.
    """

    def __init__(
        self, program: Path, send: Callable[[int], None], wait: Callable[[], None]
    ) -> None:
        """`send` takes a byte that the USART sends, `wait` returns when one may have come."""
        self._unicorn = unicorn = load_package("unicorn", "emulate a processor")
        self._names = load_package("unicorn.riscv_const", "emulate a processor")
        self._uc: Any = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
        self._uc.mem_map(0, _FLASH_BYTES, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        self._uc.mem_map(RAM, _PAGE_BYTES)
        self._uc.mem_write(RAM, b"\xa5" * _PAGE_BYTES)
        for base, size in ((_PERIPHERALS, _PERIPHERAL_BYTES), (_CORE, _CORE_BYTES)):
            self._uc.mmio_map(base, size, self._read, base, self._write, base)
        with open_elf(program) as elf:
            for segment in read_segments(elf):
                self._uc.mem_write(segment.address, segment.data)
        self._uc.hook_add(unicorn.UC_HOOK_BLOCK, self._enter)
        self._send, self._wait = send, wait
        self._blocks: dict[tuple[int, int], tuple[int, bool]] = {}
        self._received: deque[int] = deque()
        self.instructions = 0
        self._restarts: bool
        self._reset()

    def receive(self, data: bytes) -> None:
        """Bytes on their way to the USART; another thread may call it."""
        self._received.extend(data)

    def run(self) -> NoReturn:
        """Carry instructions out, from where it is on."""
        while True:
            self._idles = False
            try:
                self._uc.emu_start(self._uc.reg_read(self._names.UC_RISCV_REG_PC), _NOWHERE)
            except self._unicorn.UcError:
                self._trap(_HARD_FAULT)
                continue
            if self._restarts:
                self._reset()
            elif self._is_interrupted():
                self._trap(_USART1)
                self._rested = True  # a pause ends with what it waited for
            elif self._idles:
                if not self._received:
                    self._wait()
                self._rested = True

    def _reset(self) -> None:
        """The chip's registers; RAM stays."""
        self._registers = dict(_RESET_VALUES)
        self._enabled = self._restarts = self._idles = self._rested = False
        self._began = self.instructions
        self._uc.reg_write(self._names.UC_RISCV_REG_MSTATUS, _MPP)
        self._uc.reg_write(self._names.UC_RISCV_REG_PC, 0)

    def _enter(self, uc: Any, address: int, size: int, _data: object) -> None:
        """Count a block in front of it, or stop there: it then counts when it goes on."""
        if self._received and self._is_interrupted():
            uc.emu_stop()
            return
        block = self._blocks.get((address, size))
        if block is None:
            block = self._blocks[address, size] = self._measure(address, size)
        instructions, pauses = block
        if pauses and not self._rested:
            self._idles = True
            uc.emu_stop()
            return
        self._rested &= not pauses
        self.instructions += instructions

    def _measure(self, address: int, size: int) -> tuple[int, bool]:
        """Instructions of a block, and whether it is in front of a pause."""
        code = bytes(self._uc.mem_read(address, size))
        at = count = 0
        while at < size:
            at += riscv_bytes(int.from_bytes(code[at : at + 2], "little"))
            count += 1
        return count, _PAUSE in code

    def _is_interrupted(self) -> bool:
        """Whether a byte is there for which the program wants to be interrupted now."""
        return bool(
            self._received
            and self._enabled
            and self._registers.get(_CTLR1, 0) & _INTERRUPTS
            and self._uc.reg_read(self._names.UC_RISCV_REG_MSTATUS) & _MIE
        )

    def _trap(self, number: int) -> None:
        """Go where the table at address 0 says, with interrupts off."""
        names, uc = self._names, self._uc
        uc.reg_write(names.UC_RISCV_REG_MEPC, uc.reg_read(names.UC_RISCV_REG_PC))
        status = uc.reg_read(names.UC_RISCV_REG_MSTATUS)
        was_on = _MPIE if status & _MIE else 0
        uc.reg_write(names.UC_RISCV_REG_MSTATUS, status & ~(_MIE | _MPIE) | was_on | _MPP)
        (handler,) = struct.unpack("<I", uc.mem_read(4 * number, 4))
        uc.reg_write(names.UC_RISCV_REG_PC, handler)

    def _read(self, _uc: Any, offset: int, _size: int, base: int) -> int:
        at = base + offset
        if at == _STATR:
            return _IDLE | (_RECEIVED if self._has_byte() else 0)
        if at == _DATAR:
            return self._received.popleft() if self._has_byte() else 0
        if at == _STK_CNT:
            counts = self._registers.get(_STK_CTLR, 0) & _COUNTS == _COUNTS
            return self.instructions - self._began & 0xFFFF_FFFF if counts else 0
        return self._registers.get(at, 0)

    def _has_byte(self) -> bool:
        receives = self._registers.get(_CTLR1, 0) & _RECEIVES == _RECEIVES
        return receives and bool(self._received)

    def _write(self, uc: Any, offset: int, _size: int, value: int, base: int) -> None:
        at = base + offset
        if at == _DATAR:
            self._send(value & 0xFF)
        elif at == _PFIC_IENR2:
            self._enabled |= bool(value & 1)
        elif at == _PFIC_IRER2:
            self._enabled &= not value & 1
        elif at == _GPIOD_BSHR:
            self._registers[_GPIOD_OUTDR] = value & 0xFF
        elif at == _PFIC_CFGR and value == _RESET_WORD:
            self._restarts = True
            uc.emu_stop()
        else:
            self._registers[at] = value

    def line_fault(self, baud: int) -> str | None:
        """What is wrong with the line as the program has set it up; None if nothing is."""
        registers = self._registers
        hertz = _HSI_HZ // ((registers[_RCC_CFGR0] >> 4 & 0xF) + 1)
        real = hertz / max(registers.get(_BRR, 0), 1)
        pins = registers[_GPIOD_CFGLR] >> 20 & 0xFF
        pulled_up = registers.get(_GPIOD_OUTDR, 0) & 0x40
        if registers.get(_RCC_APB2PCENR, 0) & 0x4020 != 0x4020:
            return "port D or USART1 has no clock"
        if pins & 0xCC != 0x88 or pins & 0x03 == 0 or pins & 0x30 or not pulled_up:
            return f"PD5 and PD6 are not USART1's: {pins:#04x}"
        if abs(real / baud - 1) > 0.02:
            return f"USART1 sends at {real:,.0f} baud instead of {baud:,}"
        return None


class _Line:
    """The serial line of a chip, and the thread that listens to it."""

    def __init__(self, program: Path, baud: int, client: socket.socket) -> None:
        self._client, self._baud = client, baud
        self._sent = bytearray()
        self._news = threading.Event()
        self.chip = UnicornChip(program, self._send, self._wait)

    def listen(self) -> NoReturn:
        """Hand on what comes, and end this process when nobody is on the line any more."""
        while True:
            try:
                data = self._client.recv(4096)
            except OSError:
                data = b""
            if not data:
                os._exit(0)
            self.chip.receive(data)
            self._news.set()

    def _send(self, byte: int) -> None:
        """A frame ends in 0; what is in front of it goes with it."""
        fault = self.chip.line_fault(self._baud)
        if fault is not None:
            print(fault, file=sys.stderr, flush=True)
            os._exit(6)
        self._sent.append(byte)
        if byte == 0:
            self._client.sendall(self._sent)
            self._sent.clear()

    def _wait(self) -> None:
        self._news.wait()
        self._news.clear()


def main(firmware: str, baud: str, line: str, control: str) -> NoReturn:
    """Run a chip for the first who connects, when the byte on `control` says so."""
    with socket.socket(fileno=int(line)) as listener, socket.socket(fileno=int(control)) as starter:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected = _Line(Path(firmware), int(baud), client)
        starter.sendall(b"\1")
        if not starter.recv(1):
            os._exit(0)
        threading.Thread(target=connected.listen, daemon=True).start()
        connected.chip.run()
