"""What `cbcnn-codegen` shows on a terminal: files, memory, layers, boards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cbcnn_codegen.command_line import escape
from cbcnn_codegen.generate import Generated


def print_summary(generated: Generated, folder: Path, console: Console | None = None) -> None:
    """Print it on standard output, or on `console`."""
    console = console or Console()
    report = generated.report
    console.print(
        f"[bold]{escape(report['name'])}[/] for {report['target']}, "
        f"{report['options']['optimize']}, written to {escape(str(folder))}",
        highlight=False,
    )
    console.print(_layers(report["layers"]))
    console.print(_memory(generated, folder))
    _print_boards(console, report)
    for name, channels in report["knife_edges"].items():
        shown = ", ".join(map(str, channels[:8])) + (", ..." if len(channels) > 8 else "")
        console.print(
            f"[yellow]knife edge[/] {escape(name)}: the sign of {len(channels)} channels "
            f"({shown}) depends on float rounding",
            highlight=False,
        )


def _layers(layers: list[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("layer", "output", "kernel"):
        table.add_column(title, no_wrap=True)
    for title in ("binary products", "integer products", "weights", "constants"):
        table.add_column(title, justify="right")
    for layer in layers:
        products = layer["products"]
        table.add_row(
            escape(layer["name"]),
            "x".join(map(str, layer["shape"])),
            layer["kernel"],
            f"{products['binary']:,}",
            f"{products['integer']:,}",
            f"{layer['weights_bytes']:,}",
            f"{layer['constants_bytes']:,}",
        )
    return table


def _memory(generated: Generated, folder: Path) -> Table:
    report = generated.report
    flash, ram = report["flash_bytes"], report["ram_bytes"]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for name, text in generated.files.items():
        table.add_row(f"{len(text.encode()):,}", escape(str(folder / name)))
    table.add_row("", "")
    table.add_row(f"[bold]{flash['total']:,}[/]", f"bytes of flash: {_parts(flash)}")
    table.add_row(f"[bold]{ram['total']:,}[/]", f"bytes of RAM: {_parts(ram)}")
    if report["image_in_arena"] is not None:
        saved = f"{report['image_in_arena']['saved_bytes']:,}"
        table.add_row(saved, "bytes of RAM are saved by an image that lies in the arena")
    if report["measured_with"] is None:
        table.add_row("", "[yellow]code and stack are not measured, the totals leave them out[/]")
    return table


def _parts(sizes: Mapping[str, int | None]) -> str:
    return ", ".join(
        f"{part} {'?' if size is None else format(size, ',')}"
        for part, size in sizes.items()
        if part != "total"
    )


def _print_boards(console: Console, report: Mapping[str, Any]) -> None:
    for answer, wanted in (("fits", True), ("does not fit", False)):
        titles = [board["title"] for board in report["fits"] if board["fits"] is wanted]
        if titles:
            console.print(f"{answer}: {escape(', '.join(titles))}", highlight=False)
