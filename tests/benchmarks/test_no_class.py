"""Pictures of no class: the tables in the READMEs of the shipped models, and how they are made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import no_class
from benchmarks.no_class import END, MODELS, START, insert, measure, planes
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_inputs import preprocessing
from cbcnn_inputs.datasets import signs
from cbcnn_inputs.datasets.registry import Dataset, Split
from support.commands import SIGNS

READMES = sorted(path.parent / "README.md" for path in MODELS.glob("*/model.h5"))


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.parent.name)
def test_every_example_tells_how_it_meets_pictures_of_no_class(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    section = text.partition(START)[2].partition(END)[0]
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) % \| ([\d.]+) % \|$", section, re.M)
    titles = [title for title, _, _ in rows]
    assert titles[:4] == ["test images", "right answers among the others", "noise", "one colour"]
    assert len(titles) == 7
    for title, few, many in rows:
        assert 0 <= float(few) <= float(many) <= 100, title
    assert insert(text, section.strip("\n") + "\n") == text


def test_a_model_is_measured_with_what_is_drawn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def few(name: str, *_: Any) -> Dataset:
        train, validation, test = (Split(*signs.draw(part, 150)) for part in signs.SIZES)
        return Dataset(name, signs.CLASS_NAMES, train, validation, test, None)

    monkeypatch.setattr(no_class, "_load", few)
    section = measure(SIGNS / "model.h5", None, 60)
    shares = dict(re.findall(r"^\| ([a-z ]+?) \| ([\d.]+) % \|", section, re.M))
    assert list(shares) == ["test images", "right answers among the others", "noise", "one colour"]
    assert float(shares["test images"]) < 20
    assert "(here 120)" in section
    assert "all images" not in section
    monkeypatch.setattr(no_class, "_kept_back", lambda _: False)
    assert "model was trained on all images" in measure(SIGNS / "model.h5", None, 60)


def test_a_model_that_was_trained_on_all_images_says_that_it_knows_them() -> None:
    """For the metrics that ship with a model tell which images its run kept back."""
    for readme in READMES:
        section = readme.read_text(encoding="utf-8").partition(START)[2]
        kept_back = no_class._kept_back(readme.parent / "model.h5")
        assert kept_back == ("model was trained on all images" not in section), readme
        assert kept_back == (readme.parent.name != "gtsrb")


def test_pictures_of_any_size_and_colours_become_what_the_network_sees() -> None:
    graph = lower(read_model(SIGNS / "model.h5").graph)
    rng = np.random.default_rng(0)
    own = rng.integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    assert graph.preprocessing is not None
    np.testing.assert_array_equal(planes(graph, own), preprocessing.apply(graph.preprocessing, own))
    grey = rng.integers(0, 256, (2, 28, 28)).astype(np.uint8)
    assert planes(graph, grey).shape == (2, 32, 32, 1)
    mnist = lower(read_model(MODELS / "mnist-small" / "model.h5").graph)
    np.testing.assert_array_equal(planes(mnist, grey)[..., 0], grey)


def test_a_section_is_put_behind_everything_and_then_replaced() -> None:
    once = insert("# A\n\ntext\n", "one\n")
    assert once.startswith("# A\n\ntext\n\n## Pictures of no class\n")
    assert insert(once, "two\n") == once.replace("one", "two")
    with pytest.raises(ValueError, match="missing"):
        insert(once.replace(END, ""), "two\n")
