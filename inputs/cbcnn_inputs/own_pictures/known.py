"""What a model says of the pictures that it is fed with, and the numbers of labels by that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.own_pictures.fit import Division, PictureFit

_SHOWN: Final = 50
_DIGITS: Final = 9
"""Of the longest number of a class."""


@dataclass(frozen=True)
class Known:
    """What a model file says.

    Attributes:
        fit: what a picture of any size becomes, or None: pictures have the model's size.
        class_names: in the order of the model's outputs, or empty.
        division: of the pictures that it was trained on: of those only the test part counts. None
            where it does not matter what the model has seen.
    """

    fit: PictureFit | None = None
    class_names: tuple[str, ...] = ()
    division: Division | None = None

    def number(self, label: str) -> int | None:
        """The class of a label: a class name, else a number; None if it is neither."""
        if label in self.class_names:
            return self.class_names.index(label)
        is_number = label.isascii() and label.isdecimal() and len(label) <= _DIGITS
        return int(label) if is_number else None

    def numbers(self, labels: Iterable[str], source: str) -> NDArray[np.int64]:
        """The classes of labels, int64 [N].

        Raises:
            DataError: a label is neither a class name nor a number.
        """
        known, unknown = [], set()
        for label in labels:
            number = self.number(label)
            if number is None:
                unknown.add(label)
            else:
                known.append(number)
        if unknown:
            raise DataError(
                f"{source} has labels that the model does not know",
                found=", ".join(sorted(unknown)[:_SHOWN]),
                allowed=", ".join(self.class_names[:_SHOWN]) or "class numbers, 0 and up",
            )
        return np.array(known, np.int64)


NOTHING_KNOWN: Final = Known()
