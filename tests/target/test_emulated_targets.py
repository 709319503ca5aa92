"""The code for every microcontroller runs on an emulated one and computes the same bits."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.targets import TARGETS, Target, find_target
from cbcnn_codegen.verify import emulate
from cbcnn_codegen.verify.data import prepare_samples
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.project import Project
from support.complete import COMPLETE, image_count
from support.generated import compare_code, generate_code, read_graphs
from support.tools import require_tool

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "examples" / "models"
SIGNS = MODELS / "signs"
MNIST = MODELS / "mnist"
CORES = (
    *("cortex-m0plus", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imac"),
    "aarch64",
)
ON_CORES = [(path.parent.name, core) for path in MODELS.glob("*/model.h5") for core in CORES]
if not COMPLETE:
    ON_CORES = [
        *(("gtsrb-residual-small", core) for core in CORES[::2]),
        *(("gtsrb-quicknet-small", core) for core in CORES[1::2]),
    ]
"""A model of floats on every core; those of signs have tests of their own below."""
EMULATED = [target for target in TARGETS if target.emulator or target.linux]
MEASURED = [target for target in EMULATED if target.emulator is not None]
"""Those whose stack is told: a program of Linux has one that grows."""
IN_ALL_MODES = EMULATED if COMPLETE else MEASURED
"""The code with vectors takes long to compile."""


def require_target(target: Target) -> None:
    emulator = target.emulator or target.linux
    assert emulator is not None
    require_tool(target.compiler[0], target.toolchain.packages)
    require_tool(emulator.program, emulator.package)


def sample_images(model: Path = SIGNS, limit: int = 3) -> np.ndarray[Any, Any]:
    from cbcnn_inputs.datasets import load_images

    return load_images(model / "samples", limit=limit).images


def images_of(model: Path, count: int) -> np.ndarray[Any, Any]:
    """Images of the complete test set where there is one, else the samples that are shipped."""
    from cbcnn_inputs.datasets import load_images, signs

    dataset = json.loads((model / "metrics.json").read_text())["settings"]["dataset"]
    if dataset == "signs":
        return signs.draw("test", count)[0]
    data = os.environ.get("CBCNN_DATA")
    return load_images(Path(data) / dataset if data else model / "samples", count).images


def run_everywhere(
    target: Target, model: Path, images: np.ndarray[Any, Any], folder: Path, **options: Any
) -> Project:
    """Run the code for a target in its emulator, traced and as it ships, and compare."""
    require_target(target)
    project = generate_code(model, folder / "code", target.name, **options)
    _, lowered = read_graphs(model)
    samples = prepare_samples(lowered, images, None, "test images")
    expected = expect_reference(lowered, samples.planes, traced=True)
    runs = list(emulate.run_target(project, [samples], folder))
    assert [run.traced for run in runs] == [False, True]
    for run in runs:
        shown = expected if run.traced else expected.without_layers(slice(None))
        comparison = compare_code(project, run.outputs, shown, samples)
        assert comparison.first is None, f"{run.name}: {comparison.first}"
        assert comparison.bits > 0
    return project


@pytest.mark.parametrize("target", EMULATED, ids=lambda target: target.name)
def test_the_shipped_model_computes_the_same_on_the_target(target: Target, tmp_path: Path) -> None:
    run_everywhere(target, SIGNS / "model.h5", sample_images(), tmp_path)


@pytest.mark.parametrize(("name", "target_name"), ON_CORES)
def test_images_of_shipped_models_of_each_level_compute_the_same(
    name: str, target_name: str, tmp_path: Path
) -> None:
    """Fifty of each model on each core with `make parity`, a few in CI."""
    model = MODELS / name
    images = images_of(model, image_count(2, 50))
    run_everywhere(find_target(target_name), model / "model.h5", images, tmp_path)


@pytest.mark.parametrize("target", IN_ALL_MODES, ids=lambda target: target.name)
def test_float_logits_are_the_same_on_the_target(target: Target, tmp_path: Path) -> None:
    run_everywhere(
        target, SIGNS / "model.h5", sample_images(), tmp_path, scores="float", optimize="speed"
    )


@pytest.mark.parametrize("target", IN_ALL_MODES, ids=lambda target: target.name)
def test_maps_over_their_inputs_compute_the_same_on_the_target(
    target: Target, tmp_path: Path
) -> None:
    """In mode ram, with the image in the arena, where the first layer writes over it."""
    images = sample_images(MNIST, limit=1)
    project = run_everywhere(target, MNIST / "model.h5", images, tmp_path, optimize="ram")
    assert project.image_in_arena is not None


@pytest.mark.parametrize("target", EMULATED, ids=lambda target: target.name)
def test_code_that_is_compiled_for_size_computes_the_same_on_the_target(
    target: Target, tmp_path: Path
) -> None:
    images = sample_images(limit=1)
    project = run_everywhere(target, SIGNS / "model.h5", images, tmp_path, optimize="size")
    assert "-Os" in project.compiler_flags


@pytest.mark.parametrize("target", MEASURED, ids=lambda target: target.name)
def test_measured_stack_is_within_what_the_report_promises(target: Target, tmp_path: Path) -> None:
    require_target(target)
    project = generate_code(SIGNS / "model.h5", tmp_path / "code", target.name, measure=True)
    _, lowered = read_graphs(SIGNS / "model.h5")
    samples = prepare_samples(lowered, sample_images(), None, "test images")
    shipped = next(emulate.run_target(project, [samples], tmp_path))
    measured = int(shipped.outputs.stack_bytes.max())
    promised = project.ram_bytes.stack
    assert promised is not None
    assert 0 < measured <= promised
