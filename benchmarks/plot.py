"""The picture of how instructions grow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from benchmarks.scaling import SERIES, Point, exponent, line

_COLOUR: Final = "#33658a"
_TICKS: Final = (0.5, 1, 2, 5, 10, 20, 50, 100)
_SETTINGS: Final = {"svg.hashsalt": "cbcnn", "svg.fonttype": "none"}


def write_scaling(points: Sequence[Point], path: Path) -> None:
    """Draw one chart for each series as SVG; equal points give equal bytes."""
    save_svg(scaling(points), path)


def scaling(points: Sequence[Point]) -> Figure:
    """One chart for each series."""
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    for axes, series in zip(figure.subplots(1, len(SERIES)), SERIES, strict=True):
        _draw(axes, series, [point for point in points if point.series == series])
    return figure


def save_svg(figure: Figure, path: Path) -> None:
    """Write a figure so that equal figures give equal bytes."""
    with matplotlib.rc_context(_SETTINGS):
        figure.savefig(path, metadata={"Date": None})
    # The format's own line ends and spaces at them, on every system.
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_bytes("".join(f"{text.rstrip()}\n" for text in lines).encode())


def _draw(axes: Any, series: str, points: Sequence[Point]) -> None:
    sizes = [float(point.size) for point in points]
    counts = [point.instructions / 1e6 for point in points]
    x = np.array(sizes)
    axes.plot(sizes, counts, "o", color=_COLOUR)
    if series == "depth":
        constant, slope = line(sizes, counts)
        axes.plot(sizes, constant + slope * x, color=_COLOUR, linewidth=1)
        axes.set_title(f"{constant:.2f} + {slope:.2f} for each block", fontsize=10)
        axes.set_ylim(bottom=0)
    else:
        power = exponent(sizes, counts)
        scale = np.exp(np.mean(np.log(counts) - power * np.log(x)))
        axes.plot(sizes, scale * x**power, color=_COLOUR, linewidth=1)
        axes.set_title(f"power law, exponent {power:.2f}", fontsize=10)
        axes.set_xscale("log")
        axes.set_yscale("log")
        ticks = [tick for tick in _TICKS if min(counts) / 1.5 < tick < max(counts) * 1.5]
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel(series)
    axes.set_ylabel("million instructions")
    axes.spines[["top", "right"]].set_visible(False)
