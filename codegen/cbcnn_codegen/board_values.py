"""Values of a board's data file; `boards` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cbcnn_codegen.targets import find_target

Proof = Literal["emulated", "built"]
Emulation = Literal["qemu", "simavr", "rp2040js", "unicorn"]
StepKind = Literal["set", "field", "write", "wait"]


@dataclass(frozen=True)
class RegisterStep:
    """One access to a register; `wait` is bounded.

    Attributes:
        kind: `set` ors the value in, `field` replaces the bits of the mask, `write` replaces all,
            `wait` reads until the bits of the mask are the value.
    """

    kind: StepKind
    address: int
    mask: int
    value: int


@dataclass(frozen=True)
class Uart:
    """The serial line.

    Attributes:
        driver: its name in the board's file.
        source: the `firmware/uart_*.c` that drives it.
        base: of its registers.
        interrupt: its number at the interrupt controller.
        divider: core clock / its clock, once the clock is set up.
        steps: enable it and its pins.
    """

    driver: str
    source: str
    base: int
    interrupt: int
    divider: int
    baud: int
    steps: tuple[RegisterStep, ...]


@dataclass(frozen=True)
class Clock:
    """The core clock after a reset, and after `steps`."""

    reset_hz: int
    hz: int
    steps: tuple[RegisterStep, ...]


@dataclass(frozen=True)
class Timer:
    """A 32-bit timer for boards whose core has no working cycle counter."""

    driver: str
    base: int
    divider: int
    steps: tuple[RegisterStep, ...]


@dataclass(frozen=True)
class BootBlock:
    """What lies at the beginning of flash, before the program, and lets the chip read the rest.

    Attributes:
        source: the `firmware/boot_*.c` with it.
        size: in bytes.
    """

    source: str
    size: int


@dataclass(frozen=True)
class LinkMemory:
    """What the serial link may take of the RAM.

    Attributes:
        payload_bytes: of the longest packet.
        buffers: 2 for a request and its answer, 1 for both in turn: requests then wait while the
            network runs, and nobody is told that the board is busy.
        ring_bytes: that are received before the program takes them; a power of two.
        image_in_arena: whether the image lies where the network works, if the code allows it: a run
            then leaves nothing of it, and the computer sends it again for the next.
    """

    payload_bytes: int
    buffers: int = 2
    ring_bytes: int = 256
    image_in_arena: bool = False


@dataclass(frozen=True)
class BoardMachine:
    """What emulates this board.

    Attributes:
        program: its name in `board.emulators`.
        machine: its name for the board.
        serial: which of its serial lines is the UART.
    """

    program: Emulation
    machine: str
    serial: int


@dataclass(frozen=True)
class Avrdude:
    """Its names of the chip and of what speaks with it, and the baud rate of that."""

    part: str
    programmer: str
    baud: int


@dataclass(frozen=True)
class Uf2Drive:
    """The drive that a chip's boot ROM shows to a computer, for files in Microsoft's format UF2.

    Attributes:
        name: that it gives itself: the `Board-ID` in its INFO_UF2.TXT.
        family: of chips, which every block of a file names.
    """

    name: str
    family: int


@dataclass(frozen=True)
class Flashing:
    """Ways to bring firmware onto the board, and the names that other tools have for it.

    Attributes:
        methods: in order of preference.
    """

    methods: tuple[str, ...]
    pyocd: str | None = None
    openocd: str | None = None
    avrdude: Avrdude | None = None
    uf2: Uf2Drive | None = None
    wlink: str | None = None


@dataclass(frozen=True)
class Board:
    """A board, or a chip alone.

    Attributes:
        name: of its file.
        title: in words.
        mcu: the chip.
        target: of its generated code.
        proof: whether firmware for it was run, on the emulated board, or only built.
        flash_bytes, ram_bytes: RAM is the largest block of consecutive addresses that every
            instruction can use.
        boot: what its flash begins with; None where that is the program.
        led_on, led_off: steps; empty if there is no LED.
    """

    name: str
    title: str
    mcu: str
    target: str
    proof: Proof
    flash_bytes: int
    ram_bytes: int
    flash_origin: int
    ram_origin: int
    boot: BootBlock | None
    clock: Clock
    uart: Uart
    link: LinkMemory
    timer: Timer | None
    led_on: tuple[RegisterStep, ...]
    led_off: tuple[RegisterStep, ...]
    flashing: Flashing
    emulator: BoardMachine | None

    @property
    def ways_to_flash(self) -> tuple[str, ...]:
        """Its own methods, and gdb where that knows the core."""
        core = find_target(self.target).firmware
        has_gdb = core is not None and core.gdb_architecture is not None
        return (*self.flashing.methods, *(["gdb"] if has_gdb else []))
