"""The page of chips repeats what was measured, and no measurement found a bit that differs."""

from __future__ import annotations

import pytest

from benchmarks import chip_sizes
from benchmarks.chips import CASES, PAGE, load_rows, replace_tables
from support.tools import require_tool


def test_the_page_shows_the_stored_rows() -> None:
    rows = load_rows()
    assert set(rows) == {case.board for case in CASES}
    page = PAGE.read_text(encoding="utf-8")
    assert replace_tables(page, rows, chip_sizes.load_sizes()) == page


def test_every_row_compared_something_and_found_nothing() -> None:
    for row in load_rows().values():
        assert row.mismatched_bits == 0 < row.bits, row
        assert row.images > 0, row


SMALLEST = [case for case in chip_sizes.CASES if case.optimize == "size"]


@pytest.mark.parametrize("case", SMALLEST, ids=lambda case: case.target)
def test_stored_sizes_are_what_the_compiler_of_the_chip_makes(case: chip_sizes.SizeCase) -> None:
    """Versions of the compiler differ a little."""
    target = case.compiled_for
    require_tool(target.compiler[0], target.toolchain.packages)
    found, stored = chip_sizes.measure_size(case), chip_sizes.load_sizes()[case.name]
    assert found.code == pytest.approx(stored.code, rel=0.02)
    assert (found.weights, found.arena) == (stored.weights, stored.arena)


def test_the_sizes_of_every_chip_are_stored() -> None:
    assert list(chip_sizes.load_sizes()) == [case.name for case in chip_sizes.CASES]
