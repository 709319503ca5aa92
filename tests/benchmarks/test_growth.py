"""Nothing grows unseen, and the numbers to reach stay reached.

The measured cases run on the sample image that took most instructions when the figures were made.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.cases import CHECKED, SPREAD, Case
from benchmarks.counts import Figures, measure
from benchmarks.goals import GOALS
from benchmarks.growth import find_growth, find_missed_goals, find_other_compiler
from benchmarks.store import read_counts
from cbcnn_codegen.targets import find_target
from support.profiled import require_profiler

COMMITTED = {figures.case: figures for figures in read_counts().figures}
SPEED = Case("gtsrb", "cortex-m4", "speed")


@pytest.mark.parametrize("case", CHECKED, ids=lambda case: case.name)
def test_no_figure_grows_and_every_goal_is_met(case: Case) -> None:
    require_profiler(find_target(case.target))
    old = COMMITTED[case]
    new = measure(case, [old.images[old.worst]])
    assert find_other_compiler(new, old) is None
    assert [*find_growth(new, old), *find_missed_goals({case: new})] == []


def test_every_goal_is_about_a_measured_case() -> None:
    goals = [(goal, goal.case(model)) for goal in GOALS for model in goal.must]
    assert {case for _, case in goals} == set(CHECKED)
    assert {case for goal, case in goals if goal.quantity == "instructions"} == set(SPREAD)


def test_the_committed_figures_meet_every_goal_on_every_sample() -> None:
    assert all(len(COMMITTED[case].images) == 20 for case in SPREAD)
    assert find_missed_goals({case: COMMITTED[case] for case in CHECKED}) == []


def grown(figures: Figures, factor: float) -> Figures:
    return replace(figures, instructions=(round(figures.most * factor),))


def test_growth_beyond_the_margin_says_how_to_accept_it() -> None:
    old = COMMITTED[SPEED]
    assert find_growth(grown(old, 1.019), old) == []
    (message,) = find_growth(grown(old, 1.021), old)
    assert message.startswith("gtsrb cortex-m4 speed: ")
    assert "instructions, +2.1% on" in message
    assert "make bench" in message


@pytest.mark.parametrize(
    ("field", "quantities"),
    [
        ("code", ["flash"]),
        ("constants", ["flash"]),
        ("static", ["RAM"]),
        ("arena", ["RAM"]),
        ("stack", ["RAM", "stack"]),
    ],
)
def test_growth_of_every_kind_of_memory_is_found(field: str, quantities: list[str]) -> None:
    old = COMMITTED[SPEED]
    new = replace(old, **{field: getattr(old, field) + 5000})
    messages = find_growth(new, old)
    assert [text for text in quantities if not any(f"of {text}," in m for m in messages)] == []
    assert len(messages) == len(quantities)


def test_a_missed_goal_is_told_with_its_bound() -> None:
    slow = replace(COMMITTED[SPEED], instructions=(5_200_001,))
    assert find_missed_goals({SPEED: slow}) == [
        "gtsrb cortex-m4 speed: 5,200,001 instructions, at most 5,200,000 wanted"
    ]


def test_figures_of_another_compiler_are_not_compared() -> None:
    old = COMMITTED[SPEED]
    assert find_other_compiler(replace(old, compiler=f"{old.compiler} -g"), old) is None
    new = replace(old, compiler="arm-none-eabi-gcc 13.2.1 -O2")
    message = find_other_compiler(new, old)
    assert message is not None
    assert "12.2.1" in message
    assert "13.2.1" in message
    assert "make bench" in message
