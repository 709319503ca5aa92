"""A user's pictures as a data set in three parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import Dataset, Split
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.own_pictures import FOLDER
from cbcnn_inputs.own_pictures.collect import Collected, Tell, collect
from cbcnn_inputs.own_pictures.divide import TooFewError, set_aside
from cbcnn_inputs.own_pictures.fit import Division, PictureFit
from cbcnn_inputs.own_pictures.listing import Part, class_names_of, folders_without_pictures
from cbcnn_inputs.own_pictures.warn import some, warnings_of

PARTS: Final[tuple[Part, ...]] = ("train", "val", "test")
_FEWEST: Final = 2
_SHOWN: Final = 5

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class OwnPictures:
    """What was found, read and divided.

    Attributes:
        dataset: in three parts.
        collected: all pictures.
        labels: int64 [N] of `collected`.
        parts: int64 indices of `collected` in each part.
        warnings: what a user should know before training.
    """

    dataset: Dataset
    collected: Collected
    labels: Indices
    parts: dict[Part, Indices]
    warnings: list[str] = field(default_factory=list)


def load_own_pictures(
    source: Path,
    fit: PictureFit,
    block: ImageCompression | None,
    division: Division,
    *,
    skip_bad: bool = False,
    tell: Tell = lambda _done, _all: None,
) -> OwnPictures:
    """Read, fit and divide pictures.

    Args:
        source: folder, list or npz; see `listing`.
        fit: what each picture becomes.
        block: the Image Compression Block that the network gets in front, for the data set.
        division: into parts.
        skip_bad: leave out pictures that cannot be read.
        tell: hears of progress.

    Raises:
        DataError: nothing there, fewer than two classes, too few pictures in one, pictures that
            cannot be read, or classes in one part that training does not have.
    """
    collected = collect(
        source, fit, group_by=division.group_by, skip_bad=skip_bad, labelled=True, tell=tell
    )
    made = make_own_pictures(str(source), collected, fit, block, division)
    empty = folders_without_pictures(source)
    if not empty:
        return made
    told = f"folders without pictures are no classes: {some(empty)}"
    return replace(made, warnings=[told, *made.warnings])


def make_own_pictures(
    source: str,
    collected: Collected,
    fit: PictureFit,
    block: ImageCompression | None,
    division: Division,
    class_names: Sequence[str] | None = None,
) -> OwnPictures:
    """Pictures that are read, divided; as `load_own_pictures`.

    Args:
        source: for messages.
        collected: the pictures.
        fit: what each has become.
        block: the Image Compression Block for the data set.
        division: into parts.
        class_names: in order; None sorts the labels.
    """
    parts, labels, names = divide(source, collected, division, class_names)
    splits = {part: Split(collected.images[index], labels[index]) for part, index in parts.items()}
    dataset = Dataset(
        FOLDER,
        names,
        splits["train"],
        splits["val"],
        splits["test"],
        block,
        mirrors=tuple(range(len(names))),
        pictures=fit,
        division=replace(division, digest=collected.digest()),
    )
    return OwnPictures(
        dataset, collected, labels, parts, list(warnings_of(collected, labels, parts, fit))
    )


def divide(
    source: str,
    collected: Collected,
    division: Division,
    class_names: Sequence[str] | None = None,
) -> tuple[dict[Part, Indices], Indices, tuple[str, ...]]:
    """Indices of each part, labels, and class names; as `load_own_pictures`."""
    classes = [entry.label or "" for entry in collected.entries]
    given = [entry.part for entry in collected.entries]
    trained = [name for name, part in zip(classes, given, strict=True) if part in (None, "train")]
    names = class_names_of(trained) if class_names is None else tuple(class_names)
    if len(names) < _FEWEST:
        raise DataError(
            f"{source} holds a single class" if names else f"{source} holds no training pictures",
            found=", ".join(names) or None,
            allowed="two classes or more, each with a folder or a label of its own",
        )
    _demand_known(source, classes, names)
    number = {name: index for index, name in enumerate(names)}
    labels = np.array([number[name] for name in classes], np.int64)
    groups = _groups(collected)
    everything = np.arange(len(labels))
    parts = {part: everything[[one == part for one in given]] for part in PARTS}
    rest = np.concatenate([everything[[one is None for one in given]], parts["train"]])
    rest = np.sort(rest)
    whole: tuple[tuple[Part, float], ...] = (
        ("test", division.test_fraction),
        ("val", division.validation_fraction),
    )
    lacking = [(part, fraction) for part, fraction in whole if not len(parts[part])]
    _demand_groups(rest, labels, groups, 1 + len(lacking), names)
    for part, fraction in lacking:
        rest, parts[part] = _set_aside(rest, labels, groups, fraction, division.seed, names)
    parts["train"] = rest
    return parts, labels, names


def _demand_known(source: str, classes: Sequence[str], names: Sequence[str]) -> None:
    unknown = class_names_of(set(classes) - set(names))
    if unknown:
        raise DataError(
            f"{source} has classes that no training picture shows",
            found=", ".join(unknown[:_SHOWN]),
            allowed=", ".join(names[:50]),
        )


def _groups(collected: Collected) -> list[Hashable]:
    """What stays together: the groups of users, joined where they share a picture of equal pixels.

    A picture without a group of its own forms one with its copies.
    """
    leader: dict[Hashable, Hashable] = {}

    def find(key: Hashable) -> Hashable:
        while leader.setdefault(key, key) != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    found = []
    for entry, digest in zip(collected.entries, collected.digests, strict=True):
        if entry.group is not None:
            leader[find(digest)] = find(("group", entry.group))
        found.append(digest)
    return [find(digest) for digest in found]


def _demand_groups(
    rest: Indices,
    labels: Indices,
    groups: Sequence[Hashable],
    wanted: int,
    names: Sequence[str],
) -> None:
    """Demand a group for each part of every class, and name all classes that lack one."""
    counts = Counter(labels[rest].tolist())
    apart = Counter(label for label, _ in {(int(labels[i]), groups[i]) for i in rest})
    few = [label for label in range(len(names)) if apart[label] < wanted]
    if not few:
        return
    what = f"class {names[few[0]]} has" if len(few) == 1 else f"{len(few)} classes have"
    told = [
        f"{names[label]}: {counts[label]} pictures"
        + (f" in {apart[label]} groups" if apart[label] < counts[label] else "")
        for label in few[:_SHOWN]
    ]
    raise DataError(
        f"{what} too few pictures to be divided",
        found="\n".join([*told, *(["…"] if few[_SHOWN:] else [])]),
        allowed=f"{wanted} or more that do not belong together, so that each part has one",
        suggestion="more pictures, or a --group-by that joins fewer of them",
    )


def _set_aside(
    rest: Indices,
    labels: Indices,
    groups: Sequence[Hashable],
    fraction: float,
    seed: int,
    names: Sequence[str],
) -> tuple[Indices, Indices]:
    try:
        stay, away = set_aside(labels[rest], [groups[index] for index in rest], fraction, seed)
    except TooFewError as error:
        raise DataError(
            f"class {names[error.label]} has too few pictures to be divided",
            found=f"{error.count} groups of pictures, some of them shared with other classes",
            allowed="one in each part that other classes can do without",
            suggestion="more pictures of that class, or a finer --group-by",
        ) from error
    return rest[stay], rest[away]


def count_classes(labels: Indices, names: Sequence[str]) -> dict[str, int]:
    """Pictures of each class."""
    counts = Counter(labels.tolist())
    return {name: counts[index] for index, name in enumerate(names)}
