"""Arm in 64 bits with NEON, under Linux: Raspberry Pi 3, 4, 5 and Zero 2, and boards like them.

Words have 64 bits, lanes 256: two registers of NEON, whose CNT counts the ones of 16 bytes. The
prices are those of this machine, whose kernels are the same: nothing counts instructions here.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.host import PRICES
from cbcnn_codegen.targets.target import NOT_FUSED, SMALL, LinuxEmulator, Target, Toolchain

TARGET: Final = Target(
    name="aarch64",
    title="AArch64 with NEON, Raspberry Pi",
    word_bits=64,
    lane_words=4,
    has_lists=True,
    pointer_bytes=8,
    isas=("neon", "vector", "portable"),
    prices=PRICES,
    compiler=("aarch64-linux-gnu-gcc",),
    toolchain=Toolchain(
        prefix="aarch64-linux-gnu-",
        packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
        binutils="binutils-aarch64-linux-gnu",
    ),
    flags=("-march=armv8-a",),
    optimise=("-O3", NOT_FUSED),
    optimise_for={"size": SMALL},
    library_flags=(),
    sizes_of="object",
    flash_bytes=None,
    ram_bytes=None,
    emulator=None,
    linux=LinuxEmulator("qemu-aarch64", "qemu-user"),
)
