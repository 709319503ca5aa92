"""The processors that code is generated for: data, one entry each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.options import Optimize


@dataclass(frozen=True)
class Emulator:
    """A machine of QEMU that runs programs for a target.

    Attributes:
        program: of QEMU.
        machine: its name for `-machine`.
        flash, ram: first address and number of bytes that a linker script may use.
        options: of QEMU, such as more RAM than the chip has: a model may be tried and profiled that
            does not fit.
    """

    program: str
    machine: str
    flash: tuple[int, int]
    ram: tuple[int, int]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A processor, its compiler and its memory.

    Attributes:
        name: as given on the command line.
        title: in words.
        word_bits: of the words that binary values are packed in.
        pointer_bytes: size of an address.
        compiler: command of the C compiler.
        flags: that select the processor.
        optimise: flags that the code is meant to be compiled with.
        library_flags: name the C library, when compiling and when linking.
        size_command: prints the sections of an ELF file.
        costs: family of processors in `plan/costs.py` that it is like.
        isas: folders of `kernels/` in order of preference; the last is always `portable`.
        flash_bytes, ram_bytes: of a typical chip; None where memory is no concern.
        emulator: that runs its programs; None where they run here.
    """

    name: str
    title: str
    word_bits: int
    pointer_bytes: int
    compiler: tuple[str, ...]
    flags: tuple[str, ...]
    optimise: tuple[str, ...]
    library_flags: tuple[str, ...]
    size_command: str
    costs: str
    isas: tuple[str, ...]
    flash_bytes: int | None
    ram_bytes: int | None
    emulator: Emulator | None

    @property
    def lane_words(self) -> int:
        """Words of lanes that bit slicing computes at once."""
        return _VECTOR_BITS // self.word_bits if "vector" in self.isas else 1


_VECTOR_BITS: Final = 256
_KIB: Final = 1024
_ARM: Final = "qemu-system-arm"
_ARMV6M: Final = ("cortex-m0", "cortex-m0plus")


def _cortex(
    name: str, title: str, flags: str, flash_kib: int, ram_kib: int, emulator: Emulator
) -> Target:
    """A Cortex-M, always in Thumb state; `flags` complete `-mcpu=`."""
    cpu, *rest = flags.split()
    return Target(
        name=name,
        title=title,
        word_bits=32,
        pointer_bytes=4,
        compiler=("arm-none-eabi-gcc",),
        flags=(f"-mcpu={cpu}", "-mthumb", *rest),
        optimise=("-O2", "-fno-schedule-insns", "-fno-tree-ter"),
        library_flags=("--specs=nano.specs",),
        size_command="arm-none-eabi-size",
        costs="armv6m" if cpu in _ARMV6M else "armv7m",
        isas=("armv6m" if cpu in _ARMV6M else "armv7m", "portable"),
        flash_bytes=flash_kib * _KIB,
        ram_bytes=ram_kib * _KIB,
        emulator=emulator,
    )


_MICROBIT: Final = Emulator(
    _ARM,
    "microbit",
    (0x0000_0000, 256 * _KIB),
    (0x2000_0000, 256 * _KIB),
    ("-global", f"nrf51-soc.sram-size={256 * _KIB}"),
)
_MPS2_MEMORY: Final = ((0x0000_0000, 4096 * _KIB), (0x2000_0000, 4096 * _KIB))

TARGETS: Final[tuple[Target, ...]] = (
    Target(
        name="host",
        title="this machine",
        word_bits=64,
        pointer_bytes=8,
        compiler=("gcc",),
        flags=(),
        optimise=("-O3", "-march=native"),
        library_flags=(),
        size_command="size",
        costs="host",
        isas=("vector", "portable"),
        flash_bytes=None,
        ram_bytes=None,
        emulator=None,
    ),
    _cortex("cortex-m0", "Arm Cortex-M0, ARMv6-M", "cortex-m0", 256, 16, _MICROBIT),
    _cortex("cortex-m0plus", "Arm Cortex-M0+, ARMv6-M", "cortex-m0plus", 128, 36, _MICROBIT),
    _cortex(
        "cortex-m3",
        "Arm Cortex-M3, ARMv7-M",
        "cortex-m3",
        128,
        20,
        Emulator(_ARM, "mps2-an385", *_MPS2_MEMORY),
    ),
    _cortex(
        "cortex-m4",
        "Arm Cortex-M4F, ARMv7E-M",
        "cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16",
        1024,
        128,
        Emulator(_ARM, "mps2-an386", *_MPS2_MEMORY),
    ),
    _cortex(
        "cortex-m7",
        "Arm Cortex-M7F, ARMv7E-M",
        "cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16",
        2048,
        512,
        Emulator(_ARM, "mps2-an500", *_MPS2_MEMORY),
    ),
    _cortex(
        "cortex-m33",
        "Arm Cortex-M33F, ARMv8-M Mainline",
        "cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16",
        512,
        256,
        Emulator(_ARM, "mps2-an505", (0x1000_0000, 4096 * _KIB), (0x3800_0000, 2048 * _KIB)),
    ),
    _cortex(
        "cortex-m55",
        "Arm Cortex-M55 with MVE, ARMv8.1-M Mainline",
        "cortex-m55 -mfloat-abi=hard",
        1024,
        512,
        Emulator(_ARM, "mps3-an547", (0x0000_0000, 512 * _KIB), (0x2000_0000, 512 * _KIB)),
    ),
    Target(
        name="rv32imac",
        title="RISC-V RV32IMAC",
        word_bits=32,
        pointer_bytes=4,
        compiler=("riscv64-unknown-elf-gcc",),
        flags=("-march=rv32imac", "-mabi=ilp32"),
        optimise=("-O2",),
        library_flags=("--specs=picolibc.specs",),
        size_command="riscv64-unknown-elf-size",
        costs="rv32imac",
        isas=("portable",),
        flash_bytes=128 * _KIB,
        ram_bytes=32 * _KIB,
        emulator=Emulator(
            "qemu-system-riscv32", "virt", (0x8000_0000, 4096 * _KIB), (0x8040_0000, 4096 * _KIB)
        ),
    ),
)


def find_target(name: str) -> Target:
    """The target of this name.

    Raises:
        UsageError: there is none; the message lists those that there are.
    """
    for target in TARGETS:
        if target.name == name:
            return target
    raise UsageError(
        "unknown target",
        found=repr(name[:80]),
        allowed=", ".join(target.name for target in TARGETS),
        suggestion="--target list describes them",
    )


_SMALL: Final = ("-Os", "-fno-inline-functions-called-once")
"""Flags of mode size. Keeping functions apart that are called once saves 60 bytes of the GTSRB
network's code on a Cortex-M4."""

_FOR_LANES: Final = "-fno-schedule-insns"
"""Helps bit-sliced kernels alone. Without it the word-parallel ones, which mode ram prefers, take
fewer instructions and less stack: 19.82 M instead of 19.96 M and 264 bytes instead of 288 for
the GTSRB network on a Cortex-M4."""


def target_for(target: Target, optimize: Optimize) -> Target:
    """The target with the flags that code of this mode is meant to be compiled with.

    The generated build files, the measuring of size and stack, the profiler and the emulated
    verification all take their flags from here.
    """
    if optimize == "size":
        machine = (flag for flag in target.optimise if flag.startswith("-m"))
        return replace(target, optimise=(*_SMALL, *machine))
    if optimize == "ram":
        flags = tuple(flag for flag in target.optimise if flag != _FOR_LANES)
        return replace(target, optimise=flags)
    return target
