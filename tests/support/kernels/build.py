"""Kernels as a shared library for this machine, watched by a sanitizer."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cbcnn_codegen.kernels import TypeSizes
from cbcnn_codegen.locate_firmware import firmware_path
from support.commands import ROOT

BUILT = ROOT / "build" / "test-kernels"
"""Libraries by what they are made of; nothing in here is ever wrong, so it may be removed."""

LANE_BITS = {"vector": 256, "mve": 128}
"""Bits of the lanes in folders where they are no single words."""

STRICT = ("-std=c99", "-O0", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


@dataclass(frozen=True)
class Variant:
    """The types that kernels are built with, and the folder of those that replace portable ones.

    Attributes:
        features: of the processor that the compiler may use, as Linux names them.
    """

    word_bits: int
    threshold_bits: int
    signed_pixels: bool
    isa: str = "portable"
    features: tuple[str, ...] = ()

    @property
    def defines(self) -> list[str]:
        """Options of the compiler."""
        return [
            f"-DCBCNN_WORD_BITS={self.word_bits}",
            *(["-DCBCNN_NARROW_THRESHOLDS"] if self.threshold_bits == 16 else []),
            *(["-DCBCNN_SIGNED_PIXELS"] if self.signed_pixels else []),
            *(f"-m{feature.replace('_', '')}" for feature in self.features),
            *(["-Wno-conversion"] if self.word_bits < 32 else []),  # some warn of promoted words
        ]

    @property
    def sizes(self) -> TypeSizes:
        """The same for the plan."""
        lane_words = LANE_BITS.get(self.isa, self.word_bits) // self.word_bits
        has_lists = self.isa == "vector"
        return TypeSizes(self.word_bits, self.threshold_bits, 8, lane_words, has_lists)

    @property
    def pixel(self) -> Any:
        """Type of an image's values."""
        return "int8" if self.signed_pixels else "uint8"


def build_kernels(variant: Variant, sanitizer: str) -> Path:
    """A shared library of all kernels: portable ones, or tuned ones of the same name.

    It is built once for each content of the files, whichever process asks first.
    """
    folders = tuple(firmware_path("kernels", name) for name in ("portable", variant.isa))
    command = ["gcc", *STRICT, "-shared", "-fPIC", *variant.defines]
    command += [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all"]
    library = BUILT / f"{_content(command, folders)}.so"
    BUILT.mkdir(parents=True, exist_ok=True)
    with library.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not library.is_file():
            _build(command, folders, library)
    return library


def _build(command: Sequence[str], folders: Sequence[Path], library: Path) -> None:
    with tempfile.TemporaryDirectory(dir=BUILT) as place:
        # Tuned files replace portable ones of their name for whoever includes them, as they do
        # in generated code; a compiler's search path would prefer the neighbour.
        for folder in folders:
            shutil.copytree(folder, place, dirs_exist_ok=True)
        built = Path(place) / library.name
        files = sorted(map(str, Path(place).glob("*.c")))
        subprocess.run([*command, *files, "-o", str(built)], check=True)
        built.replace(library)


def _content(command: Sequence[str], folders: Sequence[Path]) -> str:
    """A digest of the compiler, its command and every file that it may read."""
    version = subprocess.run(["gcc", "--version"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(version + "\0".join(command).encode())
    for path in (path for folder in folders for path in sorted(folder.iterdir())):
        digest.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]
