"""A convolution of signs whose sums are on another scale, and are added to another map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from cbcnn_codegen.ir import SIGNS, Array, Operation, Rescaling, ValueType
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.quantized_add import QuantizedAdd
from cbcnn_codegen.ops.requantize import draw_rescaling


@dataclass(frozen=True, eq=False)
class RescaledConv(Operation):
    """Sums of products of signs, pooled or not, as integers of 16 bits; no map of sums exists.

    Attributes:
        product: without thresholds.
        rescaling: of its sums, to 16 bits.
        add: adds a second value, of the shape that it makes; None where it reads signs alone.
    """

    product: BinaryConv
    rescaling: Rescaling
    add: QuantizedAdd | None = None

    is_lowered: ClassVar[bool] = True
    is_quantized: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> RescaledConv:
        drawn = BinaryConv.draw(name, random, source)
        product = replace(drawn, thresholds=None, complement=None)
        largest = int(drawn.weights[0].size)
        return cls(name, product, draw_rescaling(random, len(drawn.weights), largest, 16))

    def infer(self, source: ValueType, *others: ValueType) -> ValueType:
        if source.element != SIGNS or self.product.thresholds is not None:
            raise ValueError(f"{self.name}: {self.product} of {source}")
        made = ValueType(self.rescaling.element, self.product.infer(source).shape)
        if len(others) != int(self.add is not None):
            raise ValueError(f"{self.name}: reads {len(others)} values beside the signs")
        return made if self.add is None else self.add.infer(made, *others)

    def compute(self, x: Array, *others: Array) -> Array:
        made = self.rescaling.apply(self.product.compute(x))
        return made if self.add is None else self.add.compute(made, *others)
