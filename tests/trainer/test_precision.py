"""A run in an arithmetic that this processor is slow in says so."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer import precision, settings, train
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
    train.train(chosen, DATASET, Outputs.at(tmp_path))
    said = capsys.readouterr().err
    assert ("takes 18.2 times as long as in float32" in said) == warned
    assert ("warning" in said) == warned


def test_float32_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "slowdown", lambda _: pytest.fail("timed for nothing"))
    precision.warn_if_slow("float32")
