"""Every shipped model has samples and what Larq computed for them, and its C computes the same."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cbcnn_codegen.verify.session import open_session
from support.commands import ROOT
from support.generated import QUICK, compare_code, generate_code, run_code
from support.tools import require_tool

MODELS = sorted(path.parent for path in (ROOT / "examples/models").glob("*/model.h5"))


def test_all_models_are_found() -> None:
    names = {"signs", *(f"{data}{size}" for data in DATA for size in ("", "-small"))}
    names |= {"gtsrb-residual-small", "gtsrb-quicknet-small", "fashion-mnist-quicknet-small"}
    names |= {"mnist-smallest"}
    assert {folder.name for folder in MODELS} == names


DATA = ("gtsrb", "fashion-mnist", "mnist")


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_a_model_has_twenty_samples_with_labels(folder: Path) -> None:
    images = sorted(path.name for path in (folder / "samples").glob("*.png"))
    with (folder / "samples/labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(images) == 20
    assert sorted(row[0] for row in rows[-20:]) == images
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert f"-o examples/models/{folder.name}/samples" in text
    assert f"--store examples/models/{folder.name}/larq_outputs.npz" in text


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_the_code_of_a_model_computes_what_larq_computed(folder: Path, tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    project = generate_code(folder / "model.h5", tmp_path / "code")
    stored = str(folder / "larq_outputs.npz")
    session = open_session(folder / "model.h5", project.folder, folder / "samples", None, stored)
    assert session.other is not None
    samples, outputs = run_code(
        project, session.samples.images, session.lowered, QUICK, tmp_path / "build"
    )
    expected = session.other.expect(samples.planes, traced=True)
    found = compare_code(project, outputs, expected, samples)
    assert found.first is None
    assert len(samples) == 20
    assert found.bits > 20 * 5_000
