"""Larq beside its layers for Keras 3: stored outputs are live ones, and it runs their files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from support.commands import ROOT
from support.tools import require_module

require_module("larq", "train")

from cbcnn_trainer.keras2 import model_file  # noqa: E402

STORED = ROOT / "tests" / "layers" / "data"


def test_what_larq_computes_now_is_what_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(STORED)
    from make_outputs import OUTPUTS, compute  # type: ignore[import-not-found, unused-ignore]

    stored, live = np.load(OUTPUTS), compute()
    assert set(stored.files) == live.keys()
    for key, values in live.items():
        if key.endswith("/config"):
            continue
        np.testing.assert_allclose(values, stored[key], rtol=1e-6, atol=1e-6, err_msg=key)


def test_larq_computes_what_a_model_of_keras_3_does(tmp_path: Path) -> None:
    script = ROOT / "tests" / "read" / "data" / "make_files.py"
    changes = {"TF_USE_LEGACY_KERAS": "0", "KERAS_BACKEND": "tensorflow"}
    changes["PYTHONPATH"] = str(ROOT / "layers")
    command = [sys.executable, "-W", "ignore", str(script), str(tmp_path), "--keras3"]
    subprocess.run(command, env=os.environ | changes, check=True, capture_output=True)
    expected = np.load(tmp_path / "expected.npz")
    images = expected["images"].astype(np.float32)
    for name in ("sequential", "quantizer_layers", "quantizer_list"):
        for suffix in (".h5", ".keras"):
            model = model_file.load(tmp_path / f"{name}{suffix}")
            found = model(images, training=False).numpy()
            np.testing.assert_allclose(found, expected[name], rtol=1e-5, atol=1e-5, err_msg=name)
