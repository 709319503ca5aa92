"""Equal bits do not show that a network gets the images that it was trained on; accuracy does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from cbcnn_inputs.chance import Accuracy, chance_warning, judge

if TYPE_CHECKING:
    from cbcnn_codegen.verify.session import Session

_SCALING: Final = (
    "cbcnn-codegen MODEL --rescale SCALE,OFFSET says so, --rescale auto --data PATH finds it"
)


def accuracy_of(session: Session, answers: npt.ArrayLike) -> Accuracy | None:
    """How many answers for the session's images are their labels; None without labels."""
    labels = session.samples.labels
    if labels is None:
        return None
    return judge(labels, np.asarray(answers, np.int64), session.lowered.classes)


def warn_near_chance(session: Session, answers: npt.ArrayLike) -> str | None:
    """Advice if the network hardly does better than guessing; None if it does."""
    accuracy = accuracy_of(session, answers)
    if accuracy is None:
        return None
    return chance_warning(accuracy, session.lowered.classes, scaling=_SCALING)
