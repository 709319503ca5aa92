"""Names of the files that a training writes beside its model; the generator looks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

METRICS: Final = "metrics.json"
LOG: Final = "log.csv"
MODEL_DIGEST: Final = "model_sha256"
"""The key of `metrics.json` that says which model file it belongs to."""


def beside(model: Path, name: str) -> tuple[Path, Path]:
    """Where a file of a model's training may lie.

    With `cbcnn-train -o model.h5` the model's stem stands in front of its name; with `-o DIR` it
    does not.
    """
    return model.with_name(f"{model.stem}.{name}"), model.with_name(name)
