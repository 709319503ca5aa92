"""Damaged and malicious data of every form that is read."""

from __future__ import annotations

import gzip
import os
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import gtsrb
from support.idx_files import idx_bytes

SHAPE = (12, 10, 1)
COUNT = 4

_NUMBERS = (0, 1, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)


def write_hostile(folder: Path, seed: int) -> Path:
    """Write data with one thing wrong in it; what to read, a file or a folder."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    target, files = rng.choice(FORMS)(folder, rng)
    victim = rng.choice(files)
    rng.choice(DAMAGE)(victim, rng)
    return target


def _images(count: int = COUNT, channels: tuple[int, ...] = ()) -> NDArray[Any]:
    generator = np.random.default_rng(count)
    return generator.integers(0, 256, (count, *SHAPE[:2], *channels)).astype(np.uint8)


def _write_idx(folder: Path, rng: random.Random) -> tuple[Path, list[Path]]:
    forms: list[tuple[str, Callable[[bytes], bytes]]] = [("", bytes), (".gz", gzip.compress)]
    end, pack = rng.choice(forms)
    images, labels = (folder / f"t10k-{kind}-ubyte{end}" for kind in ("images-idx3", "labels-idx1"))
    images.write_bytes(pack(idx_bytes(_images())))
    labels.write_bytes(pack(idx_bytes(np.arange(COUNT, dtype=np.uint8))))
    return folder, [images, labels]


def _write_npz(folder: Path, rng: random.Random) -> tuple[Path, list[Path]]:
    path = folder / "test.npz"
    save = rng.choice([np.savez, np.savez_compressed])
    save(path, images=_images(), labels=np.arange(COUNT))
    return rng.choice([folder, path]), [path]


def _write_pictures(folder: Path, rng: random.Random) -> tuple[Path, list[Path]]:
    suffix = rng.choice([".png", ".ppm", ".bmp", ".jpg"])
    channels = rng.choice([(), (3,)]) if suffix in (".png", ".bmp", ".jpg") else (3,)
    paths = []
    for index, image in enumerate(_images(channels=channels)):
        paths.append(folder / f"{index}_a{suffix}")
        assert cv2.imwrite(str(paths[-1]), image)
    if rng.random() < 0.5:
        table = folder / "labels.csv"
        rows = [f"{path.name},{index}" for index, path in enumerate(paths)]
        table.write_text("\n".join(["filename,label", *rows]) + "\n")
        return folder, [*paths, table, table]
    return rng.choice([folder, paths[0]]), paths[:1]


def _write_gtsrb(folder: Path, rng: random.Random) -> tuple[Path, list[Path]]:
    table, paths = folder / gtsrb.TEST_CSV, []
    for index, image in enumerate(_images(channels=(3,))):
        paths.append(folder / f"{index:05d}.ppm")
        assert cv2.imwrite(str(paths[-1]), image)
    rows = [f"{path.name};{index}" for index, path in enumerate(paths)]
    table.write_text("\n".join(["Filename;ClassId", *rows]) + "\n")
    return folder, [table, rng.choice(paths)]


FORMS: tuple[Callable[[Path, random.Random], tuple[Path, list[Path]]], ...] = (
    *(_write_idx, _write_npz, _write_pictures, _write_gtsrb),
)


def _flip_bits(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 1, 4, 40])):
        content[rng.randrange(min(len(content), rng.choice([64, 10**6])))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def _overwrite(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    start, size = rng.randrange(len(content)), rng.choice([1, 2, 8, 64])
    content[start : start + size] = rng.randbytes(size)
    path.write_bytes(content)


def _put_number(path: Path, rng: random.Random) -> None:
    """A number of 2, 4 or 8 bytes somewhere, near the start as often as anywhere."""
    content = bytearray(path.read_bytes())
    if content.startswith(b"\x1f\x8b"):
        content = bytearray(gzip.decompress(bytes(content)))
    start = rng.randrange(min(len(content), rng.choice([32, 128, 10**6])))
    form = rng.choice(["<H", ">H", "<I", ">I", "<Q"])
    number = struct.pack(form, rng.choice(_NUMBERS) % (1 << 8 * struct.calcsize(form)))
    content[start : start + len(number)] = number
    path.write_bytes(gzip.compress(bytes(content)) if path.suffix == ".gz" else content)


def _write_a_long_number(path: Path, rng: random.Random) -> None:
    """Digits become other digits, in texts and in the headers of arrays and pictures."""
    content = path.read_bytes()
    digits = [index for index, byte in enumerate(content) if chr(byte).isdecimal()]
    if not digits:
        return _overwrite(path, rng)
    place = rng.choice(digits)
    number = str(rng.choice([-1, 10**9, 2**63, 10**40, 0])).encode()
    path.write_bytes(content[:place] + number + content[place + 1 :])
    return None


def _truncate(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content))])


def _go_on(path: Path, rng: random.Random) -> None:
    """Megabytes of zeros behind it, packed where it is packed, in a file that takes no room."""
    if path.suffix == ".gz":
        content = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(content + bytes(rng.choice([1, 1 << 20, 40 << 20])), 1))
    else:
        os.truncate(path, path.stat().st_size + rng.choice([1, 1 << 20, 1 << 33]))


def _replace(path: Path, rng: random.Random) -> None:
    """Something else by the same name."""
    path.unlink()
    kind = rng.randrange(5)
    if kind == 0:
        os.mkfifo(path)
    elif kind == 1:
        path.mkdir()
    else:
        path.symlink_to(["/dev/zero", "nowhere", path.name][kind - 2])


DAMAGE: tuple[Callable[[Path, random.Random], None], ...] = (
    *(_flip_bits, _flip_bits, _overwrite, _put_number, _put_number, _write_a_long_number),
    *(_truncate, _go_on, _replace),
)
