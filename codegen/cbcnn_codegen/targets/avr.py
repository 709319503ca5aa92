"""AVR: registers of 8 bits, an int of 16, and flash in an address space of its own.

The prices are those of a Cortex-M0+ for registers that are a quarter as wide; those of words, which
have 8 bits here, and of pattern sums are read off cycles of simavr. They rank kernels, of which
there is little choice for narrow words, and are no prediction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets import armv6m
from cbcnn_codegen.targets.target import (
    KIB,
    NOT_FUSED,
    SMALL,
    CallGraph,
    FirmwareCore,
    Prices,
    TableSpace,
    Target,
    Toolchain,
)

_NARROWER: Final = 4
PRICES: Final[Prices] = {
    **{piece: _NARROWER * price for piece, price in armv6m.PRICES.items()},
    "conv_words": 24.0,
    "raised_words": 24.0,
    "dense_words": 24.0,
    "point_words": 30.0,
}

_TOOLCHAIN: Final = Toolchain(prefix="avr-", packages="gcc-avr avr-libc", binutils="binutils-avr")

FLASH: Final = TableSpace("__flash", "__AVR__", 64_000)
"""What LPM reads: the first 64 KiB, of which the linker gives the lowest addresses to tables,
behind the vectors."""

ANYWHERE: Final = TableSpace("__memx", "__AVR__", None)
"""Addresses of 24 bits, by a function for each access; slower."""

LAST_RAM: Final = 0xFFFF
LAST_FLASH: Final = 256 * KIB - 1

_FIRMWARE: Final = FirmwareCore(
    family="avr",
    link_flags=("board.ld",),
    gdb_architecture=None,
    flash_bytes=12_800,
    flash_bytes_for={"ram": 10_000, "size": 10_000},
    stack_bytes=120,
    ram_bytes=144,
)

_ISAS: Final = ("int16", "narrow", "portable")


@dataclass(frozen=True, kw_only=True)
class Avr(Target):
    """A chip with an AVR core that has MUL and MOVW."""

    word_bits: int = 8
    isas_for: Mapping[int, tuple[str, ...]] = field(
        default_factory=lambda: {8: _ISAS, 16: _ISAS}, hash=False
    )
    isas: tuple[str, ...] = _ISAS
    pointer_bytes: int = 2
    prices: Prices = field(default_factory=lambda: PRICES, hash=False)
    compiler: tuple[str, ...] = ("avr-gcc",)
    toolchain: Toolchain = _TOOLCHAIN
    standard: str = "gnu99"
    unheeded: tuple[str, ...] = ("-Wno-conversion",)
    optimise: tuple[str, ...] = ("-O2", NOT_FUSED)
    optimise_for: Mapping[Optimize, tuple[str, ...]] = field(
        default_factory=lambda: {"ram": SMALL, "size": SMALL}, hash=False
    )
    library_flags: tuple[str, ...] = ()
    sizes_script: str = "sizes_avr.ld"
    call_graph: CallGraph = "disassembly"
    has_float_unit: bool = False
    firmware: FirmwareCore | None = _FIRMWARE
    float_obstacle: str | None = (
        "double is float in avr-libc, whose operations may round otherwise than the reference"
    )
