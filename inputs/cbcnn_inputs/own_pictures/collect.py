"""Reads the pictures that were found, each fitted as soon as it is decoded.

Only the fitted images stay in memory: 10,000 of 32x32 in colour are 30 MB, whatever the files hold.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import archives
from cbcnn_inputs.datasets.bounds import MAX_BYTES
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.own_pictures.alike import content_digest, difference_hash
from cbcnn_inputs.own_pictures.decode import Bad, decode
from cbcnn_inputs.own_pictures.fit import PictureFit
from cbcnn_inputs.own_pictures.listing import Entry, Part, find_pictures, part_named
from cbcnn_inputs.own_pictures.scale import fitted

_SHOWN: Final = 20
_WORKERS: Final = min(8, os.cpu_count() or 1)
_AHEAD: Final = 64
"""Pictures that wait for a worker at the same time."""

Tell = Callable[[int, int], None]
"""Gets how many of how many pictures are read."""


@dataclass(frozen=True)
class Collected:
    """Pictures in memory.

    Attributes:
        entries: of the pictures, in order.
        images: uint8 [N, H, W] or [N, H, W, 3], fitted.
        sizes: height and width of each file.
        digests: equal for pictures of equal pixels.
        hashes: near for pictures that are nearly the same.
        bad: those that were left out.
    """

    entries: tuple[Entry, ...]
    images: NDArray[np.uint8]
    sizes: list[tuple[int, int]]
    digests: list[bytes]
    hashes: list[int]
    bad: list[Bad] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.entries)

    def digest(self) -> str:
        """Equal for the same pictures in the same classes, groups and parts.

        What the folder and the files are called does not matter.
        """
        lines = sorted(
            digest + repr((entry.label, entry.group, entry.part)).encode()
            for entry, digest in zip(self.entries, self.digests, strict=True)
        )
        return hashlib.blake2b(b"\0".join(lines), digest_size=16).hexdigest()


class _Read(NamedTuple):
    image: NDArray[np.uint8]
    size: tuple[int, int]
    digest: bytes
    hash: int


def collect(
    source: Path,
    fit: PictureFit,
    *,
    group_by: str | None = None,
    skip_bad: bool = False,
    labelled: bool = True,
    limit: int | None = None,
    tests_first: bool = False,
    tell: Tell = lambda _done, _all: None,
) -> Collected:
    """The pictures of a folder, a list or an npz file.

    Args:
        source: see `listing`.
        fit: how they become the network's images.
        group_by: see `find_pictures`.
        skip_bad: leave out what cannot be read, instead of raising.
        labelled: whether every picture needs a class.
        limit: read only so many, the first ones.
        tests_first: read the test part alone where there is one.
        tell: hears of progress.

    Raises:
        DataError: nothing there, pictures that cannot be read, or more than memory is meant for.
    """
    if source.suffix.lower() == ".npz" and not source.is_dir():
        pairs = list(_from_archive(source))
        pictures = {entry.name: picture for entry, picture in pairs}
        entries = _wanted([entry for entry, _ in pairs], limit, tests_first)
        read: Iterator[_Read | Bad] = (_read_one(pictures[one.name], fit) for one in entries)
    else:
        found = find_pictures(source, group_by, labelled=labelled)
        entries = _wanted(found, limit, tests_first)
        read = _in_threads(entries, fit)
    return _gather(str(source), entries, read, fit, skip_bad, tell)


def collect_arrays(
    pictures: Sequence[NDArray[np.uint8]], entries: Sequence[Entry], fit: PictureFit
) -> Collected:
    """Pictures that are in memory already.

    Args:
        pictures: uint8 [H, W] or [H, W, 3] in RGB order, of any sizes.
        entries: one for each; their paths do not matter.
        fit: how they become the network's images.

    Raises:
        DataError: other arrays, or more than memory is meant for.
    """
    for entry, picture in zip(entries, pictures, strict=True):
        is_picture = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
        if picture.dtype != np.uint8 or not is_picture or 0 in picture.shape:
            raise DataError(
                f"{entry.name} is not a picture",
                found=f"{picture.dtype} {list(picture.shape)}",
                allowed="uint8 [H, W] or [H, W, 3] in RGB order, levels 0 to 255",
            )
    read = (_read_one(picture, fit) for picture in pictures)
    return _gather("the images", entries, read, fit, False, lambda _done, _all: None)


def _gather(
    source: str,
    entries: Sequence[Entry],
    read: Iterator[_Read | Bad],
    fit: PictureFit,
    skip_bad: bool,
    tell: Tell,
) -> Collected:
    if len(entries) * fit.height * fit.width * 3 > MAX_BYTES:
        raise DataError(
            f"{source} holds too much to be read at once",
            found=f"{len(entries):,} pictures that become {fit}",
            allowed=f"{MAX_BYTES:,} bytes of images",
            suggestion="a smaller --size",
        )
    good, bad, kept = [], [], []
    for number, (entry, one) in enumerate(zip(entries, read, strict=True), 1):
        if isinstance(one, Bad):
            bad.append(one)
        else:
            good.append(one)
            kept.append(entry)
        tell(number, len(entries))
    if bad and not skip_bad:
        raise bad_pictures(source, bad, len(entries))
    if not good:
        raise DataError(f"no picture in {source} can be read", found=_list(bad))
    return Collected(
        tuple(kept),
        np.stack([one.image for one in good]),
        [one.size for one in good],
        [one.digest for one in good],
        [one.hash for one in good],
        bad,
    )


def _wanted(found: Sequence[Entry], limit: int | None, tests_first: bool) -> list[Entry]:
    tests = [entry for entry in found if entry.part == "test"]
    return list(tests if tests_first and tests else found)[:limit]


def bad_pictures(source: str, bad: Sequence[Bad], count: int) -> DataError:
    """The error that lists pictures that cannot be read."""
    return DataError(
        f"{len(bad)} of {count:,} pictures in {source} cannot be read",
        found=_list(bad),
        suggestion="mend or remove them; training, evaluating and verifying leave them out with "
        "--skip-bad",
    )


def _list(bad: Sequence[Bad]) -> str:
    more = [f"and {len(bad) - _SHOWN} more"] if len(bad) > _SHOWN else []
    return "\n".join([*(f"{one.name}: {one.reason}" for one in bad[:_SHOWN]), *more])


def _in_threads(entries: Sequence[Entry], fit: PictureFit) -> Iterator[_Read | Bad]:
    """What becomes of each, in order; decoding runs outside of Python's lock."""

    def read(entry: Entry) -> _Read | Bad:
        try:
            return _read_one(decode(entry.path), fit)
        except DataError as error:
            return Bad(entry.name, error.found or error.what)

    with ThreadPoolExecutor(_WORKERS) as pool:
        rest = iter(entries)
        waiting = [pool.submit(read, entry) for entry in islice(rest, _AHEAD)]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(read, entry) for entry in islice(rest, 1)]


def _read_one(picture: NDArray[np.uint8], fit: PictureFit) -> _Read:
    height, width = picture.shape[:2]
    return _Read(
        fitted(picture, fit), (height, width), content_digest(picture), difference_hash(picture)
    )


def _from_archive(path: Path) -> Iterator[tuple[Entry, NDArray[np.uint8]]]:
    arrays = archives.read(path, required=("images", "labels"))
    images, labels = arrays["images"], arrays["labels"]
    colours = images.ndim == 4 and images.shape[3] in (1, 3)
    if images.dtype != np.uint8 or not (images.ndim == 3 or colours) or 0 in images.shape:
        raise DataError(
            f"the images in {path} do not fit",
            found=f"{images.dtype} {list(images.shape)}",
            allowed="uint8 [N, H, W] or [N, H, W, 3] in RGB order",
        )
    names = _texts(arrays.get("class_names"), None, path, "class_names")
    classes = _texts(labels, len(images), path, "labels")
    groups = _texts(arrays.get("groups"), len(images), path, "groups")
    splits = _texts(arrays.get("splits"), len(images), path, "splits")
    assert classes is not None
    for index, image in enumerate(images):
        label = classes[index]
        if names is not None and labels.dtype.kind in "iu":
            label = _named(names, int(labels[index]), path)
        part = None if splits is None else part_named(splits[index])
        if splits is not None and part is None:
            raise DataError(
                f"{path} names a part that is none",
                found=splits[index],
                allowed=", ".join(get_args(Part)),
            )
        group = None if groups is None else groups[index]
        entry = Entry(path, f"{path.name}[{index}]", label, group, part)
        yield entry, image[..., 0] if colours and images.shape[3] == 1 else image


def _named(names: Sequence[str], label: int, path: Path) -> str:
    if not 0 <= label < len(names):
        raise DataError(
            f"the labels of {path} do not fit its class names",
            found=f"label {label}",
            allowed=f"0 to {len(names) - 1}",
        )
    return names[label]


def _texts(
    array: NDArray[Any] | None, count: int | None, path: Path, name: str
) -> list[str] | None:
    if array is None:
        return None
    if array.dtype.kind not in "iuU" or array.ndim != 1 or count not in (None, len(array)):
        raise DataError(
            f"the {name} of {path} do not fit its images",
            found=f"{array.dtype} {list(array.shape)}",
            allowed=f"integers or texts [{'N' if count is None else count}]",
        )
    return [str(value) for value in array.tolist()]
