"""Runs networks on emulated boards of small chips and writes the tables of `docs/boards.md`.

    python -m benchmarks.chips [BOARD...|sizes]

Every row of boards is firmware that answered over its serial line, with sample images whose scores,
classes and layers were compared with Python. The numbers are kept in `chips.json`; boards that are
not named keep theirs. `sizes` are those of chips without firmware, see `chip_sizes.py`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks import chip_sizes
from benchmarks.cases import FOLDER
from benchmarks.tables import table
from cbcnn_codegen.board.build import build_firmware
from cbcnn_codegen.board.connect import open_device
from cbcnn_codegen.board.counts import unit_of
from cbcnn_codegen.board.emulators import emulator_of
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.board.golden import make_golden
from cbcnn_codegen.board.port import EMULATED
from cbcnn_codegen.board.prove import Prover
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.data import load_samples
from cbcnn_codegen.verify.project import read_project

ROOT: Final = FOLDER.parent
COUNTED: Final = FOLDER / "chips.json"
PAGE: Final = ROOT / "docs" / "boards.md"
START: Final = "<!-- boards, written by python -m benchmarks.chips -->\n"
END: Final = "<!-- end of boards -->\n"


@dataclass(frozen=True)
class BoardCase:
    """A network on a board.

    Attributes:
        images: of its samples that are compared; the layers of the first are, too.
    """

    board: str
    model: str
    optimize: Optimize
    images: int


@dataclass(frozen=True)
class ChipRow:
    """What was measured; memory is the whole firmware's.

    Attributes:
        flash_bytes, ram_bytes: of the firmware, with a golden image and the reserve of stack.
        stack_bytes: that the model used.
        unit: of `count`, for an image.
        mismatched_bits: of `bits` that were compared.
    """

    board: str
    model: str
    optimize: Optimize
    flash_bytes: int
    ram_bytes: int
    stack_bytes: int
    unit: str
    count: int
    images: int
    bits: int
    mismatched_bits: int


CASES: Final = (
    BoardCase("arduino-uno", "mnist-small", "ram", 3),
    BoardCase("arduino-mega", "mnist", "balanced", 1),
    BoardCase("pico", "mnist", "balanced", 5),
    BoardCase("ch32v003", "mnist-smallest", "ram", 3),
)


def measure(case: BoardCase) -> ChipRow:
    """Build, run and compare one case."""
    board = find_board(case.board)
    model = ROOT / "examples" / "models" / case.model
    with tempfile.TemporaryDirectory(prefix="cbcnn-chips-") as name:
        folder = Path(name)
        request = Request(
            model=model / "model.h5", target=board.target, optimize=case.optimize, name="net"
        )
        generate(request).write(folder)
        project = read_project(folder)
        golden = make_golden(project, model / "model.h5", count=1)
        firmware = build_firmware(folder, board, FirmwareOptions(golden=golden))
        lowered = lower(read_model(model / "model.h5").graph)
        samples = load_samples(model / "samples", lowered, case.images)
        with open_device(board, EMULATED, folder) as device:
            test = device.self_test()
            assert test.passed == test.run == 1, case
            proof = Prover(device, project, lowered, None, trace=1).run(samples)
            unit = unit_of(device.info, board, emulated=True)
    assert unit is not None, case
    assert proof.stack is not None, case
    return ChipRow(
        board=case.board,
        model=case.model,
        optimize=case.optimize,
        flash_bytes=firmware.flash_bytes,
        ram_bytes=firmware.ram_bytes,
        stack_bytes=proof.stack.model,
        unit=unit.name,
        count=unit.summary(proof.ticks)["median"],
        images=len(samples),
        bits=proof.comparison.bits,
        mismatched_bits=proof.comparison.mismatched_bits,
    )


def load_rows() -> dict[str, ChipRow]:
    """The rows of `chips.json`, by board."""
    if not COUNTED.is_file():
        return {}
    rows = (ChipRow(**row) for row in json.loads(COUNTED.read_text(encoding="utf-8"))["rows"])
    return {row.board: row for row in rows}


def render_table(rows: dict[str, ChipRow]) -> str:
    """The rows as Markdown, in the order of `CASES`."""
    heads = ["board", "network", "mode", "run in", "count of an image", "compared, different bits"]
    heads += ["flash", "RAM", "stack of the model"]
    return table(heads, (_cells(rows[case.board]) for case in CASES), text_columns=6)


def _cells(row: ChipRow) -> list[str]:
    board = find_board(row.board)
    images = f"{row.images} image{'s' if row.images > 1 else ''}"
    return [
        f"{board.title}, {board.mcu} (`{row.board}`)",
        f"`{row.model}`",
        row.optimize,
        emulator_of(board).title,
        f"{row.count / 1e6:.1f} M {row.unit}",
        f"{images}, {row.mismatched_bits:,} of {row.bits:,}",
        f"{row.flash_bytes:,} of {board.flash_bytes:,}",
        f"{row.ram_bytes:,} of {board.ram_bytes:,}",
        f"{row.stack_bytes:,}",
    ]


def replace_tables(
    page: str, rows: dict[str, ChipRow], sizes: Mapping[str, chip_sizes.SizeRow]
) -> str:
    """The page with today's tables between their marks."""
    page = _replace(page, START, END, render_table(rows))
    return _replace(page, chip_sizes.START, chip_sizes.END, chip_sizes.render_sizes(sizes))


def _replace(page: str, start: str, end: str, text: str) -> str:
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}\n{text}\n\n{end}{after}"


def main(boards: list[str]) -> int:
    """Measure, keep the numbers, write the page; 1 if a bit differs."""
    if not boards or "sizes" in boards:
        measured = [chip_sizes.measure_size(case) for case in chip_sizes.CASES]
        chip_sizes.store_sizes({row.name: row for row in measured})
    rows = load_rows()
    for case in CASES:
        if not boards or case.board in boards:
            print(case, flush=True)
            rows[case.board] = measure(case)
    kept = [asdict(rows[case.board]) for case in CASES]
    COUNTED.write_text(json.dumps({"rows": kept}, indent=1) + "\n", encoding="utf-8")
    page = replace_tables(PAGE.read_text(encoding="utf-8"), rows, chip_sizes.load_sizes())
    PAGE.write_text(page, encoding="utf-8")
    return int(any(row.mismatched_bits for row in rows.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
