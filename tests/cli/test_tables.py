"""Every table of every command, with large numbers and long names, in terminals and in a pipe."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from cbcnn_codegen import listing, summary
from cbcnn_codegen.board import report as board_report
from cbcnn_codegen.board.bench import Bench, Row
from cbcnn_codegen.board.counts import Unit
from cbcnn_codegen.profile.result import LayerProfile
from cbcnn_codegen.profile.table import print_profile
from cbcnn_codegen.report import FlashBytes, RamBytes
from cbcnn_codegen.verify import report as verify_report
from cbcnn_codegen.verify.compare import Comparison, Item, LayerTally
from cbcnn_codegen.verify.data import Samples, Source
from cbcnn_codegen.verify.run import BuildResult, Result
from cbcnn_inputs.terminal import Cells, Column, open_console, print_table
from support.commands import ROOT
from support.profiles import PROFILE

NAMES = ["conv_1", "quant_separable_conv2d_17", "body/block_3/conv", "x" * 50, "largest_of_128"]
BIG = 1_234_567_890
WIDTHS = {"a wide terminal": 200, "80 columns": 80, "60 columns": 60, "40 columns": 40}


def codegen_tables(console: Console) -> None:
    layers = [
        SimpleNamespace(
            name=name,
            shape=(1024, 1024, 65536),
            kernel="conv_quad_plane_b1",
            products=SimpleNamespace(binary=BIG, integer=BIG + 1, real=0),
            weights_bytes=BIG + 2,
            constants_bytes=BIG + 3,
        )
        for name in NAMES
    ]
    report = SimpleNamespace(
        name="model",
        target="cortex-m4",
        options=SimpleNamespace(optimize="ram"),
        calibration=None,
        layers=layers,
        flash_bytes=FlashBytes(code=None, weights=BIG, constants=BIG, total=2 * BIG),
        ram_bytes=RamBytes(static=BIG, arena=BIG, stack=None, total=2 * BIG),
        image_in_arena=SimpleNamespace(saved_bytes=BIG),
        measured_with=None,
        fits=[SimpleNamespace(title="NUCLEO-F446RE", fits=True)] * 9,
        knife_edges={"conv_1": tuple(range(1000, 1020))},
    )
    generated: Any = SimpleNamespace(report=report, files={"model.c": "x" * 12_345})
    summary.print_summary(generated, Path("/a/folder/of/1234/characters"), console)


def profile_tables(console: Console) -> None:
    layers = tuple(LayerProfile(name, "conv_1_2_3_4_5", BIG, BIG, BIG, BIG) for name in NAMES)
    print_profile(replace(PROFILE, layers=layers, instructions=5 * BIG, cycles=5 * BIG), console)


def verification() -> tuple[Any, Any]:
    session = SimpleNamespace(
        project=SimpleNamespace(name="model_123", target="cortex-m4"),
        against="stored outputs",
        unobserved=("conv_1", "conv_2"),
        lowered=SimpleNamespace(class_names=("speed limit 120", "a" * 90)),
        samples=SimpleNamespace(labels=np.zeros(3, int)),
        beside_floats=lambda _answers: None,
    )
    planes = np.zeros((3, 1, 1, 1), np.uint8)
    samples = Samples(Source.PLANES, planes, planes, np.zeros(3, int), "test images")
    tallies: dict[Item, LayerTally] = {name: LayerTally(name, BIG, BIG // 7) for name in NAMES}
    result = Result(
        samples=samples,
        traced=3,
        builds=[BuildResult("gcc -O2 -std=c99 -fsanitize=address,undefined", BIG, 3)],
        left_out={"clang 12345": "it is not installed"},
        tallies={("reference", "gcc"): Comparison(layers=tallies)},
        answers=(np.array([0, 1, 0]), np.array([0, 1, 0])),
        near_ties=BIG,
    )
    return session, result


def verify_tables(console: Console) -> None:
    session, result = verification()
    verify_report.print_predictions(console, session, result)
    verify_report.print_result(console, session, result)


def bench_table(console: Console) -> None:
    rows = tuple(Row(name, BIG, BIG + 7, BIG + 99, BIG, BIG + 5) for name in NAMES)
    total = Row("total", BIG, BIG, BIG, BIG, BIG)
    unit = Unit("instructions", 1.0, 0)
    board_report.print_bench(console, Bench(unit, 1234, rows, total, None, None, "the profiler"))


def board_table(console: Console) -> None:
    listing.print_boards(console, listing.list_boards())


def target_table(console: Console) -> None:
    listing.print_targets(console, listing.list_targets())


TABLES: dict[str, Callable[[Console], None]] = {
    "cbcnn-codegen": codegen_tables,
    "cbcnn-profile": profile_tables,
    "cbcnn-verify": verify_tables,
    "cbcnn-board bench": bench_table,
    "--board list": board_table,
    "--target list": target_table,
}


def printed(show: Callable[[Console], None], width: int) -> str:
    text = io.StringIO()
    show(Console(file=text, width=width, highlight=False))
    return text.getvalue()


def numbers(text: str) -> set[str]:
    """Numbers and shapes, those aside that are parts of names."""
    found = re.findall(r"(?<![\w/.,])\d[\dx,.K%]*", text)
    return {number.rstrip(",.") for number in found}


@pytest.mark.parametrize("width", [200, 80, 60, 40])
@pytest.mark.parametrize("command", TABLES)
def test_no_number_of_a_table_is_shortened(command: str, width: int) -> None:
    wanted = numbers(printed(TABLES[command], 100_000))
    text = printed(TABLES[command], width)
    assert len(wanted) > 5
    assert "…" not in text
    assert not wanted - numbers(text), text


@pytest.mark.parametrize("command", TABLES)
def test_a_table_in_a_pipe_has_one_line_for_each_row(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    TABLES[command](open_console())
    assert capsys.readouterr().out == printed(TABLES[command], 100_000)


def test_a_pipe_is_as_wide_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    assert open_console().width == 72


KINDS: Any = st.sampled_from(["number", "whole", "name", "text"])
TEXTS = st.text("ab_/ 12é界", max_size=30)


def characters(text: str) -> str:
    return "".join(sorted(text.replace(" ", "").replace("\n", "")))


@given(st.data(), st.lists(KINDS, min_size=1, max_size=6), st.integers(12, 120))
def test_a_table_keeps_every_character_and_breaks_where_it_may(
    data: st.DataObject, kinds: list[Any], width: int
) -> None:
    columns = [Column("", kind) for kind in kinds]
    row = st.lists(TEXTS, min_size=len(kinds), max_size=len(kinds))
    rows = data.draw(st.lists(row, max_size=4))
    text = printed(lambda console: print_table(console, columns, map(Cells, rows)), width)
    cells = [(kind, cell) for row in rows for kind, cell in zip(kinds, row, strict=True)]
    is_table = ":" not in text  # a paragraph has one behind its first cell
    if is_table:
        assert characters(text) == characters("".join(cell for _, cell in cells))
        assert all(cell.strip() in text for kind, cell in cells if kind in ("number", "whole"))
        assert all(cell_len(line) <= width for line in text.splitlines())
    for kind, cell in cells:
        for word in cell.split() if kind != "name" else []:
            assert word in text or cell_len(word) > width - 2


def test_names_break_behind_an_underscore_or_a_slash() -> None:
    columns = [Column("layer", "name"), Column("bytes")]
    rows = [Cells(["body/quant_conv2d_1", "1,234,567"])]
    text = printed(lambda console: print_table(console, columns, rows), 25)
    assert [line.split() for line in text.splitlines()] == [
        ["layer", "bytes"],
        ["body/quant_", "1,234,567"],
        ["conv2d_1"],
    ]


def test_a_row_becomes_a_paragraph_where_its_numbers_have_no_place() -> None:
    columns = [Column("layer", "name"), Column("binary products"), Column("bytes")]
    rows = [Cells(["conv_1", "123,456,789", "1,234,567"])]
    text = printed(lambda console: print_table(console, columns, rows), 24)
    assert text == "conv_1: binary products\n  123,456,789, bytes\n  1,234,567\n"


def test_control_characters_of_a_cell_do_not_reach_the_terminal() -> None:
    rows = [Cells(["\x1b[2J[bold]conv", "1"])]
    columns = [Column("layer", "name"), Column("bytes")]
    text = printed(lambda console: print_table(console, columns, rows), 80)
    assert "\\x1b[2J[bold]conv" in text


def test_only_one_module_makes_tables_and_writes_to_standard_output() -> None:
    """Another one would have to keep numbers whole by itself."""
    for folder in ("inputs", "trainer", "codegen"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "rich.table" not in text, path
            opened = re.findall(r"\bConsole\((?!stderr=True)", text)
            assert not opened or path.name == "terminal.py", path
