"""RISC-V RV32IMAC with the basic bit manipulation of Zbb: CPOP, ANDN, ORN, XNOR.

Debian's C library and GCC's have no build with Zbb, so what is linked is named RV32IMAC.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.rv32 import PRICES, Rv32, virt_machine
from cbcnn_codegen.targets.target import KIB, Prices

_PRICES: Final[Prices] = {
    **PRICES,
    "conv_filters": 54.28,
    "conv_runs": 2.54,
    "conv_words": 6.11,
    "dense_units": 31.22,
    "dense_words": 6.3,
    "patch_words": 36.98,
    "patches": 0.0,
}
"""Word-parallel kernels count with CPOP: prices of their pieces, fitted like the others."""

_ARCHITECTURE: Final = "-march=rv32imac_zbb"

TARGET: Final = Rv32(
    name="rv32imac_zbb",
    title="RISC-V RV32IMAC with Zbb",
    isas=("rv32zbb", "rv32", "portable"),
    prices=_PRICES,
    flags=(_ARCHITECTURE, "-mabi=ilp32"),
    link_flags=(_ARCHITECTURE.removesuffix("_zbb"),),
    flash_bytes=512 * KIB,
    ram_bytes=128 * KIB,
    emulator=virt_machine("-cpu", "rv32,zbb=true"),
)
