"""Packs a shipped model as people get it: a library of the Arduino IDE and a CMSIS-Pack."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cbcnn_codegen import generate
from cbcnn_codegen.projects import FORMS
from cbcnn_inputs.installation import tool_version

MODEL: Final = Path("examples/models/mnist-small/model.h5")
NAME: Final = "mnist_small"
_C: Final = (f"{NAME}.c", f"{NAME}.h")
_NEVER: Final = (1980, 1, 1, 0, 0, 0)
"""The date of all files: the same version makes the same bytes."""


def write_archives(folder: Path) -> Iterator[Path]:
    """Write both archives to a folder; gives their paths."""
    version = tool_version()
    library = _contents("arduino", target="atmega328p", optimize="ram")
    inside = {f"{NAME}/{name}": text for name, text in library.items()}
    yield _pack(folder / f"{NAME}-{version}.zip", inside)
    yield _pack(
        folder / f"cbcnn.{NAME}.{version}.pack",
        _contents("cmsis-pack", target="portable", optimize="balanced"),
    )


def _contents(form: str, target: str, optimize: str) -> dict[str, str]:
    """The C and the files of a form: name to text."""
    made = generate(
        MODEL, target=target, project=form, optimize=optimize, name=NAME, measure=False
    ).files
    wanted = next(each for each in FORMS if each.name == form).files_for(NAME)
    return {name: made[name] for name in sorted({*_C, *wanted})}


def _pack(path: Path, contents: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in contents.items():
            entry = zipfile.ZipInfo(name, _NEVER)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, text)
    return path
