"""Damage model files, in ways that a broken disk, a bad copy or a bad person would."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import h5py

CONFIG = "model_config"
MEMBER = "config.json"

ODD_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2, 7, 1.5, -0.0, 1e308, 2**31, 2**63, 10**40, float("nan")),
    *("", "x", "same", "ste_sign", "Lambda", "\x1b[2J", "../../etc/passwd", "é" * 300),
    *([], {}, [0], [-1, -1], [None, None, None, None], [10**9, 10**9], {"class_name": "Lambda"}),
)


def mutate(path: Path, seed: int) -> bytes:
    """One damaged version of a model file; the same seed damages it in the same way."""
    rng = random.Random(seed)
    content = path.read_bytes()
    kinds: list[Callable[[bytes, random.Random], bytes]] = [
        *(_flip_bits, _overwrite, _zero, _truncate, _repeat, _cut_out),
        *(_change_architecture, _change_architecture, _change_architecture),
    ]
    return rng.choice(kinds)(content, rng)


def _range(content: bytes, rng: random.Random) -> slice:
    """A few bytes, near the start as often as anywhere: that is where the structure is."""
    reach = rng.choice([128, 2048, 16384, len(content)])
    start = rng.randrange(min(reach, len(content)))
    return slice(start, start + rng.choice([1, 2, 8, 64, 512]))


def _flip_bits(content: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.choice([1, 1, 4, 40])):
        damaged[_range(content, rng).start] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _overwrite(content: bytes, rng: random.Random) -> bytes:
    where = _range(content, rng)
    size = len(content[where])
    return content[: where.start] + rng.randbytes(size) + content[where.start + size :]


def _zero(content: bytes, rng: random.Random) -> bytes:
    where = _range(content, rng)
    size = len(content[where])
    fill = bytes([rng.choice([0, 0, 255])])
    return content[: where.start] + fill * size + content[where.start + size :]


def _truncate(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def _repeat(content: bytes, rng: random.Random) -> bytes:
    where = _range(content, rng)
    return content[: where.stop] + content[where] + content[where.stop :]


def _cut_out(content: bytes, rng: random.Random) -> bytes:
    where = _range(content, rng)
    return content[: where.start] + content[where.stop :]


def _change_architecture(content: bytes, rng: random.Random) -> bytes:
    """A whole file whose JSON says something odd in one to three places."""
    return (_change_archive if content.startswith(b"PK") else _change_h5)(content, rng)


def _change_h5(content: bytes, rng: random.Random) -> bytes:
    image = io.BytesIO(content)
    with h5py.File(image, "r+") as file:
        file.attrs[CONFIG] = _change_json(file.attrs[CONFIG], rng)
    return image.getvalue()


def _change_archive(content: bytes, rng: random.Random) -> bytes:
    image = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(image, "w") as new:
        for info in old.infolist():
            member = old.read(info)
            if info.filename == MEMBER:
                member = _change_json(member.decode(), rng).encode()
            new.writestr(zipfile.ZipInfo(info.filename), member)
    return image.getvalue()


def _change_json(text: str, rng: random.Random) -> str:
    root = json.loads(text)
    for _ in range(rng.choice([1, 1, 2, 3])):
        container, key = rng.choice(list(_places(root)))
        if rng.random() < 0.15:
            del container[key]
        elif isinstance(container, list) and rng.random() < 0.3:
            container.append(deepcopy(container[key]))
        else:
            container[key] = deepcopy(rng.choice(ODD_VALUES))
    return json.dumps(root)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])
