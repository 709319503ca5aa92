"""The picture of accuracy against flash."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from benchmarks.networks.measure import SMALLEST, Measurement
from benchmarks.plot import save_svg

_COLOUR: Final = "#33658a"


def draw(points: Sequence[tuple[str, Measurement]], path: Path) -> None:
    """Draw test accuracy over flash in mode `size` as SVG; equal results give equal bytes."""
    save_svg(accuracy_over_flash(points), path)


def accuracy_over_flash(points: Sequence[tuple[str, Measurement]]) -> Figure:
    """One dot for each network, with its title below and to the right of it."""
    flash = [result.costs[SMALLEST].flash / 1024 for _, result in points]
    accuracy = [result.test_accuracy * 100 for _, result in points]
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(flash, accuracy, "o-", color=_COLOUR, linewidth=1)
    for (title, _), x, y in zip(points, flash, accuracy, strict=True):
        axes.annotate(title, (x, y), (7, -9), textcoords="offset points", fontsize=8)
    axes.margins(y=0.12)
    axes.set_xscale("log")
    ticks = (8, 16, 32, 64, 128)
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlim(8, 128)
    axes.set_xlabel("KB of flash: code, packed weights, constants")
    axes.set_ylabel("% of the test images")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
