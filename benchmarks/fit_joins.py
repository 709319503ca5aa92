"""Fits the prices of joins and pools of signs and integers, as `fit_costs.py` does those of others.

    python -m benchmarks.fit_joins TARGET

Every kind of layer stands twice in each network, as in most networks: a compiler that knows the
sizes of the only layer of a kind unrolls its loops. Prints the table, and the errors to stderr.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.fit_costs import print_table
from benchmarks.fit_narrow import measure
from cbcnn_codegen.ir import Graph, Input, Node, Operation, Shape, Window
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sum_pool import SumPool
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.ops.to_integers import ToIntegers
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.targets.joins import ARMV7M

WIDTHS: Final = (8, 24, 40, 64)
"""Channels of each branch of a network; signs of 24 and 40 are not whole words."""


def conv(name: str, random: np.random.Generator, channels: int, filters: int) -> Operation:
    """A product of one pixel that makes signs, of integers if it is named so."""
    weights = random.choice(np.array([-1, 1], np.int8), (filters, 1, 1, channels))
    thresholds, complement = np.zeros(filters, np.int32), np.zeros(filters, np.bool_)
    fires = name.startswith("signs")
    compared = (thresholds, complement) if fires else (None, None)
    return BinaryConv(name, weights, Window(1, 1, 1, 1), 0, None, *compared)


def build(width: int) -> Graph:
    """A network with every join and pool of signs and integers, twice."""
    random, twice = np.random.default_rng(width), 2 * width
    nodes = [Node(conv("signs", random, 2, width), ("image",))]
    read = "signs"
    for of in "ab":
        nodes += [
            Node(conv(f"signs {of}", random, width, width), (read,)),
            Node(conv(f"sums {of}", random, width, width), (f"signs {of}",)),
            Node(ToIntegers(f"wide {of}"), (f"signs {of}",)),
            Node(Add(f"add {of}"), (f"sums {of}", f"wide {of}")),
            Node(Multiply(f"product {of}"), (f"add {of}", f"wide {of}")),
            Node(Concatenate(f"joined {of}"), (f"product {of}", f"sums {of}")),
            Node(MaxPool(f"largest {of}", Window(3 - (of == "b"), 2, 1, 1)), (f"joined {of}",)),
            Node(SumPool(f"total {of}", Window(2, 2, 1, 1)), (f"largest {of}",)),
            Node(_signs(f"compared {of}", twice), (f"total {of}",)),
            Node(conv(f"signs of {of}", random, twice, width), (f"compared {of}",)),
        ]
        read = f"signs {of}"
    nodes += _signs_joined(width, random)
    return Graph("joins", Input("image", Shape(12, 11, 2), "uint8"), tuple(nodes), ("scores",))


def _signs_joined(width: int, random: np.random.Generator) -> list[Node]:
    """Signs multiplied, beside each other and summed."""
    size = {"a": Shape(9, 9, 0), "b": Shape(10, 9, 0)}
    pooled = [
        Node(SumPool(f"fired {of}", Window(size[of].height - 7, size[of].width - 7, 1, 1)), (at,))
        for of, at in (("a", "signs of a"), ("b", "signs of b"))
    ]
    ones = np.ones(2 * width, np.float32)
    return [
        Node(Multiply("signs product"), ("signs a", "signs b")),
        Node(Multiply("signs product 2"), ("signs product", "signs a")),
        Node(Concatenate("signs joined"), ("signs product", "signs product 2")),
        Node(Concatenate("signs joined 2"), ("signs joined", "signs b")),
        Node(conv("signs last", random, 3 * width, width), ("signs joined 2",)),
        Node(SumPool("fired last", Window(5, 4, 1, 1)), ("signs last",)),
        *pooled,
        Node(Add("fired"), ("fired a", "fired b")),
        Node(Concatenate("ends"), ("fired last", "fired")),
        Node(SumPool("all", Window(8, 8, 1, 1)), ("ends",)),
        Node(Scores("scores", ones, 0 * ones), ("all",)),
    ]


def _signs(name: str, channels: int) -> Operation:
    return Threshold(name, np.zeros(channels, np.int32), np.zeros(channels, np.bool_))


def main(name: str) -> None:
    """Measure, fit and print the table."""
    target = find_target(name)
    with tempfile.TemporaryDirectory() as folder:
        samples = [
            sample
            for width in WIDTHS
            for sample in measure(build(width), target, Path(folder) / f"width {width}")
        ]
    print_table(samples, target, {*ARMV7M})


if __name__ == "__main__":
    main(sys.argv[1])
