"""Where a live model shows an output of the network, and what the sums behind it are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cbcnn_codegen.ir import Graph, Node
from cbcnn_codegen.ops.real_scores import RealScores
from cbcnn_codegen.verify import sums
from cbcnn_codegen.verify.expect import Array
from cbcnn_inputs.probe import Probe


class End(NamedTuple):
    """An output of the network.

    Attributes:
        value: of the network as read.
        scores: the lowered operation that makes it.
        head: the product whose sums alone make it; None where it is made of something else.
        final: shows what the model puts out.
        counted: shows those sums; the same as `final` where there are none.
    """

    value: str
    scores: Node
    head: Node | None
    final: Probe
    counted: Probe

    @property
    def is_float(self) -> bool:
        """Is it floats that no sums of products with signs are behind?"""
        return isinstance(self.scores.op, RealScores)

    def accumulators(self, graph: Graph, lowered: Graph, shown: Array) -> Array | None:
        """The integers that the scores are made of, as the lowered operation has them.

        Args:
            graph: as it was read.
            lowered: the same in integers.
            shown: by `counted`.

        Returns:
            None if there are none, or floats do not determine them.
        """
        if self.head is None:
            return None
        last = sums.demand_product(lowered, self.scores.name)
        return sums.accumulators(self.head, graph, lowered, last, shown)

    def summed(self, lowered: Graph, accumulators: Array) -> Array:
        """What the scores are made of, of those integers: they, or what pooling makes of them."""
        return sums.summed(lowered, self.scores.inputs[0], accumulators)

    def vectors(self, lowered: Graph, accumulators: Array) -> Array:
        """The scores of images made of those integers, float32 [N, values]."""
        made: Array = self.scores.op.compute(self.summed(lowered, accumulators))
        return made.reshape(len(made), -1).astype(np.float32)
