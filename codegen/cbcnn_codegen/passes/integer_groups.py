"""What `quantize_reals` decides with: ranges, groups of functions, and scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Element, Fixed, Line, Node, Rescaling
from cbcnn_codegen.ir.fixed_point import Bits
from cbcnn_codegen.ops.quantized_conv import QuantizedConv

Ranges: TypeAlias = Mapping[str, float]
"""The largest magnitude of each value of floats over the images of a calibration."""


class Group(NamedTuple):
    """A function of integers: of the sums of a product, or of a value.

    Attributes:
        conv: the product; None for none.
        read: the value of the new graph that is read.
        element: its integers.
    """

    conv: QuantizedConv | None
    read: str
    element: Element
    line: Line

    @property
    def largest(self) -> int:
        """A bound of the magnitude of what the line takes."""
        if self.conv is None:
            return self.element.largest
        return self.conv.largest_sum(self.element)


def choose_scale(largest: float, bits: Bits) -> Fixed:
    """Integers for magnitudes up to `largest`, and beyond where that costs nothing."""
    if bits == 8:
        return Fixed.of_bytes(largest)
    return Fixed.of_power(largest, bits, spare=2 if bits == 16 else 64)


def fit_scale(line: Line, largest: int, made: Fixed) -> tuple[Fixed, Rescaling]:
    """A function from integers up to `largest`, on the finest scale on which 32 bits compute it.

    Sums may reach far beyond what a calibration has seen of them.

    Raises:
        ValueError: even a scale that leaves half of the bits is too fine.
    """
    for coarser in range(made.element.bits // 2):
        on_scale = made._replace(scale=made.scale * 2.0**coarser)
        try:
            return on_scale, line.to_integers(largest, on_scale)
        except ValueError:
            continue
    return made, line.to_integers(largest, made)


def refuse_integers(node: Node, found: str) -> UnsupportedLayerError:
    """Why integers cannot compute a layer."""
    return UnsupportedLayerError(
        layer=repr(node.source or node.name),
        found=f"{found}, in a quantized network",
        allowed="what integers of 8 and 16 bits hold",
        suggestion="leave --real-layers int8 out: the code then computes in float32",
    )
