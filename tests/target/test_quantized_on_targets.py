"""Quantized networks on emulated processors: the same bits with pairs of products and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen.calibrate import calibrate
from cbcnn_codegen.targets import TARGETS, Target
from cbcnn_codegen.verify import emulate
from cbcnn_codegen.verify.data import prepare_samples
from cbcnn_codegen.verify.expect import expect_reference
from support.complete import COMPLETE
from support.generated import compare_code, generate_code, read_graphs, varied_images
from support.real_networks import NETWORKS
from target.test_emulated_targets import require_target

CHOSEN = ("cortex-m0plus", "cortex-m4", "rv32imac", "aarch64")
EMULATED = [of for of in TARGETS if (of.emulator or of.linux) and (COMPLETE or of.name in CHOSEN)]


@pytest.mark.parametrize("network", NETWORKS if COMPLETE else ["QuickNet"])
@pytest.mark.parametrize("target", EMULATED, ids=lambda target: target.name)
def test_every_value_is_equal_on_the_target(target: Target, network: str, tmp_path: Path) -> None:
    require_target(target)
    model = NETWORKS[network].write(tmp_path / "model.h5")
    read, floats = read_graphs(model)
    images = varied_images(floats, 4)
    np.savez(tmp_path / "images.npz", images=images)
    graph, _ = calibrate(read, tmp_path / "images.npz")
    options = {"optimize": "speed", "calibrate": tmp_path / "images.npz"}
    project = generate_code(model, tmp_path / "code", target.name, name="net", **options)
    samples = prepare_samples(graph, images, None, "test images")
    expected = expect_reference(graph, samples.planes, traced=True)
    for run in emulate.run_target(project, [samples], tmp_path):
        shown = expected if run.traced else expected.without_layers(slice(None))
        comparison = compare_code(project, run.outputs, shown, samples)
        assert comparison.first is None, f"{run.name}: {comparison.first}"
        assert comparison.bits > 0
