"""Describes a processor for generated code; see `Target`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple, TypeAlias

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets.timing import Timing

KIB: Final = 1024

ONCE: Final = "once_"
"""What the names of prices begin with that hold for the only layer of a kernel."""

NOT_FUSED: Final = "-ffp-contract=off"
"""A product and a sum are one operation where the C says so, and two elsewhere, in any dialect."""

SMALL: Final = ("-Os", "-fno-inline-functions-called-once", NOT_FUSED)
"""GCC's flags of mode size. Keeping functions apart that are called once saves 60 bytes of the
GTSRB network's code on a Cortex-M4."""

Prices: TypeAlias = Mapping[str, float]
"""Instructions that each piece of a kernel's work takes; see `kernels.Work`."""


class TableSpace(NamedTuple):
    """An address space of constant tables, where they are not in the memory of everything else.

    Attributes:
        qualifier: that C has for it, behind `const`.
        where: a macro that compilers define that know it; elsewhere tables lie like anything else.
        most_bytes: of all tables together; None for any number.
    """

    qualifier: str
    where: str
    most_bytes: int | None


CallGraph = Literal["compiler", "disassembly"]
"""Who tells which function calls which, for the stack: the compiler, since GCC 10, or the program's
disassembly."""

SizesOf = Literal["program", "object"]
"""What sizes are measured of: a program that is linked without start-up code, or the object file
where the linker makes no such program."""


class Toolchain(NamedTuple):
    """The programs that make code for a target.

    Attributes:
        prefix: of the names of its programs, such as `size` and `addr2line`.
        packages: of Debian that hold compiler and C library.
        binutils: the package of Debian that holds the other programs.
    """

    prefix: str
    packages: str
    binutils: str


@dataclass(frozen=True)
class Emulator:
    """A machine of QEMU that runs programs for a target.

    Attributes:
        program: of QEMU.
        package: of Debian that holds it.
        machine: its name for `-machine`.
        flash, ram: first address and number of bytes that a linker script may use.
        options: of QEMU, such as more RAM than the chip has: a model may be tried and profiled that
            does not fit.
    """

    program: str
    package: str
    machine: str
    flash: tuple[int, int]
    ram: tuple[int, int]
    options: tuple[str, ...] = ()


class SimulatedChip(NamedTuple):
    """A chip of simavr, which runs its programs cycle by cycle.

    Attributes:
        core: its name there.
        hertz: of its clock.
        last_flash, last_ram: addresses; more than the chip has, because a model may be tried that
            does not fit.
    """

    core: str
    hertz: int
    last_flash: int
    last_ram: int


class LinuxEmulator(NamedTuple):
    """QEMU as it runs one program of Linux for another processor, without a machine around it.

    Attributes:
        program: of QEMU.
        package: of Debian that holds it.
    """

    program: str
    package: str


@dataclass(frozen=True, kw_only=True)
class FirmwareCore:
    """What firmware has to know about a core, and what it takes around a model.

    Attributes:
        family: folder of `firmware_templates/firmware/` with what is its own.
        link_flags: bring in `board.ld`.
        gdb_architecture: as gdb names it; None where gdb flashes no such chip.
        flash_bytes: code of the firmware, rounded up; a test holds it against what is linked.
        flash_bytes_for: the same in modes that are compiled in another way.
        stack_bytes: functions between main and the model, and interrupts on top; a test measures
            them.
        ram_bytes: variables, what the link receives and sends aside.
    """

    family: str
    link_flags: tuple[str, ...]
    gdb_architecture: str | None
    flash_bytes: int
    flash_bytes_for: Mapping[Optimize, int] = field(default_factory=dict, hash=False)
    stack_bytes: int
    ram_bytes: int

    @property
    def features(self) -> Mapping[str, bool]:
        """What its C asks, by the names of macros."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Target:
    """A processor, its compiler, its memory, and what emulates, counts and times it.

    Families of targets are subclasses that give values to what their members share.

    Attributes:
        name: as given on the command line.
        title: in words.
        word_bits: of the words that binary values are packed in.
        isas_for: where they may have other sizes: `isas` for each of them.
        lane_words: words of lanes that bit slicing computes at once; see `lanes_type.h`.
        has_lists: whether lists of taps are tables, because memory is no concern; see
            `kernels/vector/bucket_lists.h`.
        pointer_bytes: size of an address.
        table_spaces: address spaces of constant tables, the preferred first; none where tables lie
            in the memory of everything else.
        standard: of C that the code needs, as GCC names it.
        unheeded: options that switch off warnings with which the compiler is wrong.
        float_obstacle: why its C cannot compute float32 as the reference does; None if it can.
        isas: folders of `kernels/` in order of preference; the last is always `portable`.
        prices: what the pieces of a kernel's work cost.
        compiler: command of the C compiler.
        toolchain: the other programs, and where all of them are from.
        flags: that select the processor.
        optimise: flags that the code is meant to be compiled with.
        optimise_for: the same for modes that have flags of their own.
        library_flags: name the C library, when compiling and when linking.
        link_flags: stand behind all others where a program is linked.
        sizes_of: what sizes are measured of.
        call_graph: who tells which function calls which.
        sizes_script: of the linker, where that is a program.
        flash_bytes, ram_bytes: of a typical chip; None where memory is no concern.
        emulator: that runs its programs; None where they run here, on a `chip`, or as `linux`.
        chip: of simavr that runs its programs, where QEMU does not.
        linux: that runs its programs, where they are programs of Linux.
        instruction_bytes: length of an instruction, from its first two bytes as an integer; None
            where instructions are not counted by an emulator.
        vector_registers: pattern of the names of vector registers in a disassembly; None where
            there are none.
        unicorn: name of Unicorn's model of the core, which must be a Cortex-M; None to count in
            QEMU.
        timing: cycles of its instructions; None where no source tells them.
        has_float_unit: whether it computes float32 in hardware.
        clock_mhz: of a typical chip, where there is a `timing`.
        cycles_per_instruction: the average over the paper's network in mode balanced, where there
            is a `timing`: turns estimated instructions into estimated time.
        firmware: what firmware has to know; None where there is no firmware for the core.
    """

    name: str
    title: str
    word_bits: int
    isas_for: Mapping[int, tuple[str, ...]] = field(default_factory=dict, hash=False)
    lane_words: int = 1
    has_lists: bool = False
    pointer_bytes: int
    table_spaces: tuple[TableSpace, ...] = ()
    standard: str = "c99"
    unheeded: tuple[str, ...] = ()
    float_obstacle: str | None = None
    isas: tuple[str, ...]
    prices: Prices = field(hash=False)
    compiler: tuple[str, ...]
    toolchain: Toolchain
    flags: tuple[str, ...]
    optimise: tuple[str, ...]
    optimise_for: Mapping[Optimize, tuple[str, ...]] = field(hash=False)
    library_flags: tuple[str, ...]
    link_flags: tuple[str, ...] = ()
    sizes_of: SizesOf = "program"
    sizes_script: str = "sizes.ld"
    call_graph: CallGraph = "compiler"
    flash_bytes: int | None
    ram_bytes: int | None
    emulator: Emulator | None
    chip: SimulatedChip | None = None
    linux: LinuxEmulator | None = None
    instruction_bytes: Callable[[int], int] | None = None
    vector_registers: str | None = None
    unicorn: str | None = None
    timing: Timing | None = field(default=None, hash=False)
    clock_mhz: float | None = None
    cycles_per_instruction: float | None = None
    has_float_unit: bool = True
    firmware: FirmwareCore | None = None

    @property
    def is_emulated(self) -> bool:
        """Whether an emulator runs its programs."""
        return any((self.emulator, self.chip, self.linux))

    @property
    def is_native(self) -> bool:
        """Whether this machine's own compiler makes its programs."""
        return not self.toolchain.prefix

    def with_words(self, bits: int) -> Target:
        """The same with words of another size.

        Raises:
            UsageError: the target has no choice, or not this one.
        """
        if bits == self.word_bits:
            return self
        if bits not in self.isas_for:
            raise UsageError(
                f"target {self.name} has no words of {bits} bits",
                allowed=", ".join(map(str, self.isas_for or (self.word_bits,))),
            )
        return replace(self, word_bits=bits, isas=self.isas_for[bits])

    def tool(self, name: str) -> str:
        """The command of a program of the toolchain, such as `size`."""
        return f"{self.toolchain.prefix}{name}"

    def price(self, work: Mapping[str, float], *, once: bool = False) -> int:
        """Instructions that some work takes, roughly.

        Args:
            work: how many of each piece.
            once: whether the model has one layer with this kernel. A compiler then knows all sizes,
                and may unroll its loops; pieces with another price for it have one named `once_…`.
        """
        known = {piece: self.prices[piece] for piece in work}
        if once:
            known = {piece: self.prices.get(f"{ONCE}{piece}", of) for piece, of in known.items()}
        return round(sum(count * known[piece] for piece, count in work.items()))
