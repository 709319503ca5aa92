"""What a user should know of pictures before a training: lines, not errors."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.own_pictures import alike
from cbcnn_inputs.own_pictures.collect import Collected
from cbcnn_inputs.own_pictures.decode import Bad
from cbcnn_inputs.own_pictures.fit import PictureFit
from cbcnn_inputs.own_pictures.listing import Part

Indices = NDArray[np.int64]

_SHOWN: Final = 20
"""Names of pictures that are left out."""

_EXAMPLES: Final = 3


def warnings_of(
    collected: Collected, labels: Indices, parts: Mapping[Part, Indices], fit: PictureFit
) -> Iterator[str]:
    """Lines of what may go wrong.

    Args:
        collected: the pictures.
        labels: int64 [N] of them.
        parts: indices of each part.
        fit: what each picture becomes.
    """
    yield from left_out(collected.bad)
    if text := _enlarged(collected.sizes, fit):
        yield text
    part_of = {int(index): part for part, indices in parts.items() for index in indices}
    copies = alike.same(collected.digests)
    together = defaultdict(list)
    for index, entry in enumerate(collected.entries):
        if entry.group is not None:
            together[entry.group].append(index)
    leaks = [group for group in copies if len({part_of[index] for index in group}) > 1]
    torn = [group for group in copies if len({int(labels[index]) for index in group}) > 1]
    groups = [name for name, own in together.items() if len({part_of[i] for i in own}) > 1]
    flattering = "so the accuracy will look too good"
    for found, what in (
        (leaks, f"pictures are in several parts, {flattering}"),
        (torn, "pictures are in several classes"),
    ):
        if found:
            names = ", ".join(collected.entries[index].name for index in found[0][:_EXAMPLES])
            yield f"{len(found)} {what}: {names}{' …' if len(found) > 1 else ''}"
    if groups:
        yield f"{len(groups)} groups are in several parts, {flattering}: {some(groups)}"


def some(names: Sequence[str]) -> str:
    """The first of some names."""
    return ", ".join(names[:_EXAMPLES]) + (" …" if len(names) > _EXAMPLES else "")


def left_out(bad: Sequence[Bad]) -> Iterator[str]:
    """A line for each of the first pictures that cannot be read, and their number."""
    yield from (f"{one.name} is left out: {one.reason}" for one in bad[:_SHOWN])
    if len(bad) > _SHOWN:
        yield f"{len(bad) - _SHOWN} more pictures that cannot be read are left out"


def _enlarged(sizes: Sequence[tuple[int, int]], fit: PictureFit) -> str | None:
    """A warning if pictures, (height, width) each, are smaller than what is made of them."""
    small = [size for size in sizes if min(size) and math.prod(size) < fit.width * fit.height]
    if not small:
        return None
    smallest = min(small, key=math.prod)
    return (
        f"{len(small)} of {len(sizes)} pictures are smaller than {fit.width}x{fit.height}, the "
        f"smallest {smallest[1]}x{smallest[0]}; they are enlarged"
    )
