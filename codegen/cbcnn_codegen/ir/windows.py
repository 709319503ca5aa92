"""Windows that slide over a map."""

from __future__ import annotations

from typing import Final, NamedTuple

from cbcnn_codegen.ir.values import Shape


class Padding(NamedTuple):
    """Rows and columns added around a map before a window slides over it."""

    top: int
    left: int
    bottom: int
    right: int


NO_PADDING: Final = Padding(0, 0, 0, 0)


class Window(NamedTuple):
    """A sliding window: its size, its step and the padding around the map."""

    height: int
    width: int
    stride_height: int
    stride_width: int
    padding: Padding = NO_PADDING

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns that the window visits on a map of `height` x `width`."""
        rows = height + self.padding.top + self.padding.bottom - self.height
        columns = width + self.padding.left + self.padding.right - self.width
        return rows // self.stride_height + 1, columns // self.stride_width + 1

    def output_shape(self, source: Shape, channels: int) -> Shape:
        """The shape of a map with one pixel for each place of the window on `source`.

        Raises:
            ValueError: the window is larger than the map.
        """
        height, width = self.output_size(source.height, source.width)
        if height < 1 or width < 1:
            raise ValueError(f"{self} is larger than the map {source}")
        return Shape(height, width, channels)


def same_padding(size: tuple[int, int], window: Window) -> Padding:
    """TensorFlow's SAME for a map of `size` rows and columns: the extra one is at the end."""
    top, bottom = _same_padding_along(size[0], window.height, window.stride_height)
    left, right = _same_padding_along(size[1], window.width, window.stride_width)
    return Padding(top, left, bottom, right)


def _same_padding_along(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
