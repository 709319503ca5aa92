"""The page of chips repeats what was measured, and no measurement found a bit that differs."""

from __future__ import annotations

from benchmarks.chips import CASES, PAGE, load_rows, replace_table


def test_the_page_shows_the_stored_rows() -> None:
    rows = load_rows()
    assert set(rows) == {case.board for case in CASES}
    page = PAGE.read_text(encoding="utf-8")
    assert replace_table(page, rows) == page


def test_every_row_compared_something_and_found_nothing() -> None:
    for row in load_rows().values():
        assert row.mismatched_bits == 0 < row.bits, row
        assert row.images > 0, row
