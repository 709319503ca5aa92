"""Generated C computes the same where numbers begin with their highest byte."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from cbcnn_codegen.calibrate import calibrate
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.passes import lower
from cbcnn_codegen.verify.data import Samples, as_rgb565, prepare_samples
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.datasets import load_images
from support.big_endian import run_big_endian
from support.commands import ROOT, SIGNS
from support.complete import COMPLETE, image_count
from support.generated import (
    compare_code,
    generate_code,
    generate_graph,
    read_graphs,
    varied_images,
)
from support.graphs import graphs
from support.real_networks import NETWORKS

MODELS = ROOT / "examples" / "models"


def compare_big_endian(project: Project, graph: Graph, samples: Samples, folder: Path) -> None:
    expected = expect_reference(graph, samples.planes, traced=True)
    comparison = compare_code(project, run_big_endian(project, samples, folder), expected, samples)
    assert comparison.first is None, comparison.first
    assert comparison.bits > 0


@pytest.mark.parametrize(
    ("name", "word_bits"),
    [("mnist-small", 8), ("mnist-small", 64), ("gtsrb-residual-small", 32)]
    + ([("gtsrb", 32), ("gtsrb-quicknet-small", 64), ("mnist", 16)] if COMPLETE else []),
)
def test_shipped_models_of_signs_and_of_floats(name: str, word_bits: int, tmp_path: Path) -> None:
    model = MODELS / name / "model.h5"
    project = generate_code(model, tmp_path / "code", "portable", word_bits=word_bits)
    _, lowered = read_graphs(model)
    images = load_images(MODELS / name / "samples", limit=image_count(1, 20)).images
    samples = prepare_samples(lowered, images, None, "test images")
    compare_big_endian(project, lowered, samples, tmp_path)


def test_colours_that_are_packed_in_halfwords(tmp_path: Path) -> None:
    """RGB565 is what the machine has as 16 bits: a caller whose camera sends bytes turns them."""
    project = generate_code(SIGNS / "model.h5", tmp_path / "code", "portable", name="signs")
    _, lowered = read_graphs(SIGNS / "model.h5")
    images = load_images(SIGNS / "samples", limit=1).images
    samples = as_rgb565(prepare_samples(lowered, images, None, "test images"), lowered)
    assert samples.images.dtype == np.uint16
    compare_big_endian(project, lowered, samples, tmp_path)


def test_a_network_that_is_quantized(tmp_path: Path) -> None:
    model = NETWORKS["QuickNet"].write(tmp_path / "model.h5")
    read, floats = read_graphs(model)
    images = varied_images(floats, 4)
    np.savez(tmp_path / "images.npz", images=images)
    graph, _ = calibrate(read, tmp_path / "images.npz")
    options = {"calibrate": tmp_path / "images.npz"}
    project = generate_code(model, tmp_path / "code", "portable", name="net", **options)
    samples = prepare_samples(graph, images, None, "test images")
    compare_big_endian(project, graph, samples, tmp_path)


@settings(max_examples=100 if COMPLETE else 3)
@given(graph=graphs())
def test_networks_as_they_are_drawn(graph: Graph) -> None:
    with tempfile.TemporaryDirectory(prefix="cbcnn-test-order-") as name:
        lowered = lower(graph)
        project = generate_graph(lowered, Path(name) / "code", "portable")
        samples = prepare_samples(lowered, varied_images(lowered, 3), None, "test images")
        compare_big_endian(project, lowered, samples, Path(name))
