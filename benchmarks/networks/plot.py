"""The pictures of accuracy against flash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from benchmarks.networks.curve import KIB, NUMBERS, Mark, Series
from benchmarks.plot import save_svg

_STYLES: Final[dict[Series, dict[str, Any]]] = {
    "signs": {"marker": "o", "color": "#33658a", "linewidth": 1},
    "floats": {"marker": "s", "color": "#b5541c", "linewidth": 0},
    "integers": {"marker": "^", "color": "#3b7a3b", "linewidth": 0},
    "elsewhere": {"marker": "D", "color": "#666666", "markerfacecolor": "none", "linewidth": 0},
}
_HOLLOW: Final = {"markerfacecolor": "none", "linewidth": 0, "alpha": 0.7}
_TICKS: Final = (4, 8, 16, 32, 64, 128)
_FONT: Final = 8
_PLACES: Final = tuple(
    (x * reach, y * reach)
    for reach in (7, 12, 17)
    for x, y in ((1, -1), (-1, 1), (1, 1), (-1, -1), (1.2, 0), (-1.2, 0), (0, 1.2), (0, -1.2))
)
"""Where a number may stand beside its dot, in points of type; the first free place is taken."""


def draw(points: Sequence[Mark], path: Path) -> None:
    """Draw test accuracy over flash in mode `size` as SVG; equal points give equal bytes."""
    save_svg(accuracy_over_flash(points), path)


def accuracy_over_flash(points: Sequence[Mark]) -> Figure:
    """One mark for each point, with the number of its row in the table."""
    figure = Figure(figsize=(7, 3.8), layout="constrained")
    axes = figure.subplots()
    for series, style in _STYLES.items():
        part = [point for point in points if point.series == series]
        if part:
            x, y = zip(*(_place(point) for point in part), strict=True)
            axes.plot(x, y, label=NUMBERS[series], markersize=5, **style)
    bare = _weights_alone(points)
    label = "ours: weights alone"
    for series in dict.fromkeys(point.series for point in bare):
        x, y = zip(*(_place(point) for point in bare if point.series == series), strict=True)
        style = {**_STYLES[series], **_HOLLOW}
        axes.plot(x, y, label=label, markersize=5, **style)
        label = ""
    axes.margins(y=0.12)
    axes.set_xscale("log")
    least = min(point.kilobytes for point in (*points, *bare))
    ticks = [tick for tick in _TICKS if tick * 2 > least]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlim(ticks[0], ticks[-1])
    hollow = "; hollow: weights alone" if bare else ""
    axes.set_xlabel(f"KB of flash: code, packed weights, constants{hollow}")
    axes.set_ylabel("% of the test images")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=5, fontsize=_FONT, frameon=False)
    _number(figure, axes, points, bare)
    return figure


def _weights_alone(points: Sequence[Mark]) -> list[Mark]:
    """Ours by what others count, where others are shown."""
    if all(point.elsewhere is None for point in points):
        return []
    return [
        replace(point, kilobytes=point.weights / KIB)
        for point in points
        if point.series in ("signs", "integers") and point.weights is not None
    ]


def _place(point: Mark) -> tuple[float, float]:
    return point.kilobytes, 100 * point.accuracy


def _number(figure: Figure, axes: Any, points: Sequence[Mark], others: Sequence[Mark]) -> None:
    """Write each point's number beside it, on no mark, number or axis."""
    figure.draw_without_rendering()
    to_pixels, pixel = axes.transData.transform, figure.dpi / 72
    taken = [_square(to_pixels(_place(point)), 3.5 * pixel) for point in (*points, *others)]
    inside = axes.get_window_extent()
    for number, point in enumerate(points, 1):
        centre_x, centre_y = to_pixels(_place(point))
        for right, up in _PLACES:
            box = _square((centre_x + right * pixel, centre_y + up * pixel), 5.5 * pixel)
            if inside.x0 < box.x0 and inside.y0 < box.y0 and not box.count_overlaps(taken):
                break
        taken.append(box)
        axes.annotate(
            str(number),
            _place(point),
            (right, up),
            textcoords="offset points",
            fontsize=_FONT,
            ha="center",
            va="center",
        ).set_in_layout(False)


def _square(centre: tuple[float, float], half: float) -> Bbox:
    x, y = centre
    return Bbox.from_extents(x - half, y - half, x + half, y + half)
