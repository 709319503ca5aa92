"""Build and run the fuzzers in tests/board/fuzz, and write the corpus that they start from.

    python tests/support/fuzzing.py        # writes tests/board/fuzz/corpus anew

The corpus holds one of everything: each command, right and wrong, in the format of `fuzz_link.c`.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

if __name__ == "__main__":  # as a script; the tests find their support through pytest
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cbcnn_codegen.board.firmware import CORE, FirmwareOptions, emit_firmware
from cbcnn_codegen.board.golden import make_golden
from cbcnn_codegen.board.protocol import Command
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.emit import write_project
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.verify.build import WARNINGS, run_compiler
from cbcnn_inputs.metadata import ImageCompression, ModelMetadata
from support import small_layers
from support.generated import generate_code
from support.keras_files import write_h5

FUZZ: Final = Path(__file__).resolve().parents[1] / "board" / "fuzz"
CORPUS: Final = FUZZ / "corpus"
FUZZERS: Final = ("frame", "link")
SMALLEST_BOARD: Final = "stm32vldiscovery"
MEMORY: Final = ("-rss_limit_mb=0", "-malloc_limit_mb=64")
"""No limit on all that the process takes, which is AddressSanitizer's and the machine's: with large
pages 1.4 GB where 24 MB were alive. The firmware allocates nothing; one large piece is a fault."""
SANITIZERS: Final = ("-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all")

_HEIGHT, _WIDTH, _CLASSES = 6, 5, 4
_RAW, _PACKET, _COMMAND, _LOSS, _MODEL, _LATER = 0, 1, 2, 3, 4, 128


def write_tiny_model(path: Path) -> Path:
    """A network of two layers for 6x5 pixels, with an Image Compression Block for colour."""
    layers = [
        small_layers.image(_HEIGHT, _WIDTH, 1),
        small_layers.conv(channels=1),
        small_layers.norm(3),
        small_layers.flatten(),
        small_layers.dense((_HEIGHT - 2) * (_WIDTH - 2) * 3, units=_CLASSES),
    ]
    names = tuple(f"class {index}" for index in range(_CLASSES))
    block = ImageCompression(luma=True, equalise=True, standardise_scale=64)
    return write_h5(path, layers, metadata=ModelMetadata("int8", block, names))


def build_fuzzer(name: str, folder: Path, *, frame: Path | None = None) -> Path:
    """The fuzzer `fuzz_<name>.c` with the firmware's files, and for `link` with a tiny model.

    Args:
        name: one of `FUZZERS`.
        folder: for everything that is made.
        frame: in place of the firmware's frame parser, for the fuzzer `frame`.
    """
    firmware = firmware_path("firmware")
    project = folder / SMALLEST_BOARD
    own = [FUZZ / f"fuzz_{name}.c"]
    sources = [*own, frame or firmware / "frame.c", firmware / "crc32.c"]
    if name == "link":
        _write_tiny_firmware(folder)
        sources = [*own, FUZZ / "fuzz_machine.c", *(project / file for file in CORE)]
        sources.append(project / "golden.c")
    program = folder / f"fuzz_{name}"
    flags = ["-g", "-O1", "-std=c99", *WARNINGS, *SANITIZERS]
    includes = ["-I", str(FUZZ), "-I", str(project if name == "link" else firmware)]
    paths = [str(source) for source in sources]
    run_compiler(f"fuzz_{name}", ["clang", *flags, *includes, *paths, "-o", str(program)])
    return program


def _write_tiny_firmware(folder: Path) -> None:
    model = write_tiny_model(folder / "tiny.h5")
    board = find_board(SMALLEST_BOARD)
    project = generate_code(model, folder, board.target, class_names=True)
    files = emit_firmware(project, board, FirmwareOptions(golden=make_golden(project, model)))
    write_project(folder / board.name, files)


def run_fuzzer(
    program: Path, corpus: Path, folder: Path, arguments: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    """Run it on a copy of the corpus; what it finds new stays in `folder`."""
    grown = folder / "grown"
    shutil.copytree(corpus, grown)
    command = [str(program), str(grown), f"-artifact_prefix={folder}/", *MEMORY, *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
    )


def part(kind: int, data: bytes) -> bytes:
    """One part of an input of `fuzz_link.c`."""
    return struct.pack("<BH", kind, len(data)) + data


def command(
    number: int, payload: bytes = b"", *, model: bool = False, later: bool = False
) -> bytes:
    """A request; `model` puts what the firmware wants to hear first in front of the payload."""
    kind = _COMMAND | (_MODEL if model else 0) | (_LATER if later else 0)
    return part(kind, bytes([number]) + payload)


def upload(kind: int, pixel_bytes: int, later: bool = False) -> bytes:
    """A whole image in two parts."""
    total = _HEIGHT * _WIDTH * pixel_bytes
    data = bytes(7 * index % 251 for index in range(total))
    half = total // 2 // pixel_bytes * pixel_bytes
    head = struct.pack("<BxxxI", kind, 0)
    tail = struct.pack("<BxxxI", kind, half)
    return command(Command.IMAGE, head + data[:half], later=later) + command(
        Command.IMAGE, tail + data[half:], later=later
    )


def link_seeds() -> dict[str, bytes]:
    """Inputs that reach every command."""
    classify = command(Command.CLASSIFY, model=True)
    scores = command(Command.READ, struct.pack("<BxHI", 1, 32, 0), model=True)
    layer = command(Command.LAYER, struct.pack("<BxHI", 0, 100, 4), model=True)
    bench = command(Command.BENCH, struct.pack("<HH", 2, 0), model=True)
    seeds = {
        "info": command(Command.INFO),
        "unknown": command(0x33) + command(0x81),
        "self_test": command(Command.SELF_TEST, bytes([0, 255])),
        "stack": command(Command.STACK, bytes([1])),
        "reset": command(Command.RESET, b"RSET") + command(Command.INFO),
        "class_name": command(Command.CLASS_NAME, struct.pack("<H", 3)),
        "provoke": command(Command.PROVOKE, bytes([1])),
        "bench": bench,
        "wrong_version": part(_PACKET, bytes([2, 1, 5, 0, 0, 0, 0, 0])),
        "wrong_length": part(_PACKET, bytes([1, 1, 5, 0, 9, 0, 0, 0])),
        "noise": part(_RAW, b"\x00\xff\x01\x00\x03\x41\x42\x00" * 4),
        "too_long": part(_RAW, b"\xff" * 600 + b"\x00"),
        "wrong_sizes": b"".join(command(number, bytes(3)) for number in Command),
        "no_model": b"".join(command(number, bytes(12)) for number in Command),
        "no_image": b"".join(command(number, bytes(8), model=True) for number in Command),
        "loss": part(_LOSS, b"") + command(Command.INFO),
        "busy": upload(0, 1) + command(Command.CLASSIFY, model=True, later=True) + scores,
    }
    for kind, pixel_bytes in enumerate((1, 3, 2, 1)):
        seeds[f"image_{kind}"] = upload(kind, pixel_bytes) + classify + scores + layer + bench
    return seeds


def frame_seeds() -> dict[str, bytes]:
    """Size of the packet buffer, then bytes."""
    return {
        "empty": bytes([0, 0, 0]),
        "short": bytes([40, 3, 65, 66, 2, 67, 0]),
        "full_block": bytes([255, 255, *range(1, 255), 0]),
        "full_and_more": bytes([255, 255, *range(1, 255), 2, 9, 0]),
        "too_long": bytes([3, 9, *range(1, 9), 0]),
        "cut": bytes([20, 9, 1, 2, 3, 0]),
        "zeros": bytes([30, 1, 1, 1, 1, 0]),
    }


def write_corpus() -> None:
    for name, seeds in (("frame", frame_seeds()), ("link", link_seeds())):
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for title, data in seeds.items():
            (folder / title).write_bytes(data)


if __name__ == "__main__":
    write_corpus()
