"""A run in an arithmetic that this processor is slow in says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer import settings, training
from cbcnn_trainer.keras2 import precision
from cbcnn_trainer.outputs import Outputs
from support.small_runs import DATASET, OPTIONS


def test_the_same_precision_takes_about_the_same_time() -> None:
    assert 0.1 < precision.slowdown("float32") < 10


def test_bfloat16_is_timed() -> None:
    assert precision.slowdown("bfloat16") > 0


@pytest.mark.parametrize(("ratio", "warned"), [(18.25, True), (0.4, False)])
def test_a_run_that_float32_would_shorten_is_warned_of(
    ratio: float,
    warned: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(precision, "slowdown", lambda _: ratio)
    chosen = settings.resolve("signs", {**OPTIONS, "epochs": 1, "precision": "bfloat16"})
    training.train(chosen, DATASET, Outputs.at(tmp_path))
    said = capsys.readouterr().err
    assert ("takes 18.2 times as long as in float32" in said) == warned
    assert ("warning" in said) == warned


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import cbcnn_trainer.keras2.backend", "1"),
        ("from cbcnn_trainer import oracle; oracle.start(floats=True)", "1"),
        ("from cbcnn_trainer import oracle; oracle.start(floats=False)", "0"),
    ],
)
def test_training_and_real_numbers_take_onednn_and_integers_do_not(
    code: str, expected: str
) -> None:
    code += "; import os; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    unset = {key: value for key, value in os.environ.items() if key != "TF_ENABLE_ONEDNN_OPTS"}
    found = subprocess.run(
        [sys.executable, "-c", code], env=unset, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == expected


def test_float32_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "slowdown", lambda _: pytest.fail("timed for nothing"))
    precision.warn_if_slow("float32")
