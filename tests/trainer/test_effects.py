"""Every option of training that leaves the network's shape alone changes what is trained."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer import epochs, settings
from cbcnn_trainer.backends import open_backend
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.keras2 import larq_training
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.progress import EpochProgress
from support.small_runs import DATASET

SMALL = dataclasses.replace(
    DATASET, train=DATASET.train.pick(np.arange(96)), validation=DATASET.validation
)
PLAIN: dict[str, Any] = {"filters": [4, 4], "units": [], "epochs": 1, "batch_size": 16}


@cache
def trained(folder: Path, **changes: Any) -> list[Any]:
    """The weights after one epoch."""
    state = State("run")
    chosen = settings.resolve("signs", {**PLAIN, **changes})
    epochs.run(chosen, SMALL, Outputs.at(folder), state, open_backend())
    return state.weights


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gradient_window", 0.2),
        ("beta_2", 0.5),
        ("rate_change", "step"),
        ("balance", 1.0),
        ("exposure", 0.5),
        ("mixup", 1.0),
        ("cutmix", 1.0),
        ("real_optimizer", "sgd"),
        ("real_learning_rate", 0.1),
        ("first_layer_rate", 0.1),
        ("first_layer_scale", 3.0),
        ("weight_decay", 0.1),
        ("erasing", 1.0),
    ],
)
def test_an_option_changes_what_is_trained(
    name: str, value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    without, changed = trained(folder), trained(folder, **{name: value})
    assert any((one != other).any() for one, other in zip(without, changed, strict=True))


def test_the_optimizer_gets_the_rate_of_each_step() -> None:
    given: list[float] = []

    class Optimizer:
        def __setattr__(self, name: str, rate: float) -> None:
            assert name == "learning_rate"
            given.append(rate)

    model: Any = SimpleNamespace(optimizer=Optimizer())
    progress = EpochProgress(1, 3)
    callback = larq_training._callback(model, [0.3, 0.3, 0.1].__getitem__, progress.advance)
    for batch in range(3):
        callback.on_train_batch_begin(batch)
    assert given == [0.3, 0.1]
