"""A quantized network beside the network of floats that it was made of."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.verify.data import Samples

MOST_IMAGES: Final = 200
"""Images that the interpreter computes in floats, the first ones; each takes a while."""


class BesideFloats(NamedTuple):
    """Answers of both networks.

    Attributes:
        images: how many, the first ones of a verification.
        same_class: how many of them have the same class in both.
        accuracy: share of right answers in integers; None without labels.
        accuracy_in_floats: the same in float32.
    """

    images: int
    same_class: int
    accuracy: float | None
    accuracy_in_floats: float | None

    def describe(self) -> str:
        """One sentence for people."""
        same = f"{self.same_class} of {self.images} classes are those of the float32 network"
        if self.accuracy is None or self.accuracy_in_floats is None:
            return f"level 3, quantized: {same}"
        rights = f"accuracy {self.accuracy:.2%}, in float32 {self.accuracy_in_floats:.2%}"
        return f"level 3, quantized: {same}; {rights}"


def compare_with_floats(floats: Graph, samples: Samples, answers: npt.ArrayLike) -> BesideFloats:
    """Run the network of floats over some of the images.

    Args:
        floats: lowered.
        samples: of the verification.
        answers: the class of each image in the quantized network.
    """
    some = samples.part(slice(0, MOST_IMAGES))
    in_integers: npt.NDArray[Any] = np.asarray(answers)[: len(some)]
    in_floats = reference.run(floats, some.planes, keep=()).classes
    labels = some.labels
    return BesideFloats(
        len(some),
        int((in_integers == in_floats).sum()),
        None if labels is None else float((in_integers == labels).mean()),
        None if labels is None else float((in_floats == labels).mean()),
    )
