"""Networks with floats in the middle: the C equals the interpreter in every bit of every value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.verify.builds import SANITIZED, Build, choose_builds
from cbcnn_codegen.verify.expect import expect_reference
from support import small_layers
from support.generated import compare_code, generate_code, read_graphs, run_code, varied_images
from support.keras_files import write_h5
from support.real_networks import NETWORKS, plain, quicknet_of
from support.tools import require_tool

GNU = Build("gcc in its own dialect", "gcc", ("-std=gnu11", "-O3", "-march=native"))
"""A product and a sum may become one there, where the C does not forbid it."""
BUILDS = (Build("gcc -O2", "gcc", ("-std=c99", "-O2")), GNU, SANITIZED)


@pytest.fixture(scope="module", params=NETWORKS)
def model(request: Any, tmp_path_factory: Any) -> Path:
    folder: Path = tmp_path_factory.mktemp("real")
    return NETWORKS[request.param].write(folder / "model.h5")


@pytest.mark.parametrize("optimize", ["balanced", "ram", "size"])
def test_every_value_is_equal_in_every_build(model: Path, optimize: str, tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    _, graph = read_graphs(model)
    assert graph.level == 2
    project = generate_code(model, tmp_path / "code", name="net", optimize=optimize)
    images = varied_images(graph, 4)
    for build in BUILDS:
        samples, outputs = run_code(project, images, graph, build, tmp_path / build.name)
        expected = expect_reference(graph, samples.planes, traced=True)
        compared = compare_code(project, outputs, expected, samples)
        assert compared.mismatched_bits == 0, (build.name, compared.first)
        assert {layer.name for layer in project.layers} <= expected.layers.keys()


def test_clang_s_sanitizers_find_nothing(model: Path, tmp_path: Path) -> None:
    """They know more of what C leaves undefined than those of gcc: a null pointer plus 0, say."""
    require_tool("clang", "clang")
    _, graph = read_graphs(model)
    project = generate_code(model, tmp_path / "code", name="net")
    build = next(each for each in choose_builds("full").others if each.name == "clang sanitizers")
    images = varied_images(graph, 4)
    samples, outputs = run_code(project, images, graph, build, tmp_path / "build")
    expected = expect_reference(graph, samples.planes, traced=True)
    assert compare_code(project, outputs, expected, samples).first is None


def test_words_of_32_bits_share_memory_with_floats(model: Path, tmp_path: Path) -> None:
    """As on a microcontroller, compiled for this machine."""
    require_tool("gcc", "gcc")
    _, graph = read_graphs(model)
    project = generate_code(model, tmp_path / "code", "cortex-m4", name="net", optimize="ram")
    samples, outputs = run_code(project, varied_images(graph, 4), graph, SANITIZED, tmp_path / "b")
    expected = expect_reference(graph, samples.planes, traced=True)
    compared = compare_code(project, outputs, expected, samples)
    assert compared.mismatched_bits == 0, compared.first
    floats = sum(layer.output_bytes for layer in project.layers if layer.kind == "reals")
    assert project.ram_bytes.arena < floats / 2


def test_the_scores_are_the_last_floats(model: Path, tmp_path: Path) -> None:
    before, graph = read_graphs(model)
    project = generate_code(model, tmp_path / "code", name="net")
    assert project.scores.type == "float"
    images = varied_images(graph, 4)
    then, now = reference.run(before, images), reference.run(graph, images)
    np.testing.assert_array_equal(now.scores, then.scores)
    _, outputs = run_code(project, images, graph, BUILDS[0], tmp_path / "build")
    np.testing.assert_array_equal(outputs.scores[0], now.scores)


def test_header_and_report_name_the_level(model: Path, tmp_path: Path) -> None:
    project = generate_code(model, tmp_path / "code", name="net")
    assert project.level == 2
    header = (tmp_path / "code" / "net.h").read_text()
    assert "Exact in a documented order (level 2)" in header
    assert "level 2, float32" in (tmp_path / "code" / "report.md").read_text()


def test_a_network_that_ends_real_takes_the_order_of_floats(tmp_path: Path) -> None:
    """A bend behind a norm of sums, and a maximum behind it, which no scores are made of."""
    require_tool("gcc", "gcc")
    layers = [
        small_layers.image(),
        small_layers.conv(),
        small_layers.norm(3),
        plain("Activation", "relu", activation="relu"),
        plain("GlobalMaxPooling2D", "largest", keepdims=False),
    ]
    model = write_h5(tmp_path / "model.h5", layers)
    before, graph = read_graphs(model)
    project = generate_code(model, tmp_path / "code", name="net")
    assert "norm_f32_f32" in {layer.kernel for layer in project.layers}
    images = varied_images(graph, 4)
    _, outputs = run_code(project, images, graph, SANITIZED, tmp_path / "build")
    np.testing.assert_array_equal(outputs.scores[0], reference.run(before, images).scores)


def test_a_quicknet_holds_one_stream_and_no_map_of_sums(tmp_path: Path) -> None:
    """64x64x3, sections of 16, 32, 64 and 128 filters: the stem's map and what is made of it."""
    require_tool("gcc", "gcc")
    model = quicknet_of((16, 32, 64, 128), 64).write(tmp_path / "model.h5")
    _, graph = read_graphs(model)
    project = generate_code(model, tmp_path / "code", "cortex-m4", name="net")
    stem, shrunk = 32 * 32 * 4 * 4, 16 * 16 * 4 * 4
    assert project.ram_bytes.arena <= stem + shrunk + 256
    assert project.flash_bytes.weights + project.flash_bytes.constants < 1.15 * 105_000
    assert not {"float_i32_f32", "float_plane_f32", "norm_f32_f32", "add_f32_f32"} & {
        layer.kernel for layer in project.layers
    }
    samples, outputs = run_code(project, varied_images(graph, 3), graph, SANITIZED, tmp_path / "b")
    expected = expect_reference(graph, samples.planes, traced=True)
    compared = compare_code(project, outputs, expected, samples)
    assert compared.mismatched_bits == 0, compared.first
