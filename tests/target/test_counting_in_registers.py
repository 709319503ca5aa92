"""Counting in registers, where an instruction set has it, equals the reference in emulators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.fit_costs import preferring
from cbcnn_codegen.ir import Graph, Input, Operation, Padding, Shape, Window, chain_graph
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.targets import find_target
from support.graph_files import graph_to_h5
from target.test_emulated_targets import run_everywhere

SAME = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
CLASSES = 4
SLICED = "conv_sliced_b1_b1"
BUCKET = "conv_bucket_b1_b1"
LANES = "conv_interleaved_b1_b1"
CASES = [
    ("cortex-m0", SLICED, 33, 35, 1.0, False),
    ("cortex-m0plus", SLICED, 96, 35, 0.0, False),
    ("cortex-m0plus", SLICED, 128, 35, 0.0, True),
    ("cortex-m0plus", SLICED, 130, 35, -1.0, False),
    ("cortex-m3", SLICED, 33, 35, 0.0, False),
    ("cortex-m4", SLICED, 128, 35, 0.0, True),
    ("cortex-m33", SLICED, 130, 35, -1.0, False),
    ("cortex-m55", SLICED, 32, 35, 0.0, True),
    ("cortex-m0", BUCKET, 33, 35, 1.0, False),
    ("cortex-m0plus", BUCKET, 1, 3, 1.0, False),
    ("cortex-m0plus", BUCKET, 13, 4, 0.0, False),
    ("cortex-m0plus", BUCKET, 56, 35, 0.0, True),
    ("cortex-m0plus", BUCKET, 96, 5, 0.0, False),
    ("cortex-m0plus", BUCKET, 130, 35, -1.0, False),
    ("cortex-m3", BUCKET, 33, 35, 0.0, False),
    ("cortex-m4", BUCKET, 1, 3, 1.0, False),
    ("cortex-m4", BUCKET, 96, 5, 0.0, False),
    ("cortex-m4", BUCKET, 13, 4, 1.0, False),
    ("cortex-m4", BUCKET, 56, 35, 0.0, True),
    ("cortex-m4", BUCKET, 128, 35, 0.0, False),
    ("cortex-m7", BUCKET, 64, 35, 1.0, False),
    ("cortex-m33", BUCKET, 130, 35, -1.0, False),
    ("cortex-m55", BUCKET, 32, 35, 0.0, True),
    ("cortex-m55", BUCKET, 130, 35, 1.0, False),
    ("cortex-m55", BUCKET, 13, 4, -1.0, False),
    ("rv32imac", BUCKET, 1, 3, 1.0, False),
    ("rv32imac", BUCKET, 13, 4, 0.0, False),
    ("rv32imac", BUCKET, 56, 35, 0.0, True),
    ("rv32imac", BUCKET, 130, 35, -1.0, False),
    ("rv32imc", BUCKET, 96, 5, 0.0, False),
    ("aarch64", LANES, 130, 5, 1.0, False),
]
"""Target, kernel, input channels, filters, padding, and whether all weights are equal: channels and
filters of a group, below it and past it. The shipped models of other tests have trained weights."""

INSIDE = {
    (SLICED, "armv6m"): ("COUNT_IN_REGISTERS", "ldm"),
    (SLICED, "armv7m"): ("COUNT_IN_REGISTERS", "ubfx"),
    (LANES, "neon"): ("cnt %0.16b, %0.16b", "uaddlp"),
    (BUCKET, "armv6m"): ("BUCKET_COUNTS_IN_REGISTERS", "ldm r1!"),
    (BUCKET, "armv7m"): ("BUCKET_COUNTS_IN_REGISTERS", "ldm r1!"),
    (BUCKET, "mve"): ("BUCKET_TAPS_IN_REGISTERS", "vldrw.u32"),
    (BUCKET, "rv32"): ("BUCKET_COUNTS_IN_REGISTERS", "count_two_words"),
}
"""What only the code in registers has; MVE has none for the other kernel."""


def norm(rng: np.random.Generator, name: str, channels: int, spread: float) -> BatchNorm:
    """Gamma of both signs and 0, means that accumulators reach and pass."""
    return BatchNorm(
        name,
        rng.choice(np.array([-1, 1, 1, 0.5, 0], np.float32), channels),
        rng.choice(np.array([0, 0.5], np.float32), channels),
        np.round(rng.normal(0, spread, channels)).astype(np.float32),
        np.ones(channels, np.float32),
        0.0,
        fused=True,
    )


def network(channels: int, filters: int, pad: float, extreme: bool) -> Graph:
    """A bit-sliced convolution between the first layer and the scores.

    In an extreme one all weights are +1, so that on an image of one value all inputs match.
    """
    rng = np.random.default_rng(channels)

    def signs(*shape: int) -> NDArray[Any]:
        values = np.ones(shape) if extreme else rng.choice([-1, 1], shape)
        return values.astype(np.int8)

    spread = 9 * channels if extreme else 3 * channels**0.5
    ops: tuple[Operation, ...] = (
        Conv("conv_0", signs(channels, 3, 3, 1), SAME),
        norm(rng, "norm_0", channels, 50),
        Sign("sign_0", 1),
        Conv("conv_1", signs(filters, 3, 3, channels), SAME, pad=pad),
        MaxPool("pool_1", Window(2, 2, 2, 2)),
        norm(rng, "norm_1", filters, spread),
        Sign("sign_1", 1),
        Flatten("flatten"),
        Dense("dense", signs(CLASSES, 5, 6, filters)),
        replace(norm(rng, "norm_2", CLASSES, 3), fused=False),
    )
    return chain_graph("network", Input("image", Shape(11, 13, 1), "int8"), ops)


@pytest.mark.parametrize(("target", "kernel", "channels", "filters", "pad", "extreme"), CASES)
def test_counts_are_exact_on_the_target(
    target: str,
    kernel: str,
    channels: int,
    filters: int,
    pad: float,
    extreme: bool,
    tmp_path: Path,
) -> None:
    graph = network(channels, filters, pad, extreme)
    model = tmp_path / "model.h5"
    graph_to_h5(graph, model)
    random = np.random.default_rng(1).integers(-128, 128, (1, 11, 13, 1))
    images = np.concatenate([random, np.full((2, 11, 13, 1), [[[[127]]], [[[-128]]]])])
    with preferring(kernel):
        project = run_everywhere(
            find_target(target), model, images.astype(np.int8), tmp_path, optimize="speed"
        )
    assert project.layers[1].kernel == kernel
    text = (project.folder / project.sources[0]).read_text(encoding="utf-8")
    for inside in INSIDE.get((kernel, find_target(target).isas[0]), ()):
        assert inside in text
