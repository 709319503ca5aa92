"""Files that real versions of TensorFlow, Larq and Keras wrote, and what these computed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.read import read_model
from support.commands import ROOT

DATA = Path(__file__).parent / "data"
SCRIPT = DATA / "make_files.py"
FILES = sorted(DATA.glob("*/*.h5")) + sorted(DATA.glob("*/*.keras"))


def assert_same_outputs(path: Path) -> None:
    expected = np.load(path.parent / "expected.npz")
    scores = reference.run(read_model(path).graph, expected["images"]).scores
    if path.stem in ("sequential", "quantized"):  # these end in a softmax
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores = powers / powers.sum(axis=1, keepdims=True)
    outputs = expected[path.stem].reshape(scores.shape)
    np.testing.assert_allclose(scores, outputs, rtol=1e-5, atol=1e-6)
    assert len(np.unique(outputs.argmax(axis=1))) > 1, "the images are told apart by nothing"


def test_the_shipped_files_are_there() -> None:
    assert {path.parent.name for path in FILES} == {"keras3", "tf2.12", "tf2.15"}
    assert len(FILES) == 19


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_shipped_file_computes_what_its_keras_computed(path: Path) -> None:
    assert_same_outputs(path)


@pytest.mark.parametrize("options", [[], ["--keras3"]], ids=["tf-keras", "keras 3"])
def test_files_made_now_compute_what_their_keras_computes(
    options: list[str], tmp_path: Path
) -> None:
    pytest.importorskip("larq", reason="making model files needs the extra [train]")
    pytest.importorskip("keras", reason="making model files of Keras 3 needs Keras 3")
    legacy = {"TF_USE_LEGACY_KERAS": "0" if options else "1", "KERAS_BACKEND": "tensorflow"}
    legacy["PYTHONPATH"] = str(ROOT / "layers")
    command = [sys.executable, "-W", "ignore", str(SCRIPT), str(tmp_path), *options]
    made = subprocess.run(
        command, env=os.environ | legacy, capture_output=True, text=True, check=False, timeout=300
    )
    assert made.returncode == 0, made.stderr[-2000:]
    paths = sorted(tmp_path.glob("*.h5")) + sorted(tmp_path.glob("*.keras"))
    assert len(paths) == (10 if options else 13)
    for path in paths:
        assert_same_outputs(path)


def norms(path: Path) -> list[Any]:
    return [op for op in read_model(path).graph.ops if isinstance(op, BatchNorm)]


def test_keras_2_fuses_batch_norms_of_maps_and_keras_3_none() -> None:
    assert [norm.fused for norm in norms(DATA / "tf2.12/sequential.h5")] == [True, True, False]
    assert [norm.fused for norm in norms(DATA / "keras3/sequential.h5")] == [False] * 3
    assert [norm.fused for norm in norms(DATA / "keras3/sequential.keras")] == [False] * 3


def test_latent_and_quantized_weights_of_a_model_are_the_same_graph() -> None:
    latent = read_model(DATA / "tf2.12/sequential.h5").graph
    quantized = read_model(DATA / "tf2.12/quantized.h5").graph
    assert str(latent) == str(quantized)


def test_h5_and_keras_files_of_a_model_are_the_same_graph() -> None:
    for version in ("tf2.12", "keras3"):
        for name in ("sequential", "functional", "nested"):
            folder = DATA / version
            h5, archive = (read_model(folder / f"{name}.{end}").graph for end in ("h5", "keras"))
            assert str(h5) == str(archive)
