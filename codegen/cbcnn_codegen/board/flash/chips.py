"""Pages of the flash of STM32 chips, by the product identifier that their bootloader tells.

Identifiers and pages are those of ST's application note AN2606 and the reference manuals. We
erase a chip as a whole if its pages depend on its option bytes (F7, H7) or if it is not listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

FLASH_ORIGIN: Final = 0x0800_0000
_KIB: Final = 1024


@dataclass(frozen=True)
class Chip:
    """A family of chips.

    Attributes:
        title: in words.
        pages: bytes of each erasable page or sector; empty if only the whole flash can be erased.
        names: how the names of its members begin.
    """

    title: str
    pages: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    def find_pages(self, ranges: Iterable[tuple[int, int]]) -> list[int] | None:
        """Numbers of the pages that hold any byte of the ranges (first address, end).

        None where the pages are not known, or a range lies behind the last one.
        """
        ends = list(accumulate(self.pages, initial=FLASH_ORIGIN))
        found: set[int] = set()
        for first, end in ranges:
            if not FLASH_ORIGIN <= first < end <= ends[-1]:
                return None
            found |= {
                page
                for page, start in enumerate(ends[:-1])
                if start < end and ends[page + 1] > first
            }
        return sorted(found)


def _uniform(count: int, kib: int) -> tuple[int, ...]:
    return (kib * _KIB,) * count


_F2_F4: Final = (*_uniform(4, 16), *_uniform(1, 64))

CHIPS: Final = {
    0x410: Chip("STM32F1, medium density", _uniform(128, 1)),
    0x411: Chip("STM32F2", (*_F2_F4, *_uniform(7, 128)), names=("STM32F205", "STM32F207")),
    0x412: Chip("STM32F1, low density", _uniform(32, 1)),
    0x413: Chip(
        "STM32F405 or F407", (*_F2_F4, *_uniform(7, 128)), names=("STM32F405", "STM32F407")
    ),
    0x414: Chip("STM32F1, high density", _uniform(256, 2)),
    0x415: Chip(
        "STM32L475, L476 or L486", _uniform(512, 2), names=("STM32L475", "STM32L476", "STM32L486")
    ),
    0x420: Chip("STM32F100, low or medium density", _uniform(128, 1)),
    0x421: Chip("STM32F446", (*_F2_F4, *_uniform(3, 128)), names=("STM32F446",)),
    0x431: Chip("STM32F411", (*_F2_F4, *_uniform(3, 128)), names=("STM32F411",)),
    0x433: Chip("STM32F401xD or xE", (*_F2_F4, *_uniform(3, 128))),
    0x449: Chip("STM32F74x or F75x", names=("STM32F746", "STM32F756")),
    0x450: Chip("STM32H742, H743 or H753", names=("STM32H742", "STM32H743", "STM32H753")),
    0x451: Chip("STM32F76x or F77x", names=("STM32F765", "STM32F767", "STM32F777")),
    0x460: Chip("STM32G07x or G08x", _uniform(64, 2), names=("STM32G071", "STM32G081")),
}


def find_chip(product: int) -> Chip:
    """The chip of this identifier; one without known pages if it is not listed."""
    return CHIPS.get(product, Chip(f"chip {product:#05x}"))


def find_product(name: str) -> int | None:
    """Identifier of the chip of this name; None where several are possible.

    The members of the STM32F1 family differ by the letter for their flash size: 4 and 6 are low, 8
    and B medium, C, D and E high density.
    """
    if name.startswith("STM32F100"):
        return 0x420 if name[10:11] in "468B" else 0x428
    if name.startswith(("STM32F101", "STM32F102", "STM32F103")):
        density = {"4": 0x412, "6": 0x412, "8": 0x410, "B": 0x410}
        return density.get(name[10:11], 0x414)
    found = [product for product, chip in CHIPS.items() if name.startswith(chip.names)]
    return found[0] if len(found) == 1 else None
