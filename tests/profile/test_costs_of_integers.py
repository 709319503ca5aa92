"""The cost model predicts what quantized networks take on emulated cores."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fit_narrow import NETS, build
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.targets import find_target
from support.generated import generate_graph
from support.profiled import require_profiler

CLOSE = 0.15
ONCE = ("conv_b1_", "sums_b1_", "rescale_", "threshold_", "lookup_")
"""Kernels of which a compiler makes less where a model has but one layer of them, or whose work
depends on the numbers."""
MATTERS = 0.01


@pytest.mark.parametrize("name", ["cortex-m4", "cortex-m0plus", "rv32imac"])
def test_predictions_of_integers_are_within_fifteen_per_cent(name: str, tmp_path: Path) -> None:
    target = find_target(name)
    require_profiler(target)
    project = generate_graph(build(NETS[0], 1), tmp_path / "code", name, "speed")
    profile = Profiler(project, target, choose_image(project, None, 0)).run()
    counted = {layer.name: layer.instructions or 0 for layer in profile.layers}
    total = sum(counted.values())
    far_off = {
        layer.name: (layer.kernel, layer.instructions_estimated, counted[layer.name])
        for layer in project.layers
        if not layer.kernel.startswith(ONCE)
        and counted[layer.name] > MATTERS * total
        and abs(layer.instructions_estimated - counted[layer.name]) > CLOSE * counted[layer.name]
    }
    assert not far_off
    predicted = sum(layer.instructions_estimated for layer in project.layers)
    assert abs(predicted - total) <= CLOSE * total
