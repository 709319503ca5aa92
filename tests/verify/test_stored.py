"""Outputs of a live model, kept in a file, stand in for it without TensorFlow."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen.errors import DataError, OutputError
from cbcnn_codegen.verify.expect import Decisions, Expectation, ExpectedOutput
from cbcnn_codegen.verify.stored import load_outputs, save_outputs

SHA256 = "0" * 64
PLANES = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)


def outputs() -> Expectation:
    rng = np.random.default_rng(0)
    return Expectation(
        layers={
            "conv": rng.choice(np.array([-1, 1], np.int8), (3, 1, 3, 5)),
            "dense": rng.integers(-9, 9, (3, 1, 1, 4)).astype(np.int32),
        },
        outputs=(ExpectedOutput(rng.normal(size=(3, 4)).astype(np.float32)),),
        decisions=Decisions(
            classes=np.array([0, 3, 2]),
            answers=np.array([0, 3, 1]),
            near_ties=np.array([False, False, True]),
        ),
    )


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "outputs.npz"
    save_outputs(path, SHA256, PLANES, outputs())
    return path


def test_everything_comes_back_for_images_in_any_order(stored: Path) -> None:
    order = [2, 0]
    found = load_outputs(stored, SHA256).expect(PLANES[order], traced=True)
    expected = outputs()
    assert found.layers.keys() == expected.layers.keys()
    for name, values in expected.layers.items():
        np.testing.assert_array_equal(found.layers[name], values[order])
        assert found.layers[name].dtype == values.dtype
    assert found.scores is not None
    assert expected.scores is not None
    np.testing.assert_array_equal(found.scores, expected.scores[order])
    assert found.classes.tolist() == [2, 0]
    assert found.answers.tolist() == [1, 0]
    assert found.near_ties.tolist() == [True, False]


def test_the_same_outputs_give_the_same_bytes(stored: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.npz"
    save_outputs(again, SHA256, PLANES, outputs())
    assert again.read_bytes() == stored.read_bytes()


def test_outputs_of_another_model_are_refused(stored: Path) -> None:
    with pytest.raises(DataError, match="another model"):
        load_outputs(stored, "1" * 64)


def test_an_image_that_was_not_stored_is_refused(stored: Path) -> None:
    with pytest.raises(DataError, match="some of the images"):
        load_outputs(stored, SHA256).expect(PLANES + 1, traced=False)


def test_damaged_files_are_refused(stored: Path, tmp_path: Path) -> None:
    whole = stored.read_bytes()
    for size in range(0, len(whole), 97):
        damaged = tmp_path / "damaged.npz"
        damaged.write_bytes(whole[:size])
        with pytest.raises(DataError, match="no stored outputs"):
            load_outputs(damaged, SHA256)


def test_arrays_of_different_lengths_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "outputs.npz"
    save_outputs(path, SHA256, PLANES[:2], outputs())
    with pytest.raises(DataError, match="different lengths"):
        load_outputs(path, SHA256)


def test_a_full_disk_leaves_the_stored_outputs_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "outputs.npz"
    path.write_bytes(b"earlier")
    monkeypatch.setattr(os, "fsync", run_full)
    with pytest.raises(OutputError, match="No space left"):
        save_outputs(path, SHA256, PLANES, outputs())
    assert path.read_bytes() == b"earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["outputs.npz"]
