"""The answer of a network: which class its scores mean, and which functions do not change it.

**Several scores.** The class is the index of the first of the largest scores.

**One score.** There are two classes: 1 where the score is at least 0, both zeros included, and 0
below. That is the accuracy of Keras's `BinaryAccuracy` for logits, and for a model that ends
in a sigmoid it is the usual limit of one half.

**Functions that are left out.** A function that keeps the order of scores changes no class, and one
that keeps the sign changes nothing in front of a sign, so the device computes neither. At the end
of a model the scores in front of the function decide, even if it saturates in float32 and makes
equal numbers of different scores: `sigmoid(20.0)` and `sigmoid(30.0)` are both 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray


def class_count(scores: int) -> int:
    """Number of classes that so many scores tell apart."""
    return 2 if scores == 1 else scores


def decide(scores: NDArray[Any]) -> NDArray[np.int64]:
    """The class of each image, int64 [N], from its scores [N, scores], none of which is NaN."""
    if scores.shape[1] == 1:
        return (scores[:, 0] >= 0).astype(np.int64)
    classes: NDArray[np.int64] = np.argmax(scores, axis=1).astype(np.int64)
    return classes


class Kept(NamedTuple):
    """What a function keeps.

    Attributes:
        order: it rises strictly, in real numbers, and is the same function for all scores of an
            image: the largest score stays the largest.
        label: of a single score it keeps what `decide` says, in real numbers: models that end in it
            draw the line between two labels at its value for 0, which is one half or 0.
        sign: `f(x)` is negative, zero or positive where `x` is, for every float32 as TensorFlow
            computes it, both zeros included. That is more than it is in real numbers: `elu(-1e-9)`
            is 0, because `exp` of it is 1, and `swish(-200.0)` is -0.
        joint: it computes with all scores of an image at once.
    """

    order: bool = False
    label: bool = False
    sign: bool = False
    joint: bool = False


FUNCTIONS: Final[Mapping[str, Kept]] = {
    "elu": Kept(order=True, label=True),
    "exponential": Kept(order=True),
    "hard_sigmoid": Kept(label=True),
    "hard_tanh": Kept(label=True, sign=True),
    "leaky_relu": Kept(order=True, label=True),
    "leaky_tanh": Kept(order=True, label=True, sign=True),
    "log_sigmoid": Kept(order=True),
    "log_softmax": Kept(order=True, joint=True),
    "selu": Kept(order=True, label=True),
    "sigmoid": Kept(order=True, label=True),
    "softmax": Kept(order=True, joint=True),
    "softplus": Kept(order=True),
    "softsign": Kept(order=True, label=True, sign=True),
    "tanh": Kept(order=True, label=True, sign=True),
}
"""Every function that is left out somewhere, by its plain name; `plain_name` knows other spellings.

A function that is missing here keeps neither: `relu` and `relu6` make zeros of all negative
numbers, `hard_sigmoid` and `hard_tanh` keep no order beyond their bends, `gelu`, `mish` and `swish`
fall and rise.
"""

_OTHER_NAMES: Final = {
    "log_softmax_v2": "log_softmax",
    "softmax_v2": "softmax",
}


def plain_name(name: str) -> str:
    """The name in `FUNCTIONS` of a function that TensorFlow or Keras calls `name`."""
    return _OTHER_NAMES.get(name, name)


def keeps_answer(name: str, scores: int) -> bool:
    """Whether a function at the end of a model keeps the class of so many scores."""
    kept = FUNCTIONS.get(plain_name(name), Kept())
    return kept.label if scores == 1 else kept.order


def names_that_keep(what: str) -> str:
    """The functions that keep `order`, `label` or `sign`, for messages."""
    return ", ".join(name for name, kept in FUNCTIONS.items() if getattr(kept, what))
