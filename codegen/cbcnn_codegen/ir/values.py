"""The type of a value of the network: kind and range of its numbers, and its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.floating[Any]]
Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
Float32Array = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

EXACT_FLOAT32: Final = 2**24
"""Integers below this are exact in float32, and so are the sums that TensorFlow makes of them."""


class Shape(NamedTuple):
    """The shape of one image's value; a vector is a map of one pixel."""

    height: int
    width: int
    channels: int

    @property
    def size(self) -> int:
        """Number of numbers."""
        return self.height * self.width * self.channels

    def __str__(self) -> str:
        return "x".join(map(str, self))


@dataclass(frozen=True)
class Element:
    """The numbers of a value.

    Attributes:
        kind: -1 and +1; integers; or float32.
        low, high: the smallest and the largest integer that can occur; unknown for floats.
        step: the integers that can occur are `low`, `low + step`, `low + 2 * step`, ...
        bits: that one integer takes in the C; 32 outside of quantized networks, where the plan
            takes 16 for those whose bounds fit.
    """

    kind: Literal["signs", "integers", "float32"]
    low: int = 0
    high: int = 0
    step: int = 1
    bits: Literal[8, 16, 32] = 32

    @property
    def largest(self) -> int:
        """Largest magnitude of an integer."""
        return max(abs(self.low), abs(self.high))

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's type for such numbers; int32 for integers of any width."""
        return _DTYPES[self.kind]

    def __str__(self) -> str:
        if self.kind != "integers":
            return self.kind
        step = "" if self.step == 1 else f" step {self.step}"
        width = "" if self.bits == 32 else f" in {self.bits} bits"
        return f"integers {self.low}..{self.high}{step}{width}"


_DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "signs": np.dtype(np.int8),
    "integers": np.dtype(np.int32),
    "float32": np.dtype(np.float32),
}


def common_dtype(*arrays: Array) -> np.dtype[Any]:
    """The type of arrays that are joined: float32 if one is, int8 if all are signs, else int32."""
    dtypes = {array.dtype for array in arrays}
    joined = next(iter(dtypes)) if len(dtypes) == 1 else _DTYPES["integers"]
    return _DTYPES["float32"] if _DTYPES["float32"] in dtypes else joined


SIGNS: Final = Element("signs", -1, 1, 2)
FLOAT32: Final = Element("float32")


def integers(low: int, high: int, step: int = 1, bits: Literal[8, 16, 32] = 32) -> Element:
    """Integers from `low` to `high`."""
    return Element("integers", low, high, step, bits)


class ValueType(NamedTuple):
    """The type of a value: its numbers and its shape. Nothing about C."""

    element: Element
    shape: Shape

    def __str__(self) -> str:
        return f"{self.element} {self.shape}"
