"""A look at a user's own pictures before any training: what is there, and what may go wrong."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.own_pictures import alike
from cbcnn_inputs.own_pictures.load import PARTS, OwnPictures, count_classes, load_own_pictures
from cbcnn_inputs.terminal import Cells, Column, print_table
from cbcnn_trainer import parts as run_parts
from cbcnn_trainer.own_pictures import reading
from cbcnn_trainer.settings import Settings

FEW: Final = 20
"""A class of fewer pictures is called small."""

SMALL_SHARE: Final = 0.1
"""So is one of less than this share of the largest class."""

MOST_CLASSES: Final = 100
"""On one contact sheet."""

PAIRS: Final = 1000
"""Nearly equal pairs that are counted at most."""


@dataclass(frozen=True)
class Look:
    """What was seen.

    Attributes:
        found: the pictures, divided as a training would divide them.
        counts: pictures of each class.
        small: classes of few pictures.
        sizes: smallest, middle and largest width and height.
        copies: groups of pictures of equal pixels, by name.
        near: pairs that look nearly equal, by name; `PAIRS` at most.
        near_apart: how many of these pairs lie in different parts.
    """

    found: OwnPictures
    counts: dict[str, int]
    small: tuple[str, ...]
    sizes: dict[str, tuple[int, int]]
    copies: list[list[str]]
    near: list[tuple[str, str]]
    near_apart: int

    def to_json(self) -> dict[str, Any]:
        """Everything but the pictures."""
        parts = {part: len(indices) for part, indices in self.found.parts.items()}
        return {
            "pictures": len(self.found.collected),
            "classes": self.counts,
            "small_classes": list(self.small),
            "sizes": {name: list(size) for name, size in self.sizes.items()},
            "parts": parts,
            "copies": self.copies,
            "nearly_equal": [list(pair) for pair in self.near],
            "nearly_equal_in_different_parts": self.near_apart,
            "unreadable": [
                {"picture": bad.name, "reason": bad.reason} for bad in self.found.collected.bad
            ],
            "warnings": self.found.warnings,
        }


def look_at(source: Path, settings: Settings) -> Look:
    """Look at the pictures of `source`; what cannot be read is listed, not an error.

    Args:
        source: a folder, a list or an npz.
        settings: of the training that may follow.

    Raises:
        DataError: as `load_own_pictures`.
    """
    own = settings.own
    assert own is not None, "settings of a run on own pictures"
    with reading() as tell:
        found = load_own_pictures(
            source, own.picture_fit, settings.block, settings.division, skip_bad=True, tell=tell
        )
    names = [entry.name for entry in found.collected.entries]
    counts = count_classes(found.labels, found.dataset.class_names)
    largest = max(counts.values())
    copied = alike.same(found.collected.digests)
    pairs = list(islice(_near(found), PAIRS))
    part_of = {int(index): part for part, indices in found.parts.items() for index in indices}
    return Look(
        found,
        counts,
        tuple(name for name, n in counts.items() if n < FEW or n < SMALL_SHARE * largest),
        _sizes(found.collected.sizes),
        [[names[index] for index in group] for group in copied],
        [(names[one], names[other]) for one, other in pairs],
        sum(part_of[one] != part_of[other] for one, other in pairs),
    )


def _near(found: OwnPictures) -> Iterator[tuple[int, int]]:
    digests = found.collected.digests
    for one, other in alike.nearly_same(found.collected.hashes):
        if digests[one] != digests[other]:
            yield one, other


def _sizes(sizes: list[tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Width and height of the smallest, of the middle and of the largest."""
    heights, widths = [size[0] for size in sizes], [size[1] for size in sizes]
    return {
        "smallest": (min(widths), min(heights)),
        "median": (int(statistics.median(widths)), int(statistics.median(heights))),
        "largest": (max(widths), max(heights)),
    }


def print_look(console: Console, look: Look) -> None:
    """Print what was seen."""
    found = look.found
    parts = Counter(
        (part, int(found.labels[index]))
        for part, indices in found.parts.items()
        for index in indices
    )
    columns = [Column("class", "text"), *map(Column, ("pictures", "train", "val", "test"))]
    rows = [
        Cells([name, f"{count:,}", *(f"{parts[part, label]:,}" for part in PARTS)])
        for label, (name, count) in enumerate(look.counts.items())
    ]
    print_table(console, columns, rows)
    for line in _lines(look):
        console.print(line, markup=False, soft_wrap=True)


def _lines(look: Look) -> Iterator[str]:
    found = look.found
    small, middle, large = (f"{width}x{height}" for width, height in look.sizes.values())
    yield f"sizes           {small} to {large}, the median {middle}; each becomes " + str(
        found.dataset.pictures
    )
    yield f"equal           {len(look.copies)} groups of copies" + _first(look.copies)
    yield (
        f"nearly equal    {len(look.near)}{' or more' if len(look.near) == PAIRS else ''} pairs, "
        f"{look.near_apart} of them in different parts{_first(look.near)}"
    )
    if look.near_apart:
        yield (
            "                pictures that belong together, such as frames of a video, make the "
            "accuracy look too good: --group-by keeps them in one part"
        )
    if look.small:
        yield (
            f"few pictures    {len(look.small)} classes: {', '.join(look.small[:8])}; fewer than "
            f"{FEW}, or than a tenth of the largest"
        )
    yield from (f"warning         {warning}" for warning in found.warnings)


def _first(groups: list[Any]) -> str:
    return f": {', '.join(groups[0][:3])}{' …' if len(groups) > 1 else ''}" if groups else ""


def sheet(look: Look, settings: Settings, columns: int = 6) -> bytes:
    """A PNG: of each class some pictures as prepared, and below them what the network sees.

    Raises:
        DataError: there are too many classes for one picture.
    """
    import matplotlib
    from matplotlib.figure import Figure

    from cbcnn_trainer.plots import to_png

    matplotlib.use("Agg")
    names = look.found.dataset.class_names
    if len(names) > MOST_CLASSES:
        raise DataError(
            "there are too many classes for a contact sheet",
            found=str(len(names)),
            allowed=f"{MOST_CLASSES}",
            suggestion="leave -o out",
        )
    figure = Figure(figsize=(1.1 * columns + 1.6, 2.35 * len(names) + 0.4), layout="constrained")
    grid = figure.subplots(2 * len(names), columns, squeeze=False)
    for axes in grid.ravel():
        axes.axis("off")
    for label, name in enumerate(names):
        chosen = np.flatnonzero(look.found.labels == label)
        chosen = chosen[:: max(1, len(chosen) // columns)][:columns]
        images = look.found.collected.images[chosen]
        planes = run_parts.to_planes(settings, images)
        for column, (image, plane) in enumerate(zip(images, planes, strict=True)):
            _show(grid[2 * label, column], image)
            _show(grid[2 * label + 1, column], plane)
        grid[2 * label, 0].set_title(f"{name}: prepared", fontsize=8, loc="left")
        grid[2 * label + 1, 0].set_title("what the network sees", fontsize=8, loc="left")
    return to_png(figure)


def _show(axes: Any, image: NDArray[Any]) -> None:
    low, high = (-128, 127) if image.dtype == np.int8 else (0, 255)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    axes.imshow(image, cmap="gray" if image.ndim == 2 else None, vmin=low, vmax=high)
