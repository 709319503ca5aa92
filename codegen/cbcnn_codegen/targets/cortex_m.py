"""What all Cortex-M have in common: the compiler, Thumb code, and firmware."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets.target import (
    KIB,
    NOT_FUSED,
    SMALL,
    Emulator,
    FirmwareCore,
    Target,
    Toolchain,
)

_TOOLCHAIN: Final = Toolchain(
    prefix="arm-none-eabi-",
    packages="gcc-arm-none-eabi libnewlib-arm-none-eabi",
    binutils="binutils-arm-none-eabi",
)
_OPTIMISE: Final = ("-O2", "-fno-schedule-insns", "-fno-tree-ter", NOT_FUSED)
_FOR_RAM: Final = ("-O2", "-fno-tree-ter", NOT_FUSED)
"""`-fno-schedule-insns` helps bit-sliced kernels alone. Without it the word-parallel ones, which
mode ram prefers, take fewer instructions and less stack: 19.82 M instead of 19.96 M and 264 bytes
instead of 288 for the GTSRB network on a Cortex-M4."""


def thumb_bytes(first: int) -> int:
    """The length of a Thumb instruction that begins with this halfword.

    One whose highest five bits are 0b11101 or more is the first of two (Armv7-M Architecture
    Reference Manual, A5.1).
    """
    return 4 if first >> 11 >= 0b11101 else 2


def arm_machine(
    machine: str, flash: tuple[int, int], ram: tuple[int, int], *options: str
) -> Emulator:
    """A machine of QEMU with an Arm core."""
    return Emulator("qemu-system-arm", "qemu-system-arm", machine, flash, ram, options)


MICROBIT: Final = arm_machine(
    "microbit",
    (0x0000_0000, 256 * KIB),
    (0x2000_0000, 256 * KIB),
    *("-global", f"nrf51-soc.sram-size={256 * KIB}"),
)
MPS2_MEMORY: Final = ((0x0000_0000, 4096 * KIB), (0x2000_0000, 4096 * KIB))
"""Flash and RAM of Arm's MPS2 boards with a core that knows no TrustZone."""


@dataclass(frozen=True, kw_only=True)
class CortexMFirmware(FirmwareCore):
    """Firmware on a Cortex-M.

    Attributes:
        has_vtor: whether the vector table can be moved.
        has_caches: whether caches have to be switched on.
        has_dwt: whether the debug unit may have a cycle counter.
        has_fault_status: whether registers tell the reason of a fault.
    """

    family: str = "cortex_m"
    link_flags: tuple[str, ...] = ("-nostartfiles", "-T", "board.ld")
    gdb_architecture: str | None = "arm"
    flash_bytes: int = 8704
    stack_bytes: int = 640
    ram_bytes: int = 768
    has_vtor: bool = True
    has_caches: bool = False
    has_dwt: bool = True
    has_fault_status: bool = True

    @property
    def features(self) -> Mapping[str, bool]:
        """What its C asks, by the names of macros."""
        return {
            "HAS_VTOR": self.has_vtor,
            "HAS_CACHES": self.has_caches,
            "HAS_DWT": self.has_dwt,
            "HAS_FAULT_STATUS": self.has_fault_status,
        }


@dataclass(frozen=True, kw_only=True)
class CortexM(Target):
    """A Cortex-M, always in Thumb state."""

    word_bits: int = 32
    pointer_bytes: int = 4
    compiler: tuple[str, ...] = ("arm-none-eabi-gcc",)
    toolchain: Toolchain = _TOOLCHAIN
    optimise: tuple[str, ...] = _OPTIMISE
    optimise_for: Mapping[Optimize, tuple[str, ...]] = field(
        default_factory=lambda: {"ram": _FOR_RAM, "size": SMALL}, hash=False
    )
    library_flags: tuple[str, ...] = ("--specs=nano.specs",)
    instruction_bytes: Callable[[int], int] | None = thumb_bytes
