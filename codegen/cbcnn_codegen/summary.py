"""Shows the result of `cbcnn-codegen` on a terminal: files, memory, layers, boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from cbcnn_codegen.generation import Generated
from cbcnn_codegen.report import FlashBytes, RamBytes, Report, ReportedLayer
from cbcnn_inputs.command_line import escape
from cbcnn_inputs.terminal import Cells, Column, open_console, print_table


def print_summary(generated: Generated, folder: Path, console: Console | None = None) -> None:
    """Print it on standard output, or on `console`."""
    console = console or open_console()
    report = generated.report
    console.print(
        f"[bold]{escape(report.name)}[/] for {report.target}, "
        f"{report.options.optimize}, written to {escape(str(folder))}",
        soft_wrap=True,
    )
    _print_layers(console, report.layers)
    for name, text in generated.files.items():
        size = f"{len(text.encode()):,}"
        console.print(f"{size:>9}  {escape(str(folder / name))}", soft_wrap=True)
    console.print()
    _print_memory(console, report)
    if report.calibration is not None:
        console.print(report.calibration.describe(), soft_wrap=True)
    _print_boards(console, report)
    for name, channels in report.knife_edges.items():
        shown = ", ".join(map(str, channels[:8])) + (", ..." if len(channels) > 8 else "")
        console.print(
            f"[yellow]knife edge[/] {escape(name)}: the sign of {len(channels)} channels "
            f"({shown}) depends on float rounding"
        )


def _print_layers(console: Console, layers: Sequence[ReportedLayer]) -> None:
    has_reals = any(layer.products.real for layer in layers)
    titles = ("binary products", "integer products", *(["real products"] if has_reals else []))
    columns = [
        Column("layer", "name"),
        Column("output", "whole"),
        Column("kernel", "name"),
        *map(Column, (*titles, "weights", "constants")),
    ]
    rows = [
        Cells(
            [
                layer.name,
                "x".join(map(str, layer.shape)),
                layer.kernel,
                f"{layer.products.binary:,}",
                f"{layer.products.integer:,}",
                *([f"{layer.products.real:,}"] if has_reals else []),
                f"{layer.weights_bytes:,}",
                f"{layer.constants_bytes:,}",
            ]
        )
        for layer in layers
    ]
    print_table(console, columns, rows)


def _print_memory(console: Console, report: Report) -> None:
    flash, ram, image = report.flash_bytes, report.ram_bytes, report.image_in_arena
    rows = [
        Cells([f"{flash.total:,}", f"bytes of flash: {_parts(flash)}"], "bold"),
        Cells([f"{ram.total:,}", f"bytes of RAM: {_parts(ram)}"], "bold"),
    ]
    if image is not None:
        saved = f"{image.saved_bytes:,}"
        rows.append(Cells([saved, "bytes of RAM are saved by an image that lies in the arena"]))
    if report.measured_with is None:
        text = "code and stack are not measured, the totals leave them out"
        rows.append(Cells(["", text], "yellow"))
    print_table(console, [Column(""), Column("", "text")], rows)


def _parts(sizes: FlashBytes | RamBytes) -> str:
    return ", ".join(
        f"{part} {'?' if size is None else format(size, ',')}"
        for part, size in asdict(sizes).items()
        if part != "total"
    )


def _print_boards(console: Console, report: Report) -> None:
    for answer, wanted in (("fits", True), ("does not fit", False)):
        titles = [board.title for board in report.fits if board.fits is wanted]
        if titles:
            console.print(f"{answer}: {escape(', '.join(titles))}")
