"""RISC-V with 32-bit registers.

The prices are fitted to what an emulated RV32IMAC counts over layers of many shapes, by
`python -m benchmarks.fit_costs`, which prints this table. Those of `distinct_…` were solved from
three shipped models, in which filters repeat; those of pooled signs and of blocks are read off the
code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets import narrow
from cbcnn_codegen.targets.floats import RV32_SOFTWARE
from cbcnn_codegen.targets.joins import RV32
from cbcnn_codegen.targets.target import KIB, NOT_FUSED, SMALL, Emulator, Prices, Target, Toolchain

PRICES: Final[Prices] = {
    "block_words": 500.0,
    "blocks": 400.0,
    "bucket_codes": 13.55,
    "bucket_outputs": 33.32,
    "bucket_planes": 53.08,
    "bucket_sums": 367.91,
    "bucket_taps": 4.62,
    "conv_filters": 146.51,
    "conv_runs": 3.58,
    "conv_words": 11.21,
    "dense_groups": 12.61,
    "dense_units": 141.04,
    "dense_words": 10.28,
    "distinct_channels": 2560.0,
    "distinct_filters": 148.0,
    "distinct_kernels": 1066.0,
    "distinct_tables": 9497.0,
    "patch_words": 13.8,
    "patches": 859.3,
    "plane_colours": 45.0,
    "plane_filters": 2.86,
    "plane_groups": 8.58,
    "plane_sums": 200.25,
    "point_channels": 20.57,
    "point_words": 20.04,
    "pool_pixels": 22.0,
    "pool_words": 8.8,
    "quad_filters": 8.61,
    "quad_pairs": 19.76,
    "quad_sums": 10.04,
    "quad_taps": 98.17,
    "raised_filters": 129.54,
    "raised_patches": 46.34,
    "raised_rows": 144.17,
    "raised_runs": 4.0,
    "raised_words": 10.0,
    "sliced_blocks": 741.79,
    "sliced_filters": 362.72,
    "sliced_starts": 362.72,
    "sliced_words": 2486.74,
    **RV32_SOFTWARE,
    **narrow.RV32,
    **RV32,
    "values": 9.06,
}
_OPTIMISE: Final = ("-O2", "-fno-schedule-insns", NOT_FUSED)
_FOR_RAM: Final = ("-O2", NOT_FUSED)
"""The first scheduler moves loads of taps away from where they are added, and counts in buckets no
longer fit in the registers: `-fno-schedule-insns` keeps them there."""

_TOOLCHAIN: Final = Toolchain(
    prefix="riscv64-unknown-elf-",
    packages="gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
    binutils="binutils-riscv64-unknown-elf",
)


def riscv_bytes(first: int) -> int:
    """The length of an instruction that begins with this halfword.

    The lowest two bits are 0b11 in instructions of four bytes (unprivileged specification, 1.5).
    """
    return 4 if first & 3 == 3 else 2


def virt_machine(*options: str) -> Emulator:
    """QEMU's machine without a model on a shelf, whose RAM is split into flash and RAM."""
    return Emulator(
        program="qemu-system-riscv32",
        package="qemu-system-misc",
        machine="virt",
        flash=(0x8000_0000, 4096 * KIB),
        ram=(0x8040_0000, 4096 * KIB),
        options=("-bios", "none", *options),
    )


_VIRT: Final = virt_machine()


@dataclass(frozen=True, kw_only=True)
class Rv32(Target):
    """A RISC-V core with 32-bit registers and integers in registers alone."""

    word_bits: int = 32
    pointer_bytes: int = 4
    isas: tuple[str, ...] = ("rv32", "portable")
    prices: Prices = field(default_factory=lambda: PRICES, hash=False)
    has_float_unit: bool = False
    compiler: tuple[str, ...] = ("riscv64-unknown-elf-gcc",)
    toolchain: Toolchain = _TOOLCHAIN
    optimise: tuple[str, ...] = _OPTIMISE
    optimise_for: Mapping[Optimize, tuple[str, ...]] = field(
        default_factory=lambda: {"ram": _FOR_RAM, "size": SMALL}, hash=False
    )
    library_flags: tuple[str, ...] = ("--specs=picolibc.specs",)
    emulator: Emulator | None = _VIRT
    instruction_bytes: Callable[[int], int] | None = riscv_bytes
