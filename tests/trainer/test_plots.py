"""Pictures of a run."""

from __future__ import annotations

import pytest

from support.tools import require_module


@pytest.mark.parametrize("name", ["accuracy", "loss"])
def test_the_legend_of_a_curve_has_a_place_of_its_own(name: str) -> None:
    """Matplotlib warns when the search for a free place takes long, as on a busy machine."""
    require_module("matplotlib", "train")
    from cbcnn_trainer.plots import curve

    history = [{"epoch": 1, name: 0.5, f"val_{name}": 0.4}, {"epoch": 2, name: 1, f"val_{name}": 0}]
    figure = curve(history, name)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]
    (axes,) = figure.axes
    assert axes.get_legend() is None
    figure.draw_without_rendering()
    assert not legend.get_window_extent().overlaps(axes.get_window_extent())
