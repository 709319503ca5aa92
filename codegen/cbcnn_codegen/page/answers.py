"""The pictures that the network answered, as cards of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.evidence import AnsweredPicture
from cbcnn_inputs.errors import printable

_BEST: Final = 3
"""Scores on a card, the largest ones."""


@dataclass(frozen=True)
class CardBar:
    """A score: the name of its class, the number, and its length in percent of the card."""

    name: str
    score: str
    length: str


@dataclass(frozen=True)
class AnswerCard:
    """A picture with its answer; `style` is "right", "wrong", "none" or "unlabelled"."""

    source: str
    alternative: str
    verdict: str
    label: str
    style: str
    bars: tuple[CardBar, ...]


def class_names(known: Sequence[str], classes: int) -> list[str]:
    """A name for each class, its number where there are none."""
    if len(known) == classes:
        return list(map(printable, known))
    return [f"class {index}" for index in range(classes)]


def make_card(answered: AnsweredPicture, names: Sequence[str]) -> AnswerCard:
    """The card of a picture.

    Args:
        answered: the picture and its scores.
        names: of the classes.
    """
    style = _style(answered)
    answer = "no answer" if answered.is_rejected else names[answered.answer]
    label = "" if answered.label is None else f"label: {names[answered.label]}"
    mark = {"right": "✓ ", "wrong": "✗ "}.get(style, "")
    return AnswerCard(
        source=answered.picture,
        alternative=f"{printable(answered.name)}, answered with {answer}",
        verdict=f"{mark}{answer}",
        label=label,
        style=style,
        bars=tuple(score_bars(answered.scores, names)),
    )


def _style(answered: AnsweredPicture) -> str:
    if answered.is_rejected:
        return "none"
    if answered.label is None:
        return "unlabelled"
    return "right" if answered.label == answered.answer else "wrong"


def score_bars(scores: Sequence[float], names: Sequence[str]) -> list[CardBar]:
    """The largest scores, first the best; bars start at the smallest score of all classes."""
    if len(scores) == 1:
        return [
            CardBar(f"class 1 from 0 on: {names[int(scores[0] >= 0)]}", f"{scores[0]:.2f}", "0")
        ]
    low, high = min(scores), max(scores)
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    room = (high - low) or 1.0
    return [
        CardBar(names[i], f"{scores[i]:.2f}", f"{(scores[i] - low) / room * 100:.1f}")
        for i in order[:_BEST]
    ]
