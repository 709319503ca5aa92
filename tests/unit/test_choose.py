"""Kernels are chosen by what the user wants least of."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_codegen.emit.bundle import find_kernel
from cbcnn_codegen.ir import Graph, Input, Shape, Window, chain_graph
from cbcnn_codegen.kernels import Offer, Scratch, Site, TypeSizes, find_offers, known_kernels
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.options import MODES, Optimize, Options
from cbcnn_codegen.plan import Plan, choose, make_plan
from cbcnn_codegen.plan.sites import connect_sites, store_maps
from cbcnn_codegen.targets import TARGETS, Target, find_target, target_for
from support.narrow_layers import draw_narrow
from support.tools import require_tool

M4 = find_target("cortex-m4")
PLAIN = ("conv_plane_b1", "conv_b1_b1", "dense_b1_i32", "scores_i32_i32")
"""One kernel for each layer of the network."""

Offers = Callable[[Site], Iterable[Offer]]


def network() -> Graph:
    """Convolutions of an image and of signs, and a dense layer."""
    rng = np.random.default_rng(0)

    def signs(*shape: int) -> NDArray[Any]:
        return rng.choice(np.array([-1, 1], np.int8), shape)

    def comparison(count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        return np.zeros(count, np.int32), np.zeros(count, np.bool_)

    ops = (
        BinaryConv("first", signs(64, 3, 3, 1), Window(3, 3, 1, 1), 0, None, *comparison(64)),
        BinaryConv("second", signs(64, 3, 3, 64), Window(3, 3, 1, 1), 0, None, *comparison(64)),
        BinaryDense("last", signs(4, 10, 10, 64), None, None),
        Scores("scores", np.ones(4, np.float32), np.zeros(4, np.float32)),
    )
    return chain_graph("network", Input("image", Shape(14, 14, 1), "int8"), ops)


def variant(
    name: str,
    of: str,
    estimate: int | None = None,
    scratch_bytes: int | None = None,
    **more: object,
) -> Offers:
    """A kernel that takes what another takes, at another cost; it has no file."""
    if estimate is not None:
        more["work"] = {"values": estimate / M4.prices["values"]}
    if scratch_bytes is not None:
        more["scratch"] = Scratch("word", scratch_bytes // 4)

    def offers(site: Site) -> Iterable[Offer]:
        for offer in known_kernels()[of].offers(site):
            yield replace(offer, kernel=name, **more)  # type: ignore[arg-type]

    return offers


def plan_with(
    monkeypatch: pytest.MonkeyPatch,
    optimize: Optimize,
    *extra: Offers,
    without: str = "",
    target: Target = M4,
) -> Plan:
    """The plan of the network with plain kernels, but for one, and some more."""
    plain = [known_kernels()[name].offers for name in PLAIN if name != without]

    def find_offers(site: Site) -> tuple[Offer, ...]:
        return tuple(offer for offers in (*plain, *extra) for offer in offers(site))

    monkeypatch.setattr(choose, "find_offers", find_offers)
    return make_plan(network(), target, Options("net", optimize=optimize))


def kernels_of(plan: Plan) -> Mapping[str, str]:
    return {step.name: step.offer.kernel for step in plan.steps}


FAST = variant("fast", "conv_b1_b1", 1000, 17_000, code_bytes=4000)
QUICK = variant("quick", "conv_b1_b1", 2000, 16_000, code_bytes=4000)


@pytest.mark.parametrize(
    ("optimize", "kernel"),
    [("speed", "fast"), ("balanced", "quick"), ("ram", "conv_b1_b1"), ("size", "conv_b1_b1")],
)
def test_each_mode_takes_the_kernel_that_costs_it_least(
    optimize: Optimize, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An eighth of 128 KiB are 16,384 bytes."""
    assert kernels_of(plan_with(monkeypatch, optimize, FAST, QUICK))["second"] == kernel


def test_balanced_code_for_the_host_may_take_any_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_with(monkeypatch, "balanced", FAST, QUICK, target=find_target("host"))
    assert kernels_of(plan)["second"] == "fast"


def test_balanced_code_takes_the_least_scratch_where_all_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = variant("slow", "conv_b1_b1", 9, 20_000)
    plan = plan_with(monkeypatch, "balanced", FAST, slow, without="conv_b1_b1")
    assert kernels_of(plan)["second"] == "fast"
    assert "none keeps to 16,384 bytes" in plan.steps[1].reason


def test_ram_takes_a_faster_kernel_where_its_scratch_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first map lies in the arena with the second layer's output; so much room has the last."""
    free = variant("free", "dense_b1_i32", 10, 64)
    greedy = variant("greedy", "dense_b1_i32", 5, 100_000)
    without = plan_with(monkeypatch, "ram")
    plan = plan_with(monkeypatch, "ram", free, greedy)
    assert kernels_of(plan)["last"] == "free"
    assert plan.arena_bytes == without.arena_bytes


def test_ram_keeps_the_kernel_that_may_write_over_its_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other one has less scratch, but needs memory for input and output side by side."""
    apart = variant("apart", "conv_b1_b1", 1000, 4, leads=(None,))
    assert kernels_of(plan_with(monkeypatch, "ram", apart))["second"] == "conv_b1_b1"
    assert kernels_of(plan_with(monkeypatch, "speed", apart))["second"] == "apart"


def test_size_counts_the_code_of_a_kernel_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second kernel saves tables, but its code is larger than what it saves."""
    packed = variant("packed", "conv_b1_b1", tables=(), code_bytes=100)
    assert kernels_of(plan_with(monkeypatch, "size", packed))["second"] == "packed"
    large = variant("packed", "conv_b1_b1", tables=(), code_bytes=100_000)
    assert kernels_of(plan_with(monkeypatch, "size", large))["second"] == "conv_b1_b1"


@pytest.mark.parametrize("optimize", MODES)
def test_the_reason_names_the_rule_and_the_costs(
    optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = plan_with(monkeypatch, optimize, FAST, QUICK).steps[1]
    assert [candidate.kernel for candidate in step.candidates] == ["conv_b1_b1", "fast", "quick"]
    rule = {"ram": "smallest RAM", "size": "smallest flash"}.get(optimize, "fastest")
    assert step.reason.startswith(f"{rule} of 3 kernels")
    assert "instructions" in step.reason
    assert "bytes of scratch" in step.reason
    assert ("fast would take 1,000 instructions" in step.reason) == (step.offer.kernel != "fast")


def test_a_layer_that_one_kernel_takes_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan_with(monkeypatch, "balanced").steps[0].reason.startswith("the only kernel")


def test_only_mode_ram_gives_the_image_a_place_and_it_costs_the_others_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plans = {mode: plan_with(monkeypatch, mode) for mode in MODES}
    assert [mode for mode, plan in plans.items() if plan.image is not None] == ["ram"]
    ram = plans["ram"]
    assert ram.arena_bytes == plans["balanced"].arena_bytes
    assert 0 < ram.image_saved_bytes <= 14 * 14
    assert ram.arena_with_image_bytes + ram.image_saved_bytes == ram.arena_bytes + 14 * 14


def test_an_output_too_close_to_its_input_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_with(monkeypatch, "balanced")
    step, source = plan.steps[1], plan.steps[0].output
    (lead,) = step.output.leads
    assert lead.over == source.name
    close = source.offset - lead.bytes + 4
    moved = replace(step, output=replace(step.output, offset=max(close, 0)))
    with pytest.raises(ValueError, match="share memory"):
        replace(plan, steps=(plan.steps[0], moved, plan.steps[2])).check()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_mode_changes_flags_that_optimise_and_no_others(target: Target) -> None:
    flags = {mode: target_for(target, mode).optimise for mode in MODES}
    assert flags["speed"] == flags["balanced"] == target.optimise
    if flags["ram"] != flags["size"]:  # where little RAM comes with little flash
        assert flags["ram"][0] == target.optimise[0] in ("-O2", "-O3")
    assert "-fno-schedule-insns" not in flags["ram"]
    assert "-Os" in flags["size"]
    assert "-O2" not in flags["size"]
    for mode in MODES:
        assert ("-march=native" in flags[mode]) == ("-march=native" in target.optimise)
        assert replace(target_for(target, mode), optimise=target.optimise) == target


@pytest.mark.parametrize("name", known_kernels())
def test_the_size_of_the_code_is_what_the_compiler_makes(name: str, tmp_path: Path) -> None:
    """Versions of the compiler differ a little."""
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    built = tmp_path / "kernel.o"
    source = find_kernel(name, ("portable",))
    flags = [*M4.flags, *M4.library_flags, "-std=c99", "-Os", "-c", str(source), "-o", str(built)]
    subprocess.run([*M4.compiler, *flags], check=True)
    sizes = subprocess.run(
        ["arm-none-eabi-size", built], capture_output=True, text=True, check=True
    )
    found, stated = int(sizes.stdout.split()[6]), known_kernels()[name].CODE_BYTES
    assert stated == pytest.approx(found, rel=0.1)


def test_every_target_has_a_price_for_every_piece_of_work_on_narrow_integers() -> None:
    for seed in range(120):
        case = draw_narrow(np.random.default_rng(seed), "int8")
        stored = store_maps(case.graph, "integer")
        for site in connect_sites(case.graph, stored, TypeSizes(32, 32, 4)):
            for offer in find_offers(site):
                assert all(target.price(offer.work) > 0 for target in TARGETS), offer.kernel
