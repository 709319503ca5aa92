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
"""Counting with CPOP, by `python -m benchmarks.fit_costs rv32imac_zbb conv_b1_b1 dense_b1_b1`."""

TARGET: Final = Rv32(
    name="rv32imac_zbb",
    title="RISC-V RV32IMAC with Zbb",
    isas=("rv32zbb", "rv32", "portable"),
    prices=_PRICES,
    flags=("-march=rv32imac_zbb", "-mabi=ilp32"),
    link_flags=("-march=rv32imac",),
    flash_bytes=512 * KIB,
    ram_bytes=128 * KIB,
    emulator=virt_machine("-cpu", "rv32,zbb=true"),
)
