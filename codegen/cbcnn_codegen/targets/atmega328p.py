"""Microchip ATmega328P, as on an Arduino Uno."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.avr import FLASH, LAST_RAM, Avr
from cbcnn_codegen.targets.target import KIB, SimulatedChip

TARGET: Final = Avr(
    name="atmega328p",
    title="Microchip ATmega328P, AVR",
    flags=("-mmcu=atmega328p",),
    table_spaces=(FLASH,),
    flash_bytes=32 * KIB,
    ram_bytes=2 * KIB,
    emulator=None,
    chip=SimulatedChip("atmega328p", 16_000_000, 128 * KIB - 1, LAST_RAM),
)
