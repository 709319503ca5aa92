"""Any processor with a C99 compiler: no flags, no assembly, words of the size that it likes best.

This is the C for chips that have no target of their own, such as Xtensa's in ESP32 and ESP8266.
Sizes are those that this machine's compiler makes. Prices are those of a RISC-V without extensions,
which leaves the kernels with lanes, and those that only need little memory, where they belong.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.rv32 import PRICES
from cbcnn_codegen.targets.target import NOT_FUSED, SMALL, Target, Toolchain

_ALL: Final = ("portable",)
_NARROW: Final = ("narrow", *_ALL)

TARGET: Final = Target(
    name="portable",
    title="any, by a C99 compiler",
    word_bits=32,
    isas_for={8: _NARROW, 16: _NARROW, 32: _ALL, 64: _ALL},
    pointer_bytes=4,
    isas=_ALL,
    prices=PRICES,
    compiler=("gcc",),
    toolchain=Toolchain(prefix="", packages="gcc", binutils="binutils"),
    flags=(),
    optimise=("-O2", NOT_FUSED),
    optimise_for={"size": SMALL},
    library_flags=(),
    sizes_of="object",
    flash_bytes=None,
    ram_bytes=None,
    emulator=None,
    has_float_unit=False,
)
