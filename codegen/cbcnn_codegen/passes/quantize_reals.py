"""Computes in integers whatever is float32: another network, quantized by what was calibrated."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError, UsageError
from cbcnn_codegen.ir import (
    FLOAT32,
    SIGNS,
    Fixed,
    Graph,
    Line,
    Monotone,
    Node,
    Operation,
)
from cbcnn_codegen.ir.fixed_point import Bits
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.lookup import ENTRIES, Lookup
from cbcnn_codegen.ops.quantized_conv import QuantizedConv
from cbcnn_codegen.ops.real_scores import RealScores
from cbcnn_codegen.ops.requantize import Requantize
from cbcnn_codegen.ops.rescaled_conv import RescaledConv
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.ops.to_float import ToFloat
from cbcnn_codegen.passes.flip_point import find_flip_points
from cbcnn_codegen.passes.integer_groups import (
    Group,
    Ranges,
    choose_scale,
    fit_scale,
    refuse_integers,
)
from cbcnn_codegen.passes.rewriting import Rewriting

_WIDEST_SPREAD: Final = 13
"""Bits between the scales of two values that are added: the sum then fits 32 bits."""

_FINEST: Final = 1000
"""More bits behind the point than any value has."""


def quantize_reals(graph: Graph, ranges: Ranges) -> Graph:
    """Replace floats by integers of 16 bits, of 8 bits where only real-valued products read them.

    Products have weights of 8 bits and sums of 32; the bias and what follows of batch norms and
    activations become one rescaling of the sums. Signs come from integers by thresholds. Numbers
    of signs, and of sums of signs, stay as they are.

    Args:
        graph: as `to_floats` leaves it.
        ranges: of every value of floats in it, positive.

    Raises:
        UnsupportedLayerError: names all operations that have no form in integers.
    """
    quantizing = _Quantizing(graph, ranges)
    quantized = quantizing.rewrite()
    if quantizing.problems:
        raise UnsupportedLayerError.join(quantizing.problems)
    return quantized


class _Quantizing(Rewriting):
    """Puts an integer operation where the last one of a group of functions stood."""

    def __init__(self, graph: Graph, ranges: Ranges) -> None:
        super().__init__(graph)
        self.problems: list[UnsupportedLayerError] = []
        self._ranges = ranges
        self._fixed: dict[str, Fixed] = {}
        self._sums = {node.name: node.op.sums_of_integers(1.0) for node in graph.nodes}
        self._groups: dict[str, Group | None] = {}
        self._copies: dict[tuple[str, int], tuple[str, Fixed]] = {}

    def put(self, node: Node) -> None:
        """No value of a quantized network has a name in the network as read."""
        super().put(replace(node, as_read=""))

    def visit(self, node: Node) -> None:
        if isinstance(node.op, ToFloat):
            element = self.old.types[node.inputs[0]].element
            self._fixed[node.name] = Fixed(element, node.op.scale)
            self.rename(node.name, self.now(node.inputs[0]))
        elif not any(self.old.types[name].element == FLOAT32 for name in node.inputs):
            self.keep(node)
        elif isinstance(node.op, RealScores):
            self._put_scores(node)
        elif self.old.types[node.name].element != FLOAT32:
            self._put_threshold(node)
        elif not self._is_absorbed(node):
            self._put_function(node)

    def _put_function(self, node: Node) -> None:
        """Put what makes a value of floats; where there is nothing, remember why."""
        try:
            group = self._group(node)
            if group is not None:
                self._put_group(node, group)
            elif node.op.is_pointwise:
                self._put_lookup(node)
            else:
                self._put_other(node)
        except ValueError as error:
            self.problems.append(refuse_integers(node, str(error)))
            self._fixed[node.name] = Fixed.of_power(self._range(node.name), 16)

    def _group(self, node: Node) -> Group | None:
        """What ends with a node: a product or a value, and the functions behind it."""
        if node.name not in self._groups:
            self._groups[node.name] = self._find_group(node)
        return self._groups[node.name]

    def _find_group(self, node: Node) -> Group | None:
        found = self._sums[node.name]
        if found is not None:
            read, source = self._narrow(node.inputs[0])
            conv, line = found
            assert isinstance(conv, QuantizedConv), "sums of products of integers"
            scaled = replace(line, slope=line.slope * source.scale)
            return Group(conv, read, source.element, scaled)
        group = self._group_before(node.inputs[0])
        line_behind = node.op.extend(group.line)
        return None if line_behind is None else group._replace(line=line_behind)

    def _group_before(self, name: str) -> Group:
        """What a function of the value goes on with."""
        before = self.old.node(name)
        if before is not None and self._is_absorbed(before):
            group = self._group(before)
            assert group is not None, "only groups are absorbed"
            return group
        fixed = self._fixed[name]
        line = Line.of_scale(fixed.scale, self.old.types[name].shape.channels)
        return Group(None, self.now(name), fixed.element, line)

    def _is_absorbed(self, node: Node) -> bool:
        """Whether the value is computed together with what reads it, and never stored."""
        if self._leads_to_sign(node):
            return True
        readers = self.old.readers(node.name)
        if isinstance(node.op, ToFloat) or len(readers) != 1 or node.name in self.old.outputs:
            return False
        (reader,) = readers
        if len(reader.inputs) > 1 or self._leads_to_sign(reader):
            return False
        group = self._group(node)
        return group is not None and reader.op.extend(group.line) is not None

    def _leads_to_sign(self, node: Node) -> bool:
        """Whether nothing but functions follows, up to a sign that nothing else needs."""
        readers = self.old.readers(node.name)
        if not isinstance(node.op, Monotone) or len(readers) != 1:
            return False
        return isinstance(readers[0].op, Sign) or self._leads_to_sign(readers[0])

    def _put_group(self, node: Node, group: Group) -> None:
        made = choose_scale(self._range(node.name), self._bits(node.name, group))
        if group.largest >= 2**31:
            raise ValueError(f"sums up to {group.largest:,}")
        made, rescaling = fit_scale(group.line, group.largest, made)
        op: Operation = Requantize(node.name, rescaling)
        read, product = group.read, self._product_of(group)
        if group.conv is not None:
            op = replace(group.conv, name=node.name, rescaling=rescaling)
        elif product is not None and rescaling.bits == 16:
            assert isinstance(product.op, BinaryConv), "sums of signs"
            op, read = RescaledConv(node.name, product.op, rescaling), self.now(product.inputs[0])
        self.put(Node(op, (read,), node.source))
        self._fixed[node.name] = Fixed(rescaling.element, made.scale)

    def _product_of(self, group: Group) -> Node | None:
        """The convolution of signs whose sums nothing but a group reads."""
        node = self.old.node(group.read) if group.read in self.old.types else None
        if node is None or not isinstance(node.op, BinaryConv) or node.op.thresholds is not None:
            return None
        floats = self.old.readers(node.name)
        is_only = len(floats) == 1 and len(self.old.readers(floats[0].name)) == 1
        is_signs = self.old.types[node.inputs[0]].element == SIGNS
        return node if is_only and is_signs else None

    def _bits(self, name: str, group: Group) -> Bits:
        """Width of a value, by what reads it, among those that kernels make of what is read."""
        readers = self.old.readers(name)
        if all(isinstance(reader.op, RealScores) for reader in readers):
            return 32 if group.element.bits < 32 else 16
        is_image = group.conv is None and group.read == self.old.input.name
        return 8 if all(map(self._takes_bytes, readers)) and not is_image else 16

    def _takes_bytes(self, node: Node) -> bool:
        """Whether it reads integers of 8 bits, or passes them on to what does."""
        if self._sums[node.name] is not None:
            return True
        readers = self.old.readers(node.name)
        passes = node.op.is_narrow and node.op.is_real and node.name not in self.old.outputs
        return passes and all(map(self._takes_bytes, readers))

    def _put_lookup(self, node: Node) -> None:
        """Every result of a function, for integers of 8 bits."""
        read, source = self._copy(node.inputs[0], 8)
        x = (np.arange(ENTRIES) - ENTRIES // 2) * source.scale
        y = node.op.compute(x.astype(np.float32).reshape(-1, 1, 1, 1)).ravel().astype(np.float64)
        made = Fixed.of_power(float(np.abs(y).max()) or 1.0, 16, spare=1)
        entries = np.rint(y / made.scale).astype(np.int32)
        self.put(Node(Lookup(node.name, entries), (read,), node.source))
        self._fixed[node.name] = made

    def _put_other(self, node: Node) -> None:
        """A join or a pooling."""
        sources = [self._narrow_enough(name, node) for name in node.inputs]
        coarsest = min(of.fraction_bits for _, of in sources)
        near = [
            self._copy(name, 16, coarsest + _WIDEST_SPREAD)
            if of.fraction_bits > coarsest + _WIDEST_SPREAD
            else (read, of)
            for name, (read, of) in zip(node.inputs, sources, strict=True)
        ]
        found = node.op.on_fixed_point([of for _, of in near], self._range(node.name))
        if found is None:
            raise ValueError(type(node.op).__name__)
        op, made = found
        self.put(Node(op, tuple(read for read, _ in near), node.source))
        self._fixed[node.name] = made

    def _narrow_enough(self, name: str, node: Node) -> tuple[str, Fixed]:
        """Integers of 16 bits, or of 8 for what takes both."""
        fixed = self._fixed[name]
        if fixed.element.bits == 16 or (node.op.is_narrow and fixed.element.bits == 8):
            return self.now(name), fixed
        return self._copy(name, 16)

    def _narrow(self, name: str) -> tuple[str, Fixed]:
        """What a product reads: the image as it is, or integers of 8 bits."""
        fixed = self._fixed[name]
        if fixed.element.bits == 8 or self.now(name) == self.old.input.name:
            return self.now(name), fixed
        return self._copy(name, 8)

    def _copy(self, name: str, bits: Bits, most: int = _FINEST) -> tuple[str, Fixed]:
        """A value on another scale, once for all that read it."""
        if (name, bits) in self._copies and most == _FINEST:
            return self._copies[name, bits]
        read, source = self.now(name), self._fixed[name]
        if bits == 32 or (bits == 8 and read == self.old.input.name):
            read, source = (read, source) if source.element.bits < 32 else self._copy(name, 16)
        made = choose_scale(self._range(name), bits)
        if bits == 16:
            made = made.at_most(most)
        line = Line.of_scale(source.scale, self.old.types[name].shape.channels)
        made, rescaling = fit_scale(line, source.element.largest, made)
        of = self.fresh(f"{name}/int{bits}")
        self.put(Node(Requantize(of, rescaling), (read,)))
        self._copies[name, bits] = of, Fixed(rescaling.element, made.scale)
        return self._copies[name, bits]

    def _put_threshold(self, node: Node) -> None:
        """The one comparison that equals the functions up to a sign, on every integer."""
        ops, name = [node.op], node.inputs[0]
        while (before := self.old.node(name)) is not None and self._leads_to_sign(before):
            ops, name = [before.op, *ops], before.inputs[0]
        functions = [op for op in ops if isinstance(op, Monotone)]
        fixed, read = self._fixed[name], self.now(name)
        if fixed.element.bits != 16:
            read, fixed = self._copy(name, 16)
        channels = self.old.types[name].shape.channels
        worth = Affine("worth", np.full(channels, fixed.scale, np.float32))
        flips = find_flip_points([worth, *functions], fixed.element, np.zeros(channels, np.bool_))
        self.put(Node(Threshold(node.name, *flips), (read,), node.source))

    def _put_scores(self, node: Node) -> None:
        """Scores are integers times a power of two."""
        name = node.inputs[0]
        read, fixed = self.now(name), self._fixed[name]
        if fixed.element.bits != 32 or self.now(name) != name:
            read, fixed = self._copy(name, 32)
        shape = self.old.types[name].shape
        count = shape.size if self.old.has_classes else shape.channels
        worth = np.full(count, fixed.scale, np.float32)
        self.put(Node(Scores(node.name, worth, np.zeros(count, np.float32)), (read,), node.source))

    def _range(self, name: str) -> float:
        if name not in self._ranges:
            raise UsageError(
                "the calibration is that of another network",
                found=f"no range of {name!r} in it",
                suggestion="generate the code again",
            )
        return self._ranges[name]
