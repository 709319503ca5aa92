"""The report is one type, its JSON goes both ways, and it says truly which boards have room."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cbcnn_codegen.boards import find_board, known_boards
from cbcnn_codegen.measure import Measured
from cbcnn_codegen.options import Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.read import read_model
from cbcnn_codegen.report import Report, decode, encode
from cbcnn_codegen.report.make import make_report
from cbcnn_codegen.targets import find_target
from support.commands import ROOT, SIGNS

GOLDEN = sorted((ROOT / "tests" / "golden" / "projects").glob("*/report.json"))
BOARD = find_board("bluepill")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_a_report_is_read_as_it_was_written(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    report = decode(Report, text)
    assert encode(report) == text
    assert decode(Report, encode(report)) == report


def places(value: Any, *above: Any) -> Iterator[tuple[Any, ...]]:
    """The path to every value of a JSON document."""
    if above:
        yield above
    inner = value.items() if isinstance(value, dict) else ()
    for key, item in enumerate(value) if isinstance(value, list) else inner:
        yield from places(item, *above, key)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_a_value_of_another_type_or_none_at_all_is_refused_by_name(path: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    for place in places(content):
        *above, key = place
        name = next(part for part in reversed(place) if isinstance(part, str))
        wrong, short = copy.deepcopy(content), copy.deepcopy(content)
        is_object = isinstance(_inside(content, place), dict)
        _inside(wrong, above)[key] = "text" if is_object else {"of": 1}
        with pytest.raises(ValueError, match=name):
            decode(Report, json.dumps(wrong))
        if isinstance(key, str) and "knife_edges" not in above:
            del _inside(short, above)[key]
            with pytest.raises(ValueError, match=f"no {key}"):
                decode(Report, json.dumps(short))


def _inside(value: Any, path: Any) -> Any:
    for key in path:
        value = value[key]
    return value


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000])
def test_what_is_no_report_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"report|Expecting|nested"):
        decode(Report, text)


def report_of(measured: Measured | None, *rooms: tuple[int, int]) -> Report:
    """Of the shipped model, with boards of so many bytes of flash and RAM."""
    graph = lower(read_model(SIGNS / "model.h5").graph)
    plan = make_plan(graph, find_target("cortex-m3"), Options("signs"))
    boards = [replace(BOARD, flash_bytes=flash, ram_bytes=ram) for flash, ram in rooms]
    return make_report(plan, Origin("0" * 64), measured, boards or known_boards())


MEASURED = Measured(
    "gcc",
    code_bytes=9000,
    weights_bytes=20_000,
    constants_bytes=3000,
    static_bytes=8,
    stack_bytes=400,
)


@pytest.mark.parametrize("measured", [None, MEASURED], ids=["plan", "measured"])
def test_a_board_fits_down_to_the_last_byte_of_flash_and_ram(measured: Measured | None) -> None:
    total = report_of(measured)
    flash, ram = total.flash_bytes.total, total.ram_bytes.total
    rooms = ((flash, ram), (flash - 1, ram), (flash, ram - 1), (2 * flash, 2 * ram))
    assert [board.fits for board in report_of(measured, *rooms).fits] == [True, False, False, True]


def test_every_known_board_is_told_with_the_room_that_it_has() -> None:
    report = report_of(MEASURED)
    assert [(fit.board, fit.flash_bytes, fit.ram_bytes) for fit in report.fits] == [
        (board.name, board.flash_bytes, board.ram_bytes) for board in known_boards()
    ]


def test_totals_are_the_sums_of_what_was_measured() -> None:
    report = report_of(MEASURED)
    assert report.flash_bytes.total == 9000 + 20_000 + 3000
    assert report.ram_bytes.total == 8 + report.ram_bytes.arena + 400
