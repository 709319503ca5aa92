"""The picture of accuracy against flash."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from benchmarks.networks.measure import SMALLEST, Measurement
from benchmarks.plot import save_svg

_COLOUR: Final = "#33658a"
_OTHER: Final = "#b5541c"
_ABOVE: Final = (-6, 5)


Points = Sequence[tuple[str, Measurement]]


def draw(points: Points, others: Points, path: Path) -> None:
    """Draw test accuracy over flash in mode `size` as SVG; equal results give equal bytes."""
    save_svg(accuracy_over_flash(points, others), path)


def accuracy_over_flash(points: Points, others: Points) -> Figure:
    """One dot for each network of the curve, a square for others, with its title beside it."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    for part, style, colour in ((points, "o-", _COLOUR), (others, "s", _OTHER)):
        flash = [result.costs[SMALLEST].flash / 1024 for _, result in part]
        accuracy = [result.test_accuracy * 100 for _, result in part]
        axes.plot(flash, accuracy, style, color=colour, linewidth=1)
        for (title, _), x, y in zip(part, flash, accuracy, strict=True):
            offset, side = ((7, -9), "left") if part is points else (_ABOVE, "right")
            axes.annotate(title, (x, y), offset, textcoords="offset points", fontsize=8, ha=side)
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
