"""docs/results.md says what the runs noted, and the recipes are those of the runs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from benchmarks.networks import store
from benchmarks.networks.catalogue import MODELS, NETWORKS, Network
from benchmarks.networks.quantized import measure_beside
from benchmarks.networks.report import (
    DATASETS,
    PAGE,
    PICTURE,
    curve,
    points,
    render,
    with_shortcuts,
)
from cbcnn_trainer import settings
from support.figures import assert_texts_are_free
from support.tools import require_module

SHIPPED = [network for network in NETWORKS if network.shipped]


def test_the_page_is_made_of_the_stored_results() -> None:
    assert PAGE.read_bytes() == render(store.read()).encode()


def test_the_picture_is_made_of_the_stored_results(tmp_path: Path) -> None:
    require_module("matplotlib", "train")
    from benchmarks.networks.plot import draw

    results = store.read()
    draw(points(curve(results)), points(with_shortcuts(results)), tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == PICTURE.read_bytes()


def test_the_labels_of_the_picture_can_be_read() -> None:
    require_module("matplotlib", "train")
    from benchmarks.networks.plot import accuracy_over_flash

    results = store.read()
    both = (points(curve(results)), points(with_shortcuts(results)))
    assert_texts_are_free(accuracy_over_flash(*both))


def test_names_are_unique_and_what_a_run_builds_on_is_known() -> None:
    names = [network.name for network in NETWORKS]
    assert len(set(names)) == len(names)
    for network in NETWORKS:
        assert {network.start_from, network.teacher} - {None} <= set(names)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_every_network_has_a_recipe_that_can_be_run(network: Network) -> None:
    options = settings.read_toml(network.recipe_file)
    given = dict(zip(network.changes, network.changes[1:], strict=False))
    seed = int(given.get("--seed", options.get("seed", 0)))
    chosen = settings.resolve(network.dataset, {**options, "seed": seed})
    assert (chosen.distillation > 0) == (network.teacher is not None)
    found = store.read().get(network.name)
    if found is not None:
        assert (found.epochs, found.seed) == (chosen.epochs, chosen.seed)
        assert bool(found.costs) == chosen.architecture.binary


@pytest.mark.parametrize("network", SHIPPED, ids=lambda network: network.name)
def test_what_is_stored_of_a_shipped_model_is_what_ships(network: Network) -> None:
    folder = MODELS / network.name
    found = store.read()[network.name]
    assert found.model_sha256 == hashlib.sha256((folder / "model.h5").read_bytes()).hexdigest()
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert found.test_accuracy == metrics["test_accuracy"]
    recipe = settings.resolve(network.dataset, settings.read_toml(network.recipe_file))
    used = metrics["settings"]
    today = json.loads(recipe.to_json())
    assert used == {key: _as_old(today[key], used[key]) for key in used}


def _as_old(value: object, old: object) -> object:
    """A setting without the parts that were added after the run."""
    if isinstance(value, dict) and isinstance(old, dict):
        return {key: value[key] for key in old}
    return value


def test_small_models_fit_small_chips() -> None:
    small = [network for network in NETWORKS if network.kind == "small"]
    assert {network.dataset for network in small} == set(DATASETS)
    for network in small:
        costs = store.read()[network.name].costs
        assert costs["size"].weights < 16 * 1024
        assert costs["ram"].ram < 4 * 1024


def test_the_curve_has_five_points() -> None:
    assert len(curve(store.read())) >= 5


@pytest.mark.parametrize("name", ["gtsrb-residual-small", "gtsrb-quicknet-small"])
def test_integers_stand_beside_floats_over_the_complete_test_set(name: str) -> None:
    found = store.read()[name]
    assert found.beside is not None
    assert found.beside.images == found.test_images == 12_630
    in_floats = found.beside.floats.right / found.beside.images
    assert in_floats == pytest.approx(found.test_accuracy, abs=1e-3)
    assert found.beside.integers.right / found.beside.images > in_floats - 0.01
    assert found.beside.integers.ram["cortex-m4"] <= 1.02 * found.beside.floats.ram["cortex-m4"]


def test_networks_of_signs_alone_have_no_other_form() -> None:
    model = MODELS / "gtsrb-small"
    assert measure_beside(model / "model.h5", "gtsrb", model / "samples") is None
