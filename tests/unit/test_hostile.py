"""How much hostile tests try, and what is counted of it."""

from __future__ import annotations

import pytest

from support import hostile


def test_the_environment_multiplies_what_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(hostile.VARIABLE, raising=False)
    assert hostile.amount(30) == 30
    monkeypatch.setenv(hostile.VARIABLE, "10")
    assert hostile.amount(30) == 300


def test_counts_of_several_tests_add_up_and_other_properties_do_not_count() -> None:
    notes = [("tried", ("kills", 3)), ("tried", ["kills", 4]), ("tried", ("frames", 1)), ("x", 9)]
    assert hostile.count(notes) == {"kills": 7, "frames": 1}
