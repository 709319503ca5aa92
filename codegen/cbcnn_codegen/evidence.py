"""What is known of a network besides its code: how its training went, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Epoch:
    """One line of a training's log; accuracies are fractions.

    Without validation images those of validation are None.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None


@dataclass(frozen=True)
class Training:
    """The record that `cbcnn-train` wrote beside a model.

    Attributes:
        dataset: name of the data.
        preset: name of the architecture.
        kept_epoch: whose weights the model has.
        test_images: of the one test at the end.
        test_accuracy: a fraction.
        confusion: images by true class, then by answer.
        epochs: in order.
    """

    dataset: str
    preset: str
    kept_epoch: int
    test_images: int
    test_accuracy: float
    confusion: tuple[tuple[int, ...], ...]
    epochs: tuple[Epoch, ...]


@dataclass(frozen=True)
class AnsweredPicture:
    """A picture and what the network says of it.

    Attributes:
        name: of its file, or its number.
        label: its class; None if unknown.
        answer: the class of the network, as the C computes it.
        is_rejected: whether `classify_or_reject` gives no answer.
        scores: of all classes.
        picture: a PNG as a data URI.
    """

    name: str
    label: int | None
    answer: int
    is_rejected: bool
    scores: tuple[float, ...]
    picture: str


@dataclass(frozen=True)
class Evidence:
    """All of it; None and nothing where it is not known."""

    training: Training | None = None
    answers: tuple[AnsweredPicture, ...] = ()


NO_EVIDENCE: Final = Evidence()
