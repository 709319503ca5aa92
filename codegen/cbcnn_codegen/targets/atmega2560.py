"""Microchip ATmega2560, as on an Arduino Mega."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.avr import ANYWHERE, FLASH, LAST_FLASH, LAST_RAM, Avr
from cbcnn_codegen.targets.target import KIB, SimulatedChip

TARGET: Final = Avr(
    name="atmega2560",
    title="Microchip ATmega2560, AVR",
    flags=("-mmcu=atmega2560",),
    table_spaces=(FLASH, ANYWHERE),
    flash_bytes=256 * KIB,
    ram_bytes=8 * KIB,
    emulator=None,
    chip=SimulatedChip("atmega2560", 16_000_000, LAST_FLASH, LAST_RAM),
)
