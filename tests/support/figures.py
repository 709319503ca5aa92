"""Whether the texts of a picture can be read: inside of it, on no other text and on no axis."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any


def assert_texts_are_free(figure: Any) -> None:
    """Fail where a text sticks out of the figure, covers another one or is crossed by an axis."""
    figure.draw_without_rendering()
    texts = [
        (text.get_text(), text.get_window_extent().padded(-1))
        for text in _texts(figure)
        if text.get_visible() and text.get_text().strip()
    ]
    assert texts
    inside = figure.bbox.padded(1)
    for text, box in texts:
        assert inside.x0 <= box.x0 < box.x1 <= inside.x1, f"{text!r} is cut off"
        assert inside.y0 <= box.y0 < box.y1 <= inside.y1, f"{text!r} is cut off"
    for (text, box), (other, other_box) in combinations(texts, 2):
        assert not box.overlaps(other_box), f"{text!r} covers {other!r}"
    for axes in figure.axes:
        spines = axes.spines.values() if axes.axison else ()
        lines = [spine.get_window_extent() for spine in spines if spine.get_visible()]
        for text, box in texts:
            assert not any(box.overlaps(line) for line in lines), f"an axis strikes {text!r}"


def _texts(figure: Any) -> Iterator[Any]:
    """All texts that are drawn; a tick's label only where the axis shows the tick."""
    yield from figure.texts
    for legend in figure.legends:
        yield from legend.get_texts()
    for axes in figure.axes:
        yield from (axes.title, axes._left_title, axes._right_title, *axes.texts)
        if not axes.axison:
            continue
        for axis in (axes.xaxis, axes.yaxis):
            yield axis.label
            low, high = sorted(axis.get_view_interval())
            for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True):
                if low <= place <= high:
                    yield label
