"""Makes kernel files part of the generated source.

It takes the text of a kernel as it is, with these changes: the kernel's own small headers come
once, before it; functions and macros that nothing uses stay out; the template replaces `types.h`
and `kernels.h`; the functions become static, kernels without a result by the macro `CBCNN_KERNEL`,
functions that some compilers have no use for by the macro `CBCNN_HELPER`, and `cbcnn_` becomes the
model's prefix. `CBCNN_TABLE` goes where tables lie in the same memory as
everything else. Signatures wrap anew, because the prefix changes their length.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Final

from cbcnn_codegen.emit.prune import find_conditional, leave_out_unused
from cbcnn_codegen.emit.text import format_call
from cbcnn_codegen.locate_firmware import firmware_path

_LEFT_OUT: Final = frozenset(
    {
        *("types.h", "kernels.h", "kernels_f32.h", "kernels_i8.h", "kernels_i32.h"),
        "kernels_camera.h",
    }
)
_INCLUDE: Final = re.compile(r'#include (?:"([^"]+)"|<[^>]+>)\n')
_LICENCE: Final = "/* SPDX-License-Identifier: 0BSD */\n"
_GUARD: Final = re.compile(r"#ifndef (CBCNN_\w+_H)\n#define \1\n(.*)#endif\n", re.DOTALL)
_TABLE: Final = re.compile(r"\bCBCNN_TABLE (\w+ \*\w+ =)\n +|\bCBCNN_TABLE ")
"""Where a table is read. The macro may have moved a value to the next line."""

_DEFINITION: Final = re.compile(
    r"^((?:static )?(?:inline )?(?:__attribute__\(\(\w+\)\) )?(?:const )?\w+ \*?)"
    r"(\w+)\(([^()]*)\)\n\{",
    re.MULTILINE,
)


def find_kernel(name: str, isas: Iterable[str]) -> Path:
    """The file of a kernel, tuned or portable.

    Raises:
        ValueError: no folder has it; that is a defect of the tool.
    """
    for isa in isas:
        path = firmware_path("kernels", isa, f"{name}.c")
        if path.is_file():
            return path
    raise ValueError(f"there is no kernel {name}")


def bundle_kernels(
    names: Iterable[str], isas: tuple[str, ...], prefix: str, *, has_table_space: bool
) -> str:
    """The text of some kernels and of everything that they include.

    Args:
        names: of kernels, each once.
        isas: folders to look in, the preferred first.
        prefix: of all names.
        has_table_space: whether tables lie in an address space of their own.
    """
    done: set[str] = set()
    parts = [part for name in names for part in _collect(find_kernel(name, isas), isas, done)]
    text = leave_out_unused("\n".join(parts))
    helpers = frozenset(re.sub("^cbcnn_", f"{prefix}_", name) for name in find_conditional(text))
    if not has_table_space:
        text = _TABLE.sub(_drop_space, text)
    text = re.sub(r"\bcbcnn_", f"{prefix}_", text)
    text = re.sub(r"\bCBCNN_", f"{prefix.upper()}_", text)
    static = partial(_static, macros=prefix.upper(), helpers=helpers)
    return _DEFINITION.sub(static, text)


def _collect(path: Path, isas: tuple[str, ...], done: set[str]) -> list[str]:
    """The texts of the headers that a file needs and that are not yet there, then its own."""
    if path.name in done or path.name in _LEFT_OUT:
        return []
    done.add(path.name)
    text = _read(path)
    parts: list[str] = []
    for header in _INCLUDE.findall(text):
        if header:
            parts += _collect(_find_header(header, isas), isas, done)
    return [*parts, _INCLUDE.sub("", text).strip("\n") + "\n"]


def _find_header(name: str, isas: tuple[str, ...]) -> Path:
    folders = [firmware_path("kernels", isa) for isa in isas]
    return next(folder / name for folder in folders if (folder / name).is_file())


@cache
def _read(path: Path) -> str:
    """A file without licence line and include guard."""
    text = path.read_text(encoding="utf-8").removeprefix(_LICENCE)
    guarded = _GUARD.fullmatch(text)
    return guarded[2] if guarded else text


def _drop_space(match: re.Match[str]) -> str:
    return f"{match[1]} " if match[1] else ""


def _static(match: re.Match[str], macros: str, helpers: Collection[str]) -> str:
    kind, name, parameters = match.groups()
    if not kind.startswith("static "):
        kind = f"{f'{macros}_KERNEL' if kind == 'void ' else 'static'} {kind}"
    elif name in helpers:
        kind = kind.replace("static inline", f"{macros}_HELPER")
    return format_call(f"{kind}{name}", [part.strip() for part in parameters.split(",")], "\n{")
