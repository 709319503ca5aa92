"""What networks cost before they are trained."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from benchmarks.search_cost import time_candidates
from cbcnn_codegen import generate
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.errors import MissingToolError, UsageError
from cbcnn_codegen.memory import Budget
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets import TARGETS, find_target
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_trainer import settings
from cbcnn_trainer.presets import PRESETS, Architecture
from cbcnn_trainer.search import cost as costing
from cbcnn_trainer.search.cost import Cost, Costs, Limits, Network
from cbcnn_trainer.search.space import PICTURES, Space
from support.commands import ROOT

BLOCK = ImageCompression(luma=True, equalise=True, standardise_scale=64)
SMALL = Network(Architecture((8, 16), (16,)), (20, 20, 1), 5, BLOCK)
M4 = find_target("cortex-m4")


def costs() -> Costs:
    return Costs(M4, 168e6)


@pytest.mark.parametrize(
    ("model", "preset"),
    [
        ("gtsrb-small", "cbcnn-small"),
        ("gtsrb-residual-small", "residual-small"),
        ("gtsrb-quicknet-small", "quicknet-small"),
    ],
)
def test_an_untrained_network_costs_what_the_trained_one_costs(model: str, preset: str) -> None:
    report = generate(ROOT / "examples" / "models" / model / "model.h5", target="cortex-m4").report
    network = Network(PRESETS[preset].architecture, (32, 32, 1), 43, BLOCK)
    untrained = costs().measure(network)
    assert untrained.flash_bytes == pytest.approx(report.flash_bytes.total, rel=0.02)
    assert untrained.ram_bytes == pytest.approx(report.ram_bytes.total, rel=0.02)
    instructions = sum(layer.instructions_estimated for layer in report.layers)
    assert untrained.instructions == pytest.approx(instructions, rel=0.03)
    assert untrained.measured_with == report.measured_with


@pytest.mark.parametrize("optimize", ["balanced", "size"])
@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m0"])
@pytest.mark.parametrize(
    "architecture",
    [
        SMALL.architecture,
        Architecture((8, 8), (), residuals=(1, 1)),
        PRESETS["quicknet-small"].architecture,
    ],
    ids=("blocks", "residual", "quicknet"),
)
def test_no_network_is_as_small_as_its_estimate(
    architecture: Architecture, target: str, optimize: Optimize
) -> None:
    asked = Costs(find_target(target), None, optimize)
    network = SMALL._replace(architecture=architecture)
    least, real = asked.estimate(network), asked.measure(network)
    assert 0.3 * real.flash_bytes < least.flash_bytes <= real.flash_bytes
    assert 0.5 * real.ram_bytes < least.ram_bytes <= real.ram_bytes
    assert least.instructions == real.instructions


def test_each_network_is_planned_and_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = costs()
    first = asked.estimate(SMALL), asked.measure(SMALL)
    monkeypatch.setattr(costing, "make_plan", None)
    again = Network(Architecture((8, 16), (16,)), (20, 20, 1), 5, replace(BLOCK))
    assert (asked.estimate(again), asked.measure(again)) == first


def test_without_the_compiler_nobody_says_that_a_network_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(MissingToolError, match="compiler"):
        costs().measure(SMALL)


def test_the_tighter_of_board_and_budget_counts() -> None:
    board = find_board("bluepill")
    limits = Limits.of(board, Budget(flash_bytes=20_000), 50.0)
    assert limits == Limits(20_000, board.ram_bytes, 50.0)
    assert Limits.of(None, None, None) == Limits()
    needs = Cost(25_000, 1_000, 1, 25.0)
    assert limits.excess(needs)["flash"] == pytest.approx(0.25)
    assert limits.excess(needs)["latency"] == pytest.approx(-0.5)
    assert not limits.allow(needs)
    assert limits.allow(replace(needs, flash_bytes=20_000))
    assert str(limits) == f"20,000 bytes of flash, {board.ram_bytes:,} bytes of RAM, 50 ms"


def test_a_latency_needs_a_core_whose_cycles_are_known() -> None:
    costs().demand_timing()
    with pytest.raises(UsageError, match="cycles"):
        Costs(find_target("cortex-m55"), 32e6).demand_timing()


def test_the_cycles_of_an_instruction_are_those_that_were_measured() -> None:
    figures = json.loads((ROOT / "benchmarks" / "figures.json").read_text())["figures"]
    for target in TARGETS:
        measured = [
            sum(row["cycles"]) / sum(row["instructions"])
            for row in figures
            if row["target"] == target.name and row["mode"] == "balanced" and row.get("cycles")
        ]
        if target.cycles_per_instruction is None:
            assert not measured
            assert target.timing is None
        else:
            assert target.cycles_per_instruction == pytest.approx(max(measured), rel=0.02)


class _Fixed:
    """A trial whose parameters are given; asks for no other."""

    def __init__(self, values: dict[str, object]) -> None:
        self.values = values

    def suggest_int(self, name: str, low: int, high: int) -> int:
        value = self.values[name]
        assert isinstance(value, int)
        assert low <= value <= high
        return value

    def suggest_categorical(self, name: str, choices: tuple[str, ...]) -> object:
        assert self.values[name] in choices
        return self.values[name]


def architectures(space: Space, points: list[dict[str, object]]) -> list[Architecture]:
    dataset = "folder" if space.sizes else "gtsrb"
    found = [settings.resolve(dataset, space.suggest(_Fixed(point))) for point in points]
    return [one.architecture for one in found]


def test_a_search_begins_with_the_small_presets() -> None:
    space = Space()
    begun = architectures(space, list(space.starting_points()))
    for preset in ("cbcnn-small", "residual-small", "quicknet-small"):
        assert PRESETS[preset].architecture in begun


def test_own_pictures_may_come_in_sizes_and_colours() -> None:
    space = Space(("24x24", "32x32"), tuple(PICTURES))
    for point in space.starting_points():
        chosen = settings.resolve("folder", space.suggest(_Fixed({**point, "pictures": "rgb"})))
        assert chosen.own is not None
        assert (chosen.own.size, chosen.own.channels, chosen.block) == ((32, 32), "rgb", None)


def test_the_smallest_networks_can_all_be_built() -> None:
    space = Space(("8x8", "48x48"), tuple(PICTURES))
    for one in architectures(space, list(space.smallest())):
        assert costs().estimate(Network(one, (8, 8, 1), 2, None)).flash_bytes < 12_000


def test_the_benchmark_times_candidates() -> None:
    """A thousand take a minute at most: `python -m benchmarks.search_cost`."""
    seconds, different = time_candidates(20)
    assert different == 20
    assert seconds < 20 * 0.3
