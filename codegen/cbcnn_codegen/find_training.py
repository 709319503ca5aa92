"""Finds the record that `cbcnn-train` wrote beside a model."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

from cbcnn_codegen.evidence import Epoch, Training
from cbcnn_inputs.regular import read_text
from cbcnn_inputs.training_files import LOG, METRICS, MODEL_DIGEST, beside


def find_training(model: Path, sha256: str) -> tuple[Training | None, tuple[str, ...]]:
    """The record of this model's training, and a note if it is there but cannot be read.

    A record belongs to a model whose SHA-256 it names; any other one beside it is passed over.

    Args:
        model: the model file.
        sha256: of its content.
    """
    for metrics, log in zip(beside(model, METRICS), beside(model, LOG), strict=True):
        found = _read_metrics(metrics)
        if found.get(MODEL_DIGEST) != sha256:
            continue
        try:
            return _parse(found, read_text(log)), ()
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            note = f"{metrics.name} and {log.name} cannot be read, so report.html does not show "
            return None, (f"{note}the training: {type(error).__name__}: {reason}"[:300],)
    return None, ()


def _read_metrics(path: Path) -> dict[str, Any]:
    """The object in a file; an empty one where there is none."""
    try:
        found = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _parse(metrics: dict[str, Any], log: str) -> Training:
    """The record.

    Raises:
        ValueError, KeyError, TypeError: something is missing, or is no finite number.
    """
    settings = metrics["settings"]
    confusion = tuple(tuple(map(_count, row)) for row in metrics["confusion"])
    if not confusion or any(len(row) != len(confusion) for row in confusion):
        raise ValueError("a confusion matrix that is not square")
    epochs = tuple(_epoch(row) for row in csv.DictReader(io.StringIO(log)))
    if not epochs:
        raise ValueError("a log without epochs")
    return Training(
        dataset=str(settings["dataset"]),
        preset=str(settings["preset"]),
        kept_epoch=_count(metrics["epoch"]),
        test_images=_count(metrics["test_images"]),
        test_accuracy=_fraction(metrics["test_accuracy"]),
        confusion=confusion,
        epochs=epochs,
    )


def _epoch(row: dict[str, Any]) -> Epoch:
    return Epoch(
        epoch=_count(int(row["epoch"])),
        loss=_finite(row["loss"]),
        accuracy=_fraction(row["accuracy"]),
        validation_loss=_finite(row["val_loss"]) if row["val_loss"] else None,
        validation_accuracy=_fraction(row["val_accuracy"]) if row["val_accuracy"] else None,
    )


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r:.40} is no count")
    return value


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r:.40} is no finite number")
    return number


def _fraction(value: Any) -> float:
    number = _finite(value)
    if not 0 <= number <= 1:
        raise ValueError(f"{value!r:.40} is no fraction")
    return number
