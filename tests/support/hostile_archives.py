"""Archives with two meanings or without end, and files that are two formats."""

from __future__ import annotations

import io
import random
import stat
import warnings
import zipfile
from collections.abc import Callable

import h5py
import numpy as np

Write = Callable[[zipfile.ZipFile], object]


def join(rng: random.Random, first: bytes, second: bytes) -> tuple[bytes, str]:
    """One file that is both: behind each other, with a gap, or one inside of the other."""
    how = rng.choice(["behind", "gap", "aligned", "inside"])
    gap = 0
    if how == "gap":
        gap = rng.choice([1, 7, 100, 5000])
    if how == "aligned":  # where HDF5 looks for its start
        place = 512
        while place < len(first):
            place *= 2
        gap = place - len(first)
    content = first + bytes(gap) + second
    if how == "inside":
        content = _inside(first, second)
    return content, f"{first[:4]!r} and {second[:4]!r}, {how} {gap}"


def _inside(first: bytes, second: bytes) -> bytes:
    """One as the last dataset, or as one more member, of the other."""
    if first.startswith(b"PK"):
        return with_members(first, lambda archive: archive.writestr("more", second))
    image = io.BytesIO(first)
    with h5py.File(image, "r+") as file:
        file.create_dataset("more", data=np.frombuffer(second, np.uint8))
    content = image.getvalue()
    # HDF5 may write other things behind it; what ends as the archive does is the file that counts.
    return content if content.endswith(second) else content + second


def with_members(content: bytes, write: Write) -> bytes:
    """An archive with more members."""
    image = io.BytesIO(content)
    with zipfile.ZipFile(image, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two members of one name
        write(archive)
    return image.getvalue()


def draw(rng: random.Random, harmless: bytes, evil: bytes) -> tuple[bytes, str]:
    """An archive that no Keras wrote; `evil` has the code."""
    with zipfile.ZipFile(io.BytesIO(evil)) as archive:
        code = archive.read("config.json")
    link = zipfile.ZipInfo("config.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    outside = zipfile.ZipInfo(rng.choice(["../x", "/etc/x", "a/../../x", "assets/../../x", "x\\y"]))
    kinds: dict[str, Callable[[], bytes]] = {
        "two members of one name": lambda: with_members(
            harmless, lambda archive: archive.writestr("config.json", code)
        ),
        "a member outside": lambda: with_members(
            harmless, lambda archive: archive.writestr(outside, code)
        ),
        "a comment": lambda: with_members(harmless, lambda a: setattr(a, "comment", evil[:60000])),
        "a long comment": lambda: harmless + bytes(rng.choice([1, 22, 70000])),
        "a link": lambda: _rewritten(harmless, {"config.json": b"/etc/passwd"}, link),
        "a bomb of text": lambda: _rewritten(harmless, {"config.json": b" " * (1 << 25)}),
        "a bomb of weights": lambda: _rewritten(
            harmless, {"model.weights.h5": bytes((1 << 28) + 1)}
        ),
        "too many members": lambda: with_members(harmless, _add_5000),
        "an odd compression": lambda: _rewritten(harmless, {}, method=zipfile.ZIP_LZMA),
        "a wrong size": lambda: _with_wrong_size(harmless, rng),
        "an encrypted member": lambda: _with_flag(harmless, 1),
        "no weights": lambda: _rewritten(harmless, {"model.weights.h5": b""}),
    }
    what = rng.choice(list(kinds))
    return kinds[what](), what


def _add_5000(archive: zipfile.ZipFile) -> None:
    for number in range(5000):
        archive.writestr(f"assets/{number}", b"")


def _rewritten(
    content: bytes,
    members: dict[str, bytes],
    info: zipfile.ZipInfo | None = None,
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    image = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(image, "w", method) as new:
        for name in old.namelist():
            target = info if info is not None and info.filename == name else name
            new.writestr(target, members.get(name, old.read(name)))
    return image.getvalue()


def _with_wrong_size(content: bytes, rng: random.Random) -> bytes:
    """The directory says that a member is larger or smaller than it is."""
    place = content.index(b"PK\x01\x02") + 20
    changed = bytearray(content)
    changed[place : place + 8] = rng.randrange(1, 1 << 40).to_bytes(8, "little")
    return bytes(changed)


def _with_flag(content: bytes, flag: int) -> bytes:
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[content.index(signature) + offset] |= flag
    # The first member is not read by everyone: flag all entries of the directory.
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        changed[place + 8] |= flag
        place += 4
    return bytes(changed)
