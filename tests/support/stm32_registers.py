"""What an STM32 makes of the accesses in a board file: registers, ready flags, and the clock tree.

Written from the reference manuals, apart from the board files: both must come to the same numbers.
A step that the chip would not take, such as changing a PLL that runs, is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cbcnn_codegen.boards import RegisterStep

PLL_ON, PLL_READY = 1 << 24, 1 << 25


@dataclass(frozen=True, eq=False)
class Family:
    """Where a family keeps its clock tree.

    Attributes:
        rcc, flash_acr: addresses.
        cfgr, pllcfgr: offsets from `rcc`; without a PLL register its bits are in CFGR.
        switch_mask, switch_shift: of SW, and how far SWS lies above it.
        hsi_ready: HSION and HSIRDY in CR.
        pll_switch: SW for the PLL.
        latency_mask: of the flash.
        mhz_per_wait: the flash gives a word in one cycle up to so many MHz, at 3.3 V.
        reset: registers that do not start as 0.
    """

    rcc: int
    flash_acr: int
    cfgr: int
    pllcfgr: int | None
    switch_mask: int
    switch_shift: int
    hsi_ready: tuple[int, int]
    pll_switch: int
    latency_mask: int
    mhz_per_wait: int
    reset: dict[int, int]


F1 = Family(0x40021000, 0x40022000, 4, None, 3, 2, (1, 2), 2, 7, 24, {0x40021000: 0x83})
F4 = Family(
    0x40023800,
    0x40023C00,
    8,
    4,
    3,
    2,
    (1, 2),
    2,
    15,
    30,
    {0x40023800: 0x83, 0x40023804: 0x24003010},
)
L4 = Family(
    0x40021000,
    0x40022000,
    8,
    12,
    3,
    2,
    (0x100, 0x400),
    3,
    7,
    16,
    {0x40021000: 0x63, 0x40022000: 0x600},
)
G0 = Family(
    0x40021000, 0x40022000, 8, 12, 7, 3, (0x100, 0x400), 2, 7, 24,
    {0x40021000: 0x500, 0x40022000: 0x40600},
)  # fmt: skip


@dataclass
class Chip:
    """Registers by address; flags follow what they tell about."""

    family: Family
    registers: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.registers = dict(self.family.reset)

    def read(self, address: int) -> int:
        return self.registers.get(address, 0)

    def run(self, steps: Iterable[RegisterStep]) -> bool:
        """As `steps_run` in the firmware does; False where a wait has no end."""
        for step in steps:
            old = self.read(step.address)
            if step.kind == "wait":
                if old & step.mask != step.value:
                    return False
                continue
            new = {
                "set": old | step.value,
                "field": old & ~step.mask | step.value,
                "write": step.value,
            }[step.kind]
            self._write(step.address, new)
        return True

    def _write(self, address: int, value: int) -> None:
        family = self.family
        cr, cfgr = family.rcc, family.rcc + family.cfgr
        pll = cfgr if family.pllcfgr is None else family.rcc + family.pllcfgr
        pll_bits = 0x3F0000 if family.pllcfgr is None else 0xFFFFFFFF
        if address == pll and (value ^ self.read(pll)) & pll_bits:
            assert not self.read(cr) & PLL_ON, "the PLL is changed while it runs"
        if address == cr:
            on, ready = family.hsi_ready
            value = value | ready if value & on else value & ~ready
            value = value | PLL_READY if value & PLL_ON else value & ~PLL_READY
            switched = self.read(cfgr) & family.switch_mask == family.pll_switch
            assert value & PLL_ON or not switched, "the PLL that drives the core is switched off"
        if address == cfgr:
            switch = value & family.switch_mask
            if switch == family.pll_switch:
                assert self.read(cr) & PLL_READY, "the core is switched to a PLL that does not run"
            mask = family.switch_mask << family.switch_shift
            value = value & ~mask | switch << family.switch_shift
        self.registers[address] = value

    def start_pll(self) -> None:
        """What a bootloader may leave: the core on the PLL."""
        family = self.family
        self._write(family.rcc, self.read(family.rcc) | PLL_ON)
        cfgr = family.rcc + family.cfgr
        self._write(cfgr, self.read(cfgr) | family.pll_switch)

    def core_hz(self) -> int:
        """The clock that the core runs at, by PLL and multiplexer."""
        family = self.family
        assert self.read(family.rcc + family.cfgr) & family.switch_mask == family.pll_switch
        return self._pll_hz()

    def _pll_hz(self) -> int:
        family = self.family
        if family is F1:
            cfgr = self.read(family.rcc + family.cfgr)
            assert not cfgr & 0x10000, "the PLL's source is HSE"
            return 8_000_000 // 2 * min((cfgr >> 18 & 15) + 2, 16)
        assert family.pllcfgr is not None
        word = self.read(family.rcc + family.pllcfgr)
        if family is F4:
            assert not word & 1 << 22, "the PLL's source is HSE"
            divided, times = word & 63, word >> 6 & 511
            assert 1_000_000 <= 16_000_000 // divided <= 2_000_000
            vco = 16_000_000 // divided * times
            assert 100_000_000 <= vco <= 432_000_000
            return vco // (2 * ((word >> 16 & 3) + 1))
        assert word & 3 == 2, "the PLL's source is not HSI"
        vco = 16_000_000 // ((word >> 4 & 7) + 1) * (word >> 8 & 127)
        assert 64_000_000 <= vco <= 344_000_000
        if family is L4:
            assert word & 1 << 24, "output R is off"
            return vco // (2 * ((word >> 25 & 3) + 1))
        assert word & 1 << 28, "output R is off"
        return vco // ((word >> 29 & 7) + 1)

    def bus_dividers(self) -> tuple[int, int]:
        """Of APB1 and APB2."""
        cfgr = self.read(self.family.rcc + self.family.cfgr)
        shift = _first_shift(self.family)
        codes = [cfgr >> shift & 7, cfgr >> (shift + 3) & 7]
        if self.family is G0:
            codes[1] = codes[0]  # one bus
        one, two = (1 if code < 4 else 2 ** (code - 3) for code in codes)
        return one, two

    def wait_states(self) -> int:
        return self.read(self.family.flash_acr) & self.family.latency_mask


def _first_shift(family: Family) -> int:
    """Where PPRE1 begins in CFGR; PPRE2 is above it."""
    if family is F4:
        return 10
    return 12 if family is G0 else 8
