"""Counts 3x3 convolutions of quantized networks on a Cortex-M4 and compares them with CMSIS-NN's.

    python -m benchmarks.narrow_layers

`PEERS` has what CMSIS-NN's `arm_convolve_wrapper_s8` took there for the same shapes, counted in
the same way. Ends with exit code 1 if a layer here takes more. Writes `narrow_layers.json`, from
which `docs/kernels.md` has its numbers.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.cases import FOLDER
from cbcnn_codegen.emit import write_project
from cbcnn_codegen.generation import make_files
from cbcnn_codegen.ir import Graph, Input, Node, Shape, Window, same_padding
from cbcnn_codegen.ops.quantized_average import QuantizedAverage
from cbcnn_codegen.ops.quantized_conv import QuantizedConv
from cbcnn_codegen.ops.requantize import Requantize, draw_rescaling
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.options import Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify.project import read_project

TARGET: Final = "cortex-m4"
COUNTED: Final = FOLDER / "narrow_layers.json"


class PeerLayer(NamedTuple):
    """A convolution of 3x3 taps, and what CMSIS-NN takes for it."""

    size: int
    channels: int
    filters: int
    instructions: int

    @property
    def name(self) -> str:
        """In words."""
        return f"3x3, {self.size}x{self.size}, {self.channels} to {self.filters}"


PEERS: Final = (PeerLayer(16, 128, 128, 61_400_000), PeerLayer(32, 1, 128, 8_200_000))


def build(peer: PeerLayer) -> Graph:
    """The convolution, between what makes integers of 8 bits and what makes scores."""
    rng = np.random.default_rng(peer.channels)
    shape = Shape(peer.size, peer.size, peer.channels)
    source = Input("image", shape, "int8")
    nodes: list[Node] = []
    read = "image"
    if peer.channels > 1:
        for bits in (16, 8):
            scale = draw_rescaling(rng, peer.channels, 128 if bits == 16 else 32767, bits)
            nodes.append(Node(Requantize(f"in {bits} bits", scale), (read,)))
            read = f"in {bits} bits"
    window = Window(3, 3, 1, 1)
    window = window._replace(padding=same_padding((peer.size, peer.size), window))
    weights = rng.integers(-127, 128, (peer.filters, 3, 3, peer.channels), np.int8)
    largest = int(np.abs(weights).astype(np.int64).sum(axis=(1, 2, 3)).max()) * 128
    scale = draw_rescaling(np.random.default_rng(1), peer.filters, largest, 16)
    nodes.append(Node(QuantizedConv("conv", weights, window, scale), (read,)))
    nodes.append(Node(QuantizedAverage("mean", Window(peer.size, peer.size, 1, 1)), ("conv",)))
    whole = draw_rescaling(rng, peer.filters, 32767, 32)
    nodes.append(Node(Requantize("whole", whole), ("mean",)))
    ones = np.full(peer.filters, 2.0**-10, np.float32)
    scores = Scores("scores", ones, np.zeros(peer.filters, np.float32))
    nodes.append(Node(scores, ("whole",)))
    return Graph("layer", source, tuple(nodes), ("scores",))


def count(peer: PeerLayer) -> tuple[int, int]:
    """Instructions of the convolution, counted and estimated."""
    target = find_target(TARGET)
    plan = make_plan(build(peer), target, Options(name="layer", optimize="speed"))
    files, report = make_files(plan, Origin("0" * 64), None)
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder) / "code", files, family=report.sources)
        project = read_project(Path(folder) / "code")
        profile = Profiler(project, target, choose_image(project, None, 0)).run()
    index = next(step.index for step in plan.steps if step.name == "conv")
    found = profile.layers[index].instructions
    assert found is not None, "a Cortex-M4 is counted"
    return found, plan.steps[index].instructions


def main() -> None:
    """Count, print, keep, and compare."""
    counted = {}
    for peer in PEERS:
        instructions, estimated = count(peer)
        products = peer.size**2 * 9 * peer.channels * peer.filters
        counted[peer.name] = {
            "instructions": instructions,
            "estimated": estimated,
            "cmsis_nn": peer.instructions,
            "products_per_instruction": round(products / instructions, 3),
        }
        print(f"{peer.name}: {instructions:,}, CMSIS-NN {peer.instructions:,}")
    COUNTED.write_text(json.dumps(counted, indent=1) + "\n", encoding="utf-8")
    if any(entry["instructions"] > entry["cmsis_nn"] for entry in counted.values()):
        sys.exit("slower than CMSIS-NN")


if __name__ == "__main__":
    main()
