"""Reads the sizes in a program or object file, so that every byte is in one figure.

A wrong figure looks like a right one. So a file without sections and a section that no figure
counts are errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.tools import load_package

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

Kinds = Mapping[str, Collection[str]]
"""The start of a section's name, and the figures that it is part of."""

NOT_COUNTED: Final[Kinds] = dict.fromkeys((".note", ".eh_frame"), ())
"""Sections about the program, such as tables for unwinding: C has no use for them."""

_ALLOCATED: Final = 2
"""The flag of a section that has a place in memory, SHF_ALLOC."""


class Segment(NamedTuple):
    """Consecutive bytes of a program, from `address` on."""

    address: int
    data: bytes

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + len(self.data)


@contextmanager
def open_elf(path: Path) -> Iterator[ELFFile]:
    """An ELF file to inspect.

    Raises:
        MissingToolError: pyelftools is not installed.
        BuildError: it is none, or damaged.
    """
    damaged = load_package("elftools.common.exceptions", "read programs").ELFError
    elf_file = load_package("elftools.elf.elffile", "read programs")
    try:
        with path.open("rb") as file:
            yield elf_file.ELFFile(file)
    except (OSError, damaged, ValueError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BuildError(
            f"{path.name} cannot be read",
            found=f"{type(error).__name__}: {reason}"[:200],
            allowed="a program or object file in the format ELF",
        ) from error


def read_segments(elf: ELFFile) -> tuple[Segment, ...]:
    """The parts of a program in flash, lowest address first."""
    loaded = (
        Segment(int(segment["p_paddr"]), segment.data())
        for segment in elf.iter_segments("PT_LOAD")
        if segment["p_filesz"]
    )
    return tuple(sorted(loaded, key=lambda segment: segment.address))


def read_sections(path: Path) -> dict[str, int]:
    """Name and bytes of every section that has a place in memory.

    Raises:
        BuildError: the file is damaged, or there is no such section.
    """
    sections: Counter[str] = Counter()
    with open_elf(path) as elf:
        for section in elf.iter_sections():
            if section["sh_flags"] & _ALLOCATED:
                sections[section.name] += section["sh_size"]
    if not sections:
        raise BuildError(f"{path.name} has no section with a place in memory")
    return dict(sections)


def read_symbols(path: Path) -> dict[str, int]:
    """Name and bytes of every function and table, local ones too.

    Raises:
        BuildError: the file is damaged, or it names none.
    """
    symbols: Counter[str] = Counter()
    with open_elf(path) as elf:
        table = elf.get_section_by_name(".symtab")
        for symbol in () if table is None else table.iter_symbols():
            if symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_size"]:
                symbols[symbol.name] += symbol["st_size"]
    if not symbols:
        raise BuildError(f"{path.name} names no function and no table")
    return dict(symbols)


def count_bytes(sections: Mapping[str, int], kinds: Kinds) -> dict[str, int]:
    """Bytes of each figure in `kinds`; the longest start of a section's name decides.

    Raises:
        BuildError: a section that holds something and is part of no figure.
    """
    found = {figure: 0 for figures in kinds.values() for figure in figures}
    known = {**NOT_COUNTED, **kinds}
    for name, size in sections.items():
        start = max(filter(name.startswith, known), key=len, default=None)
        if start is None and size:
            raise BuildError(
                "the size of what was built cannot be told",
                found=f"{size:,} bytes in section {name}",
                allowed=", ".join(known),
            )
        for figure in known[start] if start is not None else ():
            found[figure] += size
    return found
