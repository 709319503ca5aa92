"""A data set and options for training runs of a second."""

from __future__ import annotations

from typing import Any

from cbcnn_inputs.datasets import Dataset, Split, signs
from cbcnn_inputs.metadata import ImageCompression

OPTIONS: dict[str, Any] = {
    "filters": [4, 8],
    "units": [16],
    "epochs": 3,
    "batch_size": 32,
    "rotation": 10.0,
}


def small_signs() -> Dataset:
    counts = {"train": 160, "validation": 32, "test": 32}
    parts = {part: Split(*signs.draw(part, count)) for part, count in counts.items()}
    return Dataset(
        "signs",
        signs.CLASS_NAMES,
        parts["train"],
        parts["validation"],
        parts["test"],
        ImageCompression(luma=True, equalise=True, standardise_scale=64),
    )


DATASET = small_signs()
