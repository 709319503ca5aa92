"""A product and what follows its sums on floats, in one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, SIGNS, Array, Operation, ValueType
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops import all_operations
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.to_float import ToFloat

RealProduct = BinaryConv | BinaryDense | RealConv | RealDense


@dataclass(frozen=True, eq=False)
class RealBlock(Operation):
    """A product, and functions of its single numbers behind it.

    It reads what the product reads, and one value more, of its own shape, if an `Add` is among the
    steps.

    Attributes:
        widening: makes floats of the image for a product with real weights; None where it reads
            floats or signs.
        product: makes the sums.
        steps: each reads what the one before it makes; the first makes floats of integer sums.
    """

    widening: ToFloat | None
    product: RealProduct
    steps: tuple[Operation, ...]

    is_lowered: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> RealBlock:
        """A product that reads such values, now and then a norm, and a bend."""
        widening = None
        if source.element.kind == "signs":
            kind: type[RealProduct] = BinaryConv if random.random() < 0.7 else BinaryDense
        else:
            kind = RealConv
        if source.element.kind == "integers":
            widening = ToFloat.draw(name, random, source)
        product = kind.draw(name, random, source)
        return cls.draw_behind(name, random, source, widening, product)

    @classmethod
    def draw_behind(
        cls,
        name: str,
        random: Random,
        source: ValueType,
        widening: ToFloat | None,
        product: RealProduct,
        joins: bool = False,
    ) -> RealBlock:
        """The product with steps that are drawn, a sum with another value among them if asked."""
        steps: list[Operation] = []
        if isinstance(product, BinaryConv | BinaryDense):
            product = replace(product, thresholds=None, complement=None)
            steps.append(ToFloat.draw(name, random, product.infer(source)))
        made = ValueType(FLOAT32, cls(name, widening, product, ()).infer(source).shape)
        for of in (of for of in all_operations().values() if of.is_step):
            if random.random() < 0.25:
                step = of.draw(name, random, made)
                if isinstance(step, BatchNorm):
                    step = replace(step, fused=bool(random.random() < 0.7), multiply_add=True)
                steps.append(step)
        if joins:
            first = int(isinstance(product, BinaryConv | BinaryDense))
            steps.insert(int(random.integers(first, len(steps) + 1)), Add(name))
        return cls(name, widening, product, tuple(steps))

    @property
    def joins(self) -> bool:
        """Whether it adds a second value."""
        return any(isinstance(step, Add) for step in self.steps)

    def share_of_zeros(self, *sources: float) -> float:
        last = self.steps[-1] if self.steps else self.product
        return 0.0 if isinstance(last, Add) else last.share_of_zeros(*sources)

    def infer(self, source: ValueType, *others: ValueType) -> ValueType:
        read = source if self.widening is None else self.widening.infer(source)
        made: ValueType = self.product.infer(read)
        if made.element == SIGNS:
            raise ValueError(f"{self.name}: its product makes signs, where a block has sums")
        if len(others) != int(self.joins):
            raise ValueError(f"{self.name}: reads {len(others)} values beside the first")
        for step in self.steps:
            made = step.infer(made, *(others if isinstance(step, Add) else ()))
        return made

    def compute(self, source: Array, *others: Array) -> Array:
        read = source if self.widening is None else self.widening.compute(source)
        made: Array = self.product.compute(read)
        for step in self.steps:
            made = step.compute(made, *(others if isinstance(step, Add) else ()))
        return made.astype(np.float32)
