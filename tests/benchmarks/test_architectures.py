"""docs/models.md says what was measured, and measuring again finds the same."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from benchmarks.architectures import store
from benchmarks.architectures.catalogue import ARCHITECTURES, BY_NAME
from benchmarks.architectures.report import PAGE, README, render, rough_estimates, update_readme
from support.tools import require_module, require_tool

MEASURED_AGAIN = ("docs_mnist", "quicknet", "meliusnet")
"""Small ones: of signs, of floats, and with operations that Keras stores by name."""
MARGIN = 0.05


def test_the_page_is_made_of_the_stored_results() -> None:
    assert PAGE.read_bytes() == render(store.read()).encode()


def test_the_table_of_the_readme_is_made_of_the_stored_results() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == update_readme(text, store.read())


def test_every_architecture_was_measured_or_refused_with_a_reason() -> None:
    results = store.read()
    assert results.keys() == BY_NAME.keys()
    assert len(BY_NAME) == len(ARCHITECTURES)
    for name, found in results.items():
        assert (found.level > 0) != bool(found.refused), name
        assert (found.counted > 0) == (found.level > 0), name


def test_estimates_are_within_fifteen_per_cent_of_what_was_counted() -> None:
    assert not rough_estimates(store.read())


@pytest.mark.parametrize("name", MEASURED_AGAIN)
def test_measuring_again_finds_what_is_stored(name: str) -> None:
    require_module("larq", "train")
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    from benchmarks.architectures.measure import measure

    target = "cortex-m4"
    stored, found = store.read()[name], measure(BY_NAME[name], [target])
    assert (found.level, found.refused) == (stored.level, stored.refused)
    assert found.parameters == stored.parameters
    if found.level:
        then = (stored.flash, stored.ram, stored.estimated[target], stored.counted)
        now = (found.flash, found.ram, found.estimated[target], found.counted)
        assert now == pytest.approx(then, rel=MARGIN)
    assert (found.int8 is None) == (stored.int8 is None)
    if found.int8 and stored.int8:
        assert asdict(found.int8) == pytest.approx(asdict(stored.int8), rel=MARGIN)
