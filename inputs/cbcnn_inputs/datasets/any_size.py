"""Pictures of any size, as a model's own preparation makes images of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.collect import Collected, collect
from cbcnn_inputs.own_pictures.decode import Bad
from cbcnn_inputs.own_pictures.known import Known
from cbcnn_inputs.own_pictures.listing import grouped


@dataclass(frozen=True)
class Fitted:
    """Images of a model.

    Attributes:
        images: uint8 [N, H, W] or [N, H, W, 3].
        names: of the pictures.
        labels: int64 [N], or None.
        is_test_part: whether these are the test part of what the model was trained on.
        bad: pictures that were left out.
    """

    images: NDArray[np.uint8]
    names: tuple[str, ...]
    labels: NDArray[np.int64] | None
    is_test_part: bool
    bad: list[Bad]


def read_fitted(
    source: Path, known: Known, fit: PictureFit, limit: int | None = None, *, skip_bad: bool = False
) -> Fitted:
    """Pictures of a file, a folder, a list or an npz; the test part alone where there is one.

    Classes come from the list, or from the names of uppermost folders. There are none if no picture
    has one.

    Raises:
        DataError: nothing there, pictures that cannot be read, or labels of some pictures only, or
            that the model does not know.
    """
    collected = collect(
        source,
        fit,
        skip_bad=skip_bad,
        labelled=False,
        limit=limit if known.division is None else None,
        tests_first=True,
    )
    chosen = _test_part(source, collected, known)
    labels = _labels(source, collected, known)
    index = np.arange(len(collected)) if chosen is None else chosen
    index = index[:limit]
    return Fitted(
        collected.images[index],
        tuple(collected.entries[number].name for number in index),
        None if labels is None else labels[index],
        chosen is not None,
        collected.bad,
    )


def _test_part(source: Path, collected: Collected, known: Known) -> NDArray[np.int64] | None:
    """Indices of the test part if these are the pictures that the model was trained on."""
    from cbcnn_inputs.own_pictures.load import divide

    if known.division is None:
        return None
    group_by = known.division.group_by
    if group_by is not None:
        try:
            collected = replace(collected, entries=grouped(collected.entries, group_by))
        except DataError:  # no name matches, so these are other pictures
            return None
    if collected.digest() != known.division.digest:
        return None
    parts, _, _ = divide(str(source), collected, known.division)
    return parts["test"]


def _labels(source: Path, collected: Collected, known: Known) -> NDArray[np.int64] | None:
    labels = [entry.label for entry in collected.entries]
    if all(label is None for label in labels):
        return None
    missing = [entry.name for entry in collected.entries if entry.label is None]
    if missing:
        raise DataError(
            f"only some pictures in {source} have a label",
            found=f"{len(missing)} without one: {', '.join(missing[:5])}",
            allowed="all in folders of classes, or none",
        )
    return known.numbers([label for label in labels if label is not None], str(source))
