"""Classes of border: pixels of a convolution by the taps of their window that lie in the padding.

What padding changes in a sum depends on the filter and on these taps alone, so bit-sliced kernels
have a table with one entry for each filter and class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import Int8Array, Shape
from cbcnn_codegen.kernels.offer import Table
from cbcnn_codegen.ops.binary_conv import BinaryConv


@dataclass(frozen=True)
class Axis:
    """How many taps of the window lie outside the map, along one axis.

    Attributes:
        kinds: number of taps before and after the map; (0, 0) is the first kind.
        indices: the kind of each position of the convolution.
    """

    kinds: tuple[tuple[int, int], ...]
    indices: tuple[int, ...]


@dataclass(frozen=True)
class Borders:
    """Classes of rows and of columns; the class of a pixel is one of each."""

    rows: Axis
    columns: Axis

    @property
    def classes(self) -> int:
        """Number of classes of border."""
        return len(self.rows.kinds) * len(self.columns.kinds)

    def outside_sums(self, weights: Int8Array) -> Iterator[npt.NDArray[np.int64]]:
        """For each class the sum of each filter's weights whose taps lie in the padding."""
        height, width = weights.shape[1:3]
        for row, column in product(self.rows.kinds, self.columns.kinds):
            outside = np.ones((height, width), bool)
            outside[row[0] : height - row[1], column[0] : width - column[1]] = False
            yield weights.sum(axis=3, dtype=np.int64)[:, outside].sum(axis=1)

    def tables(self) -> tuple[Table, Table]:
        """`row_classes` and `column_classes`; see `conv_sliced.h`."""
        rows = np.array(self.rows.indices, np.uint8) * len(self.columns.kinds)
        columns = np.array(self.columns.indices, np.uint8)
        return (
            Table("row_classes", "u8", rows, f"{len(rows)} rows"),
            Table("column_classes", "u8", columns, f"{len(columns)} columns"),
        )


def find_borders(op: BinaryConv, source: Shape, *, same_pad: int) -> Borders:
    """The classes of a convolution.

    Args:
        op: the convolution.
        source: shape of the map that it reads.
        same_pad: a pad value that the kernel counts like any pixel; there is but one class then.
    """
    window = op.window
    height, width = window.output_size(source.height, source.width)
    if op.pad == same_pad:
        inside = ((0, 0),)
        return Borders(Axis(inside, (0,) * height), Axis(inside, (0,) * width))
    rows = (window.height, window.stride_height, window.padding.top)
    columns = (window.width, window.stride_width, window.padding.left)
    return Borders(
        _classify(height, source.height, *rows), _classify(width, source.width, *columns)
    )


def _classify(positions: int, size: int, taps: int, stride: int, before: int) -> Axis:
    starts = [position * stride - before for position in range(positions)]
    outside = [
        (min(max(-start, 0), taps), min(max(start + taps - size, 0), taps)) for start in starts
    ]
    kinds = tuple(dict.fromkeys([(0, 0), *outside]))
    return Axis(kinds, tuple(kinds.index(kind) for kind in outside))
