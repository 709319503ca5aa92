"""What a search proposes, keeps and goes on with; nothing is trained here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="needs the [search] extra")

from cbcnn_codegen.targets import find_target
from cbcnn_inputs.errors import OutputError
from cbcnn_trainer.search.cost import Cost, Costs, Limits, Network
from cbcnn_trainer.search.plan import Candidate, Plan
from cbcnn_trainer.search.race import next_decision
from cbcnn_trainer.search.space import Family, Space, family_of
from cbcnn_trainer.search.study import JOURNAL, Study


class Planned(Costs):
    """Costs that compile nothing."""

    def measure(self, network: Network) -> Cost:
        return self.estimate(network)


SHARED = Planned(find_target("cortex-m4"), 168e6)
"""Each network is planned once for all tests."""


def plan(flash: int = 12_000, epochs: int = 9) -> Plan:
    return Plan(
        dataset="gtsrb",
        data=None,
        classes=4,
        shape=(16, 16),
        options={"batch_size": 8},
        space=Space(side=16),
        limits=Limits(flash, None, 40.0),
        costs=SHARED,
        epochs=epochs,
    )


def train(study: Study, accuracy: float, epochs: int = 9) -> tuple[int, int]:
    """Train the next candidate as far as it gets: its number and epochs."""
    candidate = study.propose()
    assert candidate is not None
    for epoch in range(1, epochs + 1):
        if not study.report(candidate.number, epoch, accuracy):
            study.close(candidate.number)
            break
    return candidate.number, epoch


def test_what_does_not_fit_is_never_proposed_and_nothing_twice(tmp_path: Path) -> None:
    study, asked = Study(plan(), tmp_path), plan()
    seen = set()
    for _ in range(8):
        candidate = study.propose()
        assert candidate is not None
        assert asked.limits.allow(candidate.cost)
        network = asked.network(candidate.options)
        assert network not in seen
        seen.add(network)
    counts = study.counts()
    assert counts["begun"] == 8
    assert counts["too_large"] > 0
    assert counts["considered"] == counts["begun"] + counts["too_large"]


def test_a_search_that_can_find_nothing_ends_and_knows_what_came_closest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cbcnn_trainer.search.study._MOST_PROPOSALS", 8)
    study = Study(plan(flash=1_000), tmp_path)
    assert study.propose() is None
    assert study.closest is not None
    worst, _, cost = study.closest
    assert worst == pytest.approx(cost.flash_bytes / 1_000 - 1)


def test_the_worst_of_equal_cost_drop_out_early_and_the_best_stay(tmp_path: Path) -> None:
    study = Study(plan(flash=60_000), tmp_path)
    epochs = [train(study, 0.9 - 0.01 * index)[1] for index in range(9)]
    assert epochs[0] == 9
    assert epochs.count(1) >= 2
    counts = study.counts()
    assert counts["complete"] + counts["dropped"] == 9
    assert {point[1] for point in study.front()} <= {0.9 - 0.01 * i for i in range(9)}


def test_small_networks_race_against_small_ones(tmp_path: Path) -> None:
    """However bad it is beside large ones, the first of its size stays."""
    study = Study(plan(flash=60_000), tmp_path)
    large = study.propose()
    assert large is not None
    small = replace(large, cost=replace(large.cost, flash_bytes=large.cost.flash_bytes // 4))
    for number in range(4):
        racer = replace(large, number=100 + number, by_hand=False)
        goes_on = study._races.report(racer, racer.cost.flash_bytes, 1, 0.9 - 0.1 * number)
        assert goes_on is (number == 0)
    assert study._races.report(replace(small, number=200), small.cost.flash_bytes, 1, 0.1)


def of_family(candidate: Candidate, family: Family, number: int) -> Candidate:
    """A candidate of equal cost that nobody chose by hand."""
    kinds: dict[Family, dict[str, object]] = {
        "blocks": {"residuals": (), "downsampling": "binary"},
        "residual": {"residuals": (1,), "downsampling": "binary"},
        "quicknet": {"residuals": (1,), "downsampling": "real"},
    }
    options = {**candidate.options, **kinds[family]}
    return replace(candidate, number=number, options=options, by_hand=False)


def test_a_network_races_against_those_of_its_family_alone(tmp_path: Path) -> None:
    """QuickNet learns slowly and ends high: others' first epochs say nothing about its own."""
    study = Study(plan(flash=60_000), tmp_path)
    some = study.propose()
    assert some is not None
    families: tuple[Family, ...] = ("residual", "blocks", "quicknet")
    for step, family in enumerate(families):
        for number in range(4):
            racer = of_family(some, family, 100 + 10 * step + number)
            accuracy = 0.9 - 0.2 * step - 0.01 * number
            goes_on = study._races.report(racer, racer.cost.flash_bytes, 1, accuracy)
            assert goes_on is (number == 0), f"{family} {number}"


def test_what_was_chosen_by_hand_stays_for_a_third_of_the_epochs(tmp_path: Path) -> None:
    study = Study(plan(flash=60_000), tmp_path)
    some = study.propose()
    assert some is not None
    assert some.by_hand
    count = some.cost.flash_bytes
    for number in range(4):
        better = replace(some, number=100 + number, by_hand=False)
        for epoch in (1, 3):
            study._races.report(better, count, epoch, 0.9 - 0.01 * number)
    assert [study._races.report(some, count, epoch, 0.1) for epoch in (1, 2)] == [True, True]
    assert not study._races.report(some, count, 3, 0.1)


def test_the_starting_points_alone_are_chosen_by_hand(tmp_path: Path) -> None:
    study = Study(plan(flash=60_000), tmp_path)
    points = len(list(study.plan.space.starting_points()))
    proposed = [study.propose() for _ in range(points + 3)]
    assert [one is not None and one.by_hand for one in proposed] == [True] * points + [False] * 3


def test_the_finalists_are_the_best_of_each_family_that_came_furthest(tmp_path: Path) -> None:
    study = Study(plan(flash=60_000, epochs=3), tmp_path)
    for accuracy, epochs in ((0.9, 2), (0.6, 3), (0.7, 3), (0.5, 3), (0.3, 3), (0.8, 3)):
        candidate = study.propose()
        assert candidate is not None
        for epoch in range(1, epochs + 1):
            study.report(candidate.number, epoch, accuracy)
    found = {family_of(one.options): one.number for one in study.finalists()}
    assert found == {"blocks": 3, "residual": 1, "quicknet": 5}
    assert {one.number for one in study.finalists(earlier=[0])} == {0, 1, 3, 5}


@pytest.mark.parametrize(
    ("epochs", "decisions"), [(27, [3, 9, 27]), (18, [2, 6, 18]), (2, [1, 2]), (1, [1])]
)
def test_it_is_decided_at_a_ninth_and_a_third_who_goes_on(
    epochs: int, decisions: list[int]
) -> None:
    found = [0]
    while found[-1] < epochs:
        found.append(next_decision(epochs, found[-1]))
    assert found[1:] == decisions


def test_the_front_holds_what_nothing_cheaper_beats(tmp_path: Path) -> None:
    study = Study(plan(flash=60_000, epochs=1), tmp_path)
    for accuracy in (0.5, 0.9, 0.3, 0.8, 0.7):
        train(study, accuracy, 1)
    trained = study.trained()
    for candidate, accuracy in study.front():
        assert not any(
            other.cost.flash_bytes <= candidate.cost.flash_bytes and better > accuracy
            for other, better, _ in trained
        )
    flash = [candidate.cost.flash_bytes for candidate, _ in study.front()]
    assert flash == sorted(flash)
    assert max(accuracy for _, accuracy in study.front()) == 0.9


def test_an_interrupted_search_goes_on_with_the_candidate_it_was_at(tmp_path: Path) -> None:
    study = Study(plan(), tmp_path)
    train(study, 0.9)
    candidate = study.propose()
    assert candidate is not None
    study.report(candidate.number, 1, 0.95)
    before = study.front(), study.counts()
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(b'{"op_code": 5, "wor')  # killed while it wrote
    (tmp_path / f"{JOURNAL}.lock").symlink_to(JOURNAL)
    again = Study(plan(), tmp_path)
    assert (again.front(), again.counts()) == before
    assert again.has_waiting
    assert again.propose() == candidate
    assert again.reached(candidate.number) == (1, 0.95)
    assert again.report(candidate.number, 1, 0.95)
    for epoch in range(2, 10):
        goes_on = again.report(candidate.number, epoch, 0.95)
        assert goes_on is (epoch < 9)
    assert again.close(candidate.number)
    assert 0.95 in {accuracy for _, accuracy in again.front()}


def test_known_networks_are_not_tried_again_after_an_interruption(tmp_path: Path) -> None:
    study = Study(plan(epochs=1), tmp_path)
    for _ in range(3):
        train(study, 0.5, 1)
    before = {plan().network(one.options) for one, _, _ in study.trained()}
    again = Study(plan(epochs=1), tmp_path)
    for _ in range(3):
        train(again, 0.5, 1)
    after = [plan().network(one.options) for one, _, _ in again.trained()]
    assert len(set(after)) == 6
    assert before <= set(after)


def test_a_candidate_that_fails_is_given_up_and_counted(tmp_path: Path) -> None:
    study = Study(plan(), tmp_path)
    candidate = study.propose()
    assert candidate is not None
    study.fail(candidate.number)
    assert study.counts()["failed"] == 1
    assert Study(plan(), tmp_path).has_waiting is False


def test_another_search_in_the_folder_is_named_with_what_differs(tmp_path: Path) -> None:
    Study(plan(), tmp_path)
    with pytest.raises(OutputError) as refused:
        Study(plan(flash=13_000), tmp_path)
    assert "holds another search" in str(refused.value)
    assert "13000" in str(refused.value)
    assert "epochs" not in str(refused.value)


@pytest.mark.parametrize("content", [b"garbage\n", b"[]\n", b'{"op_code": 0}\n', b"\xff\xfe\n"])
def test_a_damaged_study_is_one_clear_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(content)
    with pytest.raises(OutputError, match="cannot be read"):
        Study(plan(), tmp_path)
