"""A graph seen as segments: what makes integers, and the chain of operations behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cbcnn_codegen.ir import Conv, Dense, Flatten, Graph, Map, MaxPool, Op, Product, Sign


class Segment(NamedTuple):
    """One producer of integers and everything up to the next one.

    Attributes:
        producer: a convolution or dense layer, or None for the image itself.
        source: the map that the producer reads; for None the image's own map.
        chain: the operations after the producer.
        is_flattened: is what the producer reads one pixel because a Flatten made it so?
    """

    producer: Product | None
    source: Map
    chain: tuple[Op, ...]
    is_flattened: bool = False

    @property
    def binarizes(self) -> bool:
        """Does the chain turn the integers into signs?"""
        return any(isinstance(op, Sign) for op in self.chain)

    @property
    def ops(self) -> tuple[Op, ...]:
        """Producer and chain."""
        return self.chain if self.producer is None else (self.producer, *self.chain)

    @property
    def working_chain(self) -> tuple[Op, ...]:
        """The chain without pools that do nothing: of the one pixel behind Flatten or `Dense`."""
        flat, working = self.is_flattened or isinstance(self.producer, Dense), list[Op]()
        for op in self.chain:
            flat = flat or isinstance(op, Flatten)
            if not (flat and isinstance(op, MaxPool)):
                working.append(op)
        return tuple(working)


def split_segments(graph: Graph) -> list[Segment]:
    """The segments of a graph; the first one starts at the image and its chain may be empty."""
    maps = graph.maps()
    starts = [i for i, op in enumerate(graph.ops) if isinstance(op, Conv | Dense)]
    segments = [Segment(None, maps[0], graph.ops[: starts[0] if starts else len(graph.ops)])]
    for start, end in zip(starts, [*starts[1:], len(graph.ops)], strict=True):
        producer = graph.ops[start]
        assert isinstance(producer, Conv | Dense), "starts holds the products alone"
        is_flattened = any(isinstance(op, Flatten) for op in segments[-1].chain)
        segments.append(Segment(producer, maps[start], graph.ops[start + 1 : end], is_flattened))
    return segments


def join_segments(graph: Graph, segments: Iterable[Iterable[Op]]) -> Graph:
    """The graph with its segments' operations replaced."""
    return graph.with_ops(tuple(op for ops in segments for op in ops))
