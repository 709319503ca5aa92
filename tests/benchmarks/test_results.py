"""The page of results says what the stored figures say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cases import ALL, MODELS
from benchmarks.plot import scaling, write_scaling
from benchmarks.report import README, RESULTS, SCALING, render, update_readme
from benchmarks.scaling import exponent, line, make_model, networks
from benchmarks.store import read_counts, read_host
from support.figures import assert_texts_are_free
from support.generated import generate_code
from support.tools import require_module


def test_the_page_is_made_of_the_stored_figures() -> None:
    assert RESULTS.read_bytes() == render(read_counts(), read_host()).encode()


def test_the_table_in_the_readme_is_made_of_the_stored_figures() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == update_readme(text, read_counts())
    with pytest.raises(ValueError, match="no place"):
        update_readme("# cbcnn\n", read_counts())


def test_every_model_target_and_mode_is_measured() -> None:
    assert tuple(figures.case for figures in read_counts().figures) == ALL
    assert read_counts().digests.keys() == MODELS.keys()


def test_the_picture_is_the_same_for_the_same_points(tmp_path: Path) -> None:
    require_module("matplotlib", "profile")
    for name in ("a.svg", "b.svg"):
        write_scaling(read_counts().scaling, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert b"\r" not in SCALING.read_bytes()


def test_the_labels_of_the_picture_can_be_read() -> None:
    require_module("matplotlib", "profile")
    assert_texts_are_free(scaling(read_counts().scaling))


def test_the_host_was_timed_over_the_complete_test_set_at_the_best_batch() -> None:
    timing = read_host()
    assert timing.images == 12_630
    assert timing.trials[str(timing.batch)] == min(timing.trials.values())
    assert len(timing.code) == len(timing.tensorflow) >= 3


def test_a_ratio_below_the_goal_is_shown_as_not_met() -> None:
    slow = replace(read_host(), code=(10.0, 10.0, 10.0), tensorflow=(49.0, 49.0, 49.0))
    assert "at least 5: **not met**" in render(read_counts(), slow)
    assert "at least 5: met" in render(read_counts(), replace(slow, tensorflow=(51.0, 51.0, 51.0)))


def test_a_fit_finds_the_law_that_made_the_values() -> None:
    sizes = [8, 16, 32, 64]
    assert exponent(sizes, [3.0 * size**1.7 for size in sizes]) == pytest.approx(1.7)
    assert line(sizes, [5.0 + 2.0 * size for size in sizes]) == pytest.approx((5.0, 2.0))


def test_cost_grows_no_faster_than_products() -> None:
    points = read_counts().scaling
    assert [(point.series, point.size) for point in points] == [
        (network.series, network.size) for network in networks()
    ]
    for series in ("filters", "map size"):
        own = [point for point in points if point.series == series]
        sizes = [point.size for point in own]
        products = exponent(sizes, [point.products for point in own])
        assert 0.5 < exponent(sizes, [point.instructions for point in own]) <= products


def test_a_random_network_is_written_and_generated(tmp_path: Path) -> None:
    require_module("larq", "train")
    network = next(network for network in networks() if network.series == "depth")
    model = make_model(network, tmp_path / "model.h5")
    project = generate_code(model, tmp_path / "code", "cortex-m4", name="net")
    assert len(project.layers) == len(network.architecture.filters) + 1
