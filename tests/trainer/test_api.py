"""Training, evaluation and generation from Python, as the documents show them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

import cbcnn_codegen
import cbcnn_trainer
from cbcnn_inputs.errors import CbcnnError, DataError, UsageError
from examples.draw_pictures import SHAPES, draw_shape

ROOT = Path(__file__).parents[2]
QUICK: dict[str, Any] = {"filters": [8], "units": [], "epochs": 1, "batch_size": 16}


@pytest.fixture(scope="module")
def shapes() -> tuple[list[Any], list[str]]:
    random = np.random.default_rng(0)
    labels = [SHAPES[index % 3] for index in range(45)]
    return [draw_shape(label, random) for label in labels], labels


def test_arrays_of_any_size_become_a_model_and_c(
    shapes: tuple[list[Any], list[str]], tmp_path: Path
) -> None:
    images, labels = shapes
    splits = ["train"] * 27 + ["val"] * 9 + ["test"] * 9
    trained = cbcnn_trainer.train(
        images, labels, tmp_path / "m.h5", splits=splits, size=(16, 12), **QUICK
    )
    found = cbcnn_trainer.evaluate(trained.model, images[-9:], labels[-9:])
    assert found.accuracy == trained.accuracy
    assert found.class_names == SHAPES
    assert trained.metrics["images"] == {"train": 27, "validation": 9, "test": 9}
    generated = cbcnn_codegen.generate(
        trained.model, target="cortex-m4", fits=None, class_names=True, measure=False
    )
    generated.write(tmp_path / "out")
    assert (tmp_path / "out" / "m.c").exists()
    assert generated.report.pictures is not None
    assert (generated.report.pictures.width, generated.report.pictures.height) == (16, 12)


def test_images_of_one_size_keep_it_and_numbers_take_names_in_order(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (30, 14, 18)).astype(np.uint8)
    labels = np.arange(30) % 2
    trained = cbcnn_trainer.train(
        images, labels, tmp_path / "m.h5", class_names=["zero", "one"], channels="grey", **QUICK
    )
    found = cbcnn_trainer.evaluate(trained.model, images, labels)
    assert found.class_names == ("zero", "one")
    by_name = cbcnn_trainer.evaluate(
        trained.model, images, [("zero", "one")[label] for label in labels]
    )
    assert by_name.accuracy == found.accuracy
    assert trained.metrics["settings"]["own"]["size"] == [18, 14]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"labels": ["a"] * 4}, DataError),
        ({"labels": [0.5] * 5}, DataError),
        ({"images": [np.zeros((3, 3), np.float32)] * 5}, DataError),
        ({"images": [np.zeros((3, 3, 2), np.uint8)] * 5}, DataError),
        ({"groups": ["a"]}, DataError),
        ({"splits": ["sometimes"] * 5}, DataError),
        ({"group_by": "(a)"}, UsageError),
        ({"class_names": ["a"], "labels": [0, 1, 0, 1, 0]}, DataError),
        ({"labels": ["a"] * 5}, DataError),
        ({"epochs": 0}, DataError),
        ({"label_smoothing": 0.1, "loss": "squared-hinge"}, UsageError),
    ],
)
def test_what_does_not_fit_is_one_error(
    change: dict[str, Any], error: type[CbcnnError], tmp_path: Path
) -> None:
    given: dict[str, Any] = {
        "images": [np.zeros((4, 4), np.uint8)] * 5,
        "labels": ["a", "b", "a", "b", "a"],
        **QUICK,
        **change,
    }
    images, labels = given.pop("images"), given.pop("labels")
    with pytest.raises(error) as caught:
        cbcnn_trainer.train(images, labels, tmp_path / "m", **given)
    assert caught.value.found
    assert not (tmp_path / "m").exists() or not list((tmp_path / "m").glob("*.h5"))


def _examples(path: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / path).read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("path", ["README.md", "docs/own-pictures.md"])
def test_the_python_in_the_documents_runs(
    path: str, shapes: tuple[list[Any], list[str]], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    train: Callable[..., Any] = cbcnn_trainer.train

    def quick(*arguments: Any, **options: Any) -> Any:
        return train(*arguments, **{**options, **QUICK})

    monkeypatch.setattr(cbcnn_trainer, "train", quick)
    examples = _examples(path)
    assert examples
    images, labels = shapes
    for code in examples:
        exec(code, {"images": images, "labels": labels})  # noqa: S102 -- our own documents
    assert list(tmp_path.rglob("*.c"))
