"""Training on all images, without a validation part."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_codegen.find_training import find_training
from cbcnn_codegen.page.training import draw_curves
from cbcnn_inputs.datasets import splits
from cbcnn_inputs.errors import DataError
from cbcnn_trainer import checkpoint, settings, training
from cbcnn_trainer.outputs import Outputs
from support.small_runs import DATASET, OPTIONS

ALL = dataclasses.replace(DATASET, validation=DATASET.validation.pick(np.arange(0)))
WHOLE: dict[str, Any] = {
    **OPTIONS,
    "epochs": 2,
    "validation_fraction": 0.0,
    "selection": "last",
    "reestimate_norms": True,
}


def test_a_run_on_all_images_tells_nothing_of_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = Outputs.at(tmp_path)
    save = checkpoint.save

    def save_and_stop(path: Path, state: Any) -> None:
        save(path, state)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            training.train(settings.resolve("mnist", WHOLE), ALL, outputs)
    training.train(settings.resolve("mnist", WHOLE), ALL, outputs, resume=True)

    metrics = json.loads(outputs.metrics.read_text(), parse_constant=pytest.fail)
    assert metrics["validation_accuracy"] is None
    assert metrics["images"]["validation"] == 0
    with outputs.log.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["val_accuracy"] for row in rows] == ["", ""]
    assert all(float(row["in_window"]) > 0 for row in rows)
    told = capsys.readouterr().err
    assert "validation" not in told
    assert "nan" not in told

    record, notes = find_training(outputs.model, metrics["model_sha256"])
    assert notes == ()
    assert record is not None
    pictures, table = draw_curves(record)
    assert "A line over 2 epochs" in str(pictures)
    assert "nan" not in str(pictures) + str(table)


def test_nothing_is_set_aside_of_a_part_of_nothing() -> None:
    labels = np.array([0, 1, 2, 2])
    inner, outer = splits.by_group(labels, labels, 0.0, 0)
    assert inner.tolist() == [0, 1, 2, 3]
    assert outer.tolist() == []


@pytest.mark.parametrize(
    ("dataset", "changes", "what"),
    [
        ("mnist", {"selection": "validation"}, "nothing tells the best epoch"),
        ("folder", {}, "divided into three parts"),
    ],
)
def test_what_needs_validation_images_is_refused_without(
    dataset: str, changes: dict[str, Any], what: str
) -> None:
    with pytest.raises(DataError, match=what):
        settings.resolve(dataset, {**WHOLE, **changes})
