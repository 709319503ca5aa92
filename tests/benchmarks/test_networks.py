"""docs/results.md says what the runs noted, and the recipes are those of the runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.networks import __main__ as command
from benchmarks.networks import store
from benchmarks.networks.beside import beside_the_paper
from benchmarks.networks.catalogue import MODELS, NETWORKS, Network
from benchmarks.networks.curve import NUMBERS, curve, picture, points_table
from benchmarks.networks.goals import GOALS, reached
from benchmarks.networks.paper import PAPER
from benchmarks.networks.quantized import measure_beside
from benchmarks.networks.report import PAGE, render
from benchmarks.networks.selection import DATASETS
from benchmarks.networks.spread import mean_and_spread, repeats, spread_table
from benchmarks.trainer import RUNS
from cbcnn_trainer import settings
from support.figures import assert_texts_are_free
from support.tools import require_module

SHIPPED = [network for network in NETWORKS if network.shipped]


def test_the_page_is_made_of_the_stored_results() -> None:
    assert PAGE.read_bytes() == render(store.read()).encode()


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_picture_is_made_of_the_stored_results(dataset: str, tmp_path: Path) -> None:
    require_module("matplotlib", "train")
    from benchmarks.networks.plot import draw

    draw(curve(dataset, store.read()), tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == picture(dataset).read_bytes()


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_numbers_of_a_picture_can_be_read(dataset: str) -> None:
    require_module("matplotlib", "train")
    from benchmarks.networks.plot import accuracy_over_flash

    assert_texts_are_free(accuracy_over_flash(curve(dataset, store.read())))


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_table_below_a_picture_has_every_point(dataset: str) -> None:
    points = curve(dataset, store.read())
    rows = points_table(points).splitlines()[2:]
    for number, (point, row) in enumerate(zip(points, rows, strict=True), 1):
        cells = f"| {number} | {point.title} | {NUMBERS[point.series]} | {point.accuracy:.2%} |"
        assert row.startswith(cells)


def test_all_rows_of_the_paper_stand_in_columns_of_their_own() -> None:
    assert [len(PAPER[dataset]) for dataset in ("gtsrb", "fashion-mnist", "mnist")] == [14, 9, 6]
    for dataset, reported in PAPER.items():
        rows = beside_the_paper(dataset, store.read()).splitlines()[2:]
        for row, line in zip(reported, rows, strict=False):
            title, accuracy, _, ours = (cell.strip() for cell in line.split("|")[1:5])
            assert (title, accuracy) == (row.title, f"{row.accuracy:.2%}")
            assert (ours == "-") == (row.ours is None)
        assert all(line.split("|")[2:4] == [" - ", " - "] for line in rows[len(reported) :])


def test_seeds_of_one_recipe_have_a_mean_and_a_spread() -> None:
    results = store.read()
    runs = repeats(results, "mnist-small")
    assert {run.seed for run in runs} >= {0, 1, 2}
    assert mean_and_spread([0.90, 0.91, 0.92]) == "91.00 ± 1.00 %"
    shown = mean_and_spread([run.test_accuracy for run in runs])
    row = f"| MNIST, 32, 64, 64, 64; 64 | {len(runs)} |"
    assert any(row in line and shown in line for line in spread_table(results).splitlines())


def test_a_goal_is_judged_by_the_network_with_the_best_validation_accuracy() -> None:
    """Not by the best on the test set, which would choose with it."""
    results = store.read()
    goal = next(goal for goal in GOALS if goal.dataset == "fashion-mnist" and goal.flash is None)
    first, second = results["fashion-mnist"], results["fashion-mnist-2"]
    lucky = replace(second, validation_accuracy=0.1, test_accuracy=0.999)
    best = replace(first, validation_accuracy=0.999, test_accuracy=0.5)
    found = reached(goal, {**results, first.name: best, second.name: lucky})
    assert found is not None
    assert found.accuracy == 0.5


@pytest.mark.parametrize("ships", [True, False])
def test_a_run_on_all_images_stands_for_its_goal_if_it_ships(*, ships: bool) -> None:
    """Its recipe was chosen before; without a validation part nothing compares it with others."""
    results = store.read()
    goal = next(goal for goal in GOALS if goal.dataset == "fashion-mnist" and goal.flash is None)
    name = "fashion-mnist" if ships else "fashion-mnist-2"
    whole = replace(results[name], validation_accuracy=None, test_accuracy=0.5)
    found = reached(goal, {**results, name: whole})
    assert found is not None
    assert (found.accuracy == 0.5) == ships


def test_a_run_on_all_images_has_no_validation_accuracy_in_any_table() -> None:
    results = store.read()
    runs = {
        name: replace(results[name], validation_accuracy=None)
        for name in ("mnist-small", "mnist-small-seed-1")
    }
    page = render({**results, **runs})
    (line,) = (line for line in page.splitlines() if line.startswith("| `mnist-small` |"))
    assert line.split("|")[-3] == " - "
    assert mean_and_spread([0.9, None]) == "-"


def test_a_mean_of_seeds_is_that_of_the_named_recipe() -> None:
    results = store.read()
    goal = replace(GOALS[0], dataset="mnist", seeds_of="mnist-small")
    found = reached(goal, results)
    assert found is not None
    runs = repeats(results, "mnist-small")
    assert found.accuracy == pytest.approx(sum(run.test_accuracy for run in runs) / len(runs))


def test_a_goal_of_flash_and_ram_takes_what_fits_alone() -> None:
    results = store.read()
    goal = next(goal for goal in GOALS if goal.ram is not None)
    large = replace(results["mnist-small"], validation_accuracy=0.9999)
    found = reached(goal, {large.name: large, "mnist-tiny": results["mnist-tiny"]})
    assert found is not None
    assert found.accuracy == results["mnist-tiny"].test_accuracy
    assert reached(goal, {large.name: large}) is None


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


def test_a_run_builds_on_the_model_that_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    """And on the one in runs/ where none ships."""
    commands: list[list[str]] = []
    monkeypatch.setattr(command, "train", lambda dataset, words, out: commands.append(words))
    again = replace(NETWORKS[0], name="again", start_from="gtsrb", teacher="gtsrb-real")
    monkeypatch.setattr(command, "NETWORKS", (*NETWORKS, again))
    monkeypatch.setattr("sys.argv", ["networks", "train", "again"])
    command.main()
    (words,) = commands
    given = dict(pairwise(words))
    assert given["--start-from"] == str(MODELS / "gtsrb" / "model.h5")
    assert given["--teacher"] == str(RUNS / "gtsrb-real" / "model.h5")


def test_new_is_what_is_not_stored_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every shipped model is stored, so one of another digest is the only new one."""
    results = store.read()
    other = replace(results["mnist-small"], model_sha256="0" * 64)
    monkeypatch.setattr(store, "read", lambda: {**results, other.name: other})
    new = [network.name for network in SHIPPED if command._is_there(network, new=True)]
    assert new == [other.name]


def test_small_models_fit_small_chips() -> None:
    small = [network for network in NETWORKS if network.kind == "small"]
    assert {network.dataset for network in small} == set(DATASETS)
    for network in small:
        costs = store.read()[network.name].costs
        assert costs["size"].weights < 16 * 1024
        assert costs["ram"].ram < 4 * 1024


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
