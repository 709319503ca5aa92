"""What is in a program or object file, in bytes, so that every byte is in one figure.

A figure that is wrong looks like one that is right. A tool that fails, a file without sections and
a section that nobody counts are therefore errors.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from cbcnn_codegen.errors import BuildError

Kinds = Mapping[str, Collection[str]]
"""The start of a section's name, and the figures that it is part of."""

NOT_LOADED: Final[Kinds] = dict.fromkeys(
    (".comment", ".note", ".debug", ".eh_frame", ".ARM.attributes", ".riscv.attributes"), ()
)
"""What compilers say about a program. Tables for unwinding are among it: C has no use for them."""

_SECONDS: Final = 60
_SECTION: Final = re.compile(r"^(\S+)\s+(\d+)\s+\d+$", re.MULTILINE)
_SYMBOL: Final = re.compile(r"^[0-9a-f]+ ([0-9a-f]+) [A-Za-z] (\S+)$", re.MULTILINE)


def read_sections(size_command: str, file: Path) -> dict[str, int]:
    """Name and bytes of every section of an ELF file.

    Args:
        size_command: binutils' size for the file's processor.
        file: program or object.

    Raises:
        BuildError: the tool does not tell them.
    """
    lines = _ask([size_command, "-A", str(file)])
    sections = {name: int(size) for name, size in _SECTION.findall(lines)}
    if not sections:
        raise BuildError(f"{size_command} names no section of what was built")
    return sections


def read_symbols(nm_command: str, file: Path) -> dict[str, int]:
    """Name and bytes of every function and table of an ELF file, local ones too.

    Args:
        nm_command: binutils' nm for the file's processor.
        file: program or object.

    Raises:
        BuildError: the tool does not tell them.
    """
    symbols: dict[str, int] = {}
    for size, name in _SYMBOL.findall(_ask([nm_command, "-S", str(file)])):
        symbols[name] = symbols.get(name, 0) + int(size, 16)
    if not symbols:
        raise BuildError(f"{nm_command} names no symbol of what was built")
    return symbols


def _ask(command: Sequence[str]) -> str:
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{command[0]} did not end in {_SECONDS} s") from error
    if result.returncode != 0:
        raise BuildError(
            f"{command[0]} does not tell the sizes of what was built",
            found=result.stderr.strip()[:500] or f"exit code {result.returncode}",
        )
    return result.stdout


def count_bytes(sections: Mapping[str, int], kinds: Kinds) -> dict[str, int]:
    """Bytes of each figure in `kinds`; the longest start of a section's name decides.

    Raises:
        BuildError: a section that holds something and is part of no figure.
    """
    found = {figure: 0 for figures in kinds.values() for figure in figures}
    known = {**NOT_LOADED, **kinds}
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
