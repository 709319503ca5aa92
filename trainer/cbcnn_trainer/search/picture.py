"""The picture of a search: accuracy over flash, with the boards that have so much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from cbcnn_codegen.boards import Board
from cbcnn_trainer.plots import to_png
from cbcnn_trainer.search.front import Result

_SHOWN = 3
"""Names of boards with equal flash that are written out."""


def draw_search(result: Result, boards: Sequence[Board]) -> bytes:
    """A PNG: every trained network, the front, the limit, and the boards' flash."""
    matplotlib.use("Agg")
    figure = Figure(figsize=(8.0, 5.0), layout="constrained")
    axes = figure.subplots()
    axes.set_xscale("log", base=2)
    axes.plot(
        [cost.flash_bytes for cost, _ in result.trained],
        [100 * accuracy for _, accuracy in result.trained],
        ".",
        color="0.7",
        label="trained, also in part",
    )
    axes.plot(
        [point.cost.flash_bytes for point in result.front],
        [100 * point.accuracy for point in result.front],
        "o-",
        label="front",
    )
    limit = result.plan.limits.flash_bytes
    if limit is not None:
        axes.axvline(limit, color="tab:red", linewidth=1, label="limit")
    _mark_boards(axes, boards_by_flash(boards))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value / 1024:g} KB"))
    axes.set_xlabel("flash: code, weights and constants")
    axes.set_ylabel("validation accuracy, %")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return to_png(figure)


def boards_by_flash(boards: Sequence[Board]) -> Mapping[int, str]:
    """Bytes of flash to the names of the boards that have so much, in rising order."""
    found: dict[int, list[str]] = {}
    for board in sorted(boards, key=lambda board: board.flash_bytes):
        found.setdefault(board.flash_bytes, []).append(board.name)
    return {
        flash: ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        for flash, names in found.items()
    }


def _mark_boards(axes: Any, flash: Mapping[int, str]) -> None:
    for count, names in flash.items():
        axes.axvline(count, color="0.5", linewidth=0.8, linestyle=":")
        axes.annotate(
            names,
            (count, 0.02),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            xytext=(-3, 0),
            rotation=90,
            ha="right",
            va="bottom",
            fontsize=7,
            color="0.35",
        )
