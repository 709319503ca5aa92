"""Quantized networks: the C equals their own interpreter in every bit of every value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.calibrate import calibrate
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.passes import lower
from cbcnn_codegen.verify.builds import SANITIZED, Build
from cbcnn_codegen.verify.expect import expect_reference
from support.commands import assert_clean_error, codegen, parse_json, verify
from support.generated import compare_code, generate_code, read_graphs, run_code, varied_images
from support.keras_files import write_h5
from support.real_networks import NETWORKS, quicknet_of
from support.small_layers import dense, image
from support.tools import require_tool

SHIPPED = Path(__file__).parents[2] / "examples" / "models" / "gtsrb-residual-small"
DATA = 6
"""Exit code of data that cannot be used."""
BUILDS = (Build("gcc -O2", "gcc", ("-std=c99", "-O2")), SANITIZED)


@pytest.fixture(scope="module", params=NETWORKS)
def model(request: Any, tmp_path_factory: Any) -> Path:
    folder: Path = tmp_path_factory.mktemp("quantized")
    return NETWORKS[request.param].write(folder / "model.h5")


@pytest.fixture(scope="module")
def data(model: Path) -> Path:
    """Images, and as labels the classes of the network of floats."""
    _, graph = read_graphs(model)
    images = varied_images(graph, 12)
    path = model.parent / "images.npz"
    np.savez(path, images=images, labels=reference.run(graph, images, keep=()).classes)
    return path


def quantized(model: Path, data: Path) -> Graph:
    read, _ = read_graphs(model)
    graph, _ = calibrate(read, data)
    return graph


@pytest.mark.parametrize(
    ("target", "optimize"), [("host", "balanced"), ("cortex-m4", "ram"), ("cortex-m0plus", "size")]
)
def test_every_value_is_equal_in_every_build(
    model: Path, data: Path, target: str, optimize: str, tmp_path: Path
) -> None:
    require_tool("gcc", "gcc")
    graph = quantized(model, data)
    assert graph.level == 3
    project = generate_code(
        model, tmp_path / "code", target, name="net", optimize=optimize, calibrate=data
    )
    images = np.load(data)["images"]
    for build in BUILDS if target == "host" else (SANITIZED,):
        samples, outputs = run_code(project, images, graph, build, tmp_path / build.name)
        expected = expect_reference(graph, samples.planes, traced=True)
        compared = compare_code(project, outputs, expected, samples)
        assert compared.mismatched_bits == 0, (build.name, compared.first)
        assert {layer.name for layer in project.layers} <= expected.layers.keys()


def test_no_float_is_left(model: Path, data: Path, tmp_path: Path) -> None:
    project = generate_code(model, tmp_path / "code", name="net", calibrate=data)
    code = re.sub(r"/\*.*?\*/", "", (tmp_path / "code" / "net.c").read_text(), flags=re.DOTALL)
    assert not re.search(r"\b(float|double)\b", code)
    assert project.scores.type == "int64"
    assert {layer.kind for layer in project.layers} >= {"signs", "int8", "int16"}


def test_header_and_report_name_the_level(model: Path, data: Path, tmp_path: Path) -> None:
    project = generate_code(model, tmp_path / "code", name="net", calibrate=data)
    assert project.level == 3
    header = (tmp_path / "code" / "net.h").read_text()
    assert "Quantized (level 3)" in header
    assert "xact in a documented order" not in header
    report = (tmp_path / "code" / "report.md").read_text()
    assert "level 3, quantized" in report
    assert "100.00% in float32" in report


def test_most_answers_are_those_of_the_network_of_floats(model: Path, data: Path) -> None:
    """Of random weights, whose classes are closer to each other than those of trained ones."""
    read, graph = read_graphs(model)
    images = np.random.default_rng(5).permuted(np.load(data)["images"][3:], axis=1)
    floats, integers = (reference.run(of, images) for of in (graph, quantized(model, data)))
    assert (floats.classes == integers.classes).mean() >= 0.75
    del read


def test_the_report_alone_says_what_was_quantized(tmp_path: Path) -> None:
    """Verifying needs no calibration images."""
    require_tool("gcc", "gcc")
    model = NETWORKS["residual"].write(tmp_path / "model.h5")
    _, graph = read_graphs(model)
    data = _save(tmp_path / "images.npz", varied_images(graph, 6))
    out = tmp_path / "code"
    options = ("--target", "host", "--no-measure", "-o", out)
    made = codegen(model, *options, "--real-layers", "int8", "--calibrate", data)
    assert made.returncode == 0, made.stderr
    assert "level 3, quantized" in made.stdout
    result = verify(model, out, "--data", data, "--builds", "quick", "--json")
    value = parse_json(result)
    assert value["mismatched_bits"] == 0
    assert value["not_as_generated"] == []
    assert value["beside_floats"]["images"] == 6
    assert value["beside_floats"]["same_class"] >= 4
    assert value["beside_floats"]["accuracy"] is None
    exact = verify(model, out, "--data", data, "--against", "larq")
    assert_clean_error(exact, 2, "another network")


@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m3", "rv32imac"])
def test_a_processor_without_floats_gets_the_advice_with_what_it_saves(
    target: str, tmp_path: Path
) -> None:
    model = NETWORKS["QuickNet"].write(tmp_path / "model.h5")
    data = _save(tmp_path / "images.npz", varied_images(read_graphs(model)[1], 6))
    request = Request(model, target, name="net", measure=False)
    (advice,) = (note for note in generate(request).notes if "--real-layers int8" in note)
    before, after = map(float, re.findall(r"([\d.]+) million", advice))
    assert 5 * after < before
    quantized = generate(replace(request, calibrate=data))
    instructions = sum(layer.instructions_estimated for layer in quantized.report.layers)
    assert after == pytest.approx(instructions / 1e6, rel=0.05, abs=0.051)
    for request_for in (replace(request, target="cortex-m4"), replace(request, calibrate=data)):
        assert not any("--real-layers" in note for note in generate(request_for).notes)


def test_a_quicknet_in_integers_keeps_to_its_budget(tmp_path: Path) -> None:
    """64x64x3, 16 to 128 filters, two blocks each: 66 KB of tables, 16-bit maps in 20 KB."""
    model = quicknet_of((16, 32, 64, 128), 64).write(tmp_path / "model.h5")
    data = _save(tmp_path / "images.npz", varied_images(read_graphs(model)[1], 3))
    report = generate(Request(model, "cortex-m4", calibrate=data, measure=False)).report
    assert report.flash_bytes.weights + report.flash_bytes.constants <= 1.15 * 66_000
    assert report.ram_bytes.arena <= 1.15 * 20 * 1024


def test_integers_take_no_more_memory_than_floats() -> None:
    """Sums of 16 bits lie where words of signs and scratch of 32 bits lay before."""
    request = Request(SHIPPED / "model.h5", "cortex-m4", measure=False)
    floats, integers = (
        generate(replace(request, calibrate=data)).report.ram_bytes.arena
        for data in (None, SHIPPED / "samples")
    )
    assert integers <= floats < 9_000


def test_calibration_takes_images_from_everywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Training files hold one class after the other."""
    read, graph = read_graphs(NETWORKS["residual"].write(tmp_path / "model.h5"))
    images = varied_images(graph, 8)
    images[:4] //= 16
    monkeypatch.setattr("cbcnn_codegen.calibrate.MOST_IMAGES", 4)
    _, of_all = calibrate(read, _save(tmp_path / "all.npz", images))
    _, of_every_other = calibrate(read, _save(tmp_path / "other.npz", images[::2]))
    assert of_all == of_every_other
    assert of_all.images == 4


def _save(path: Path, images: Any) -> Path:
    np.savez(path, images=images)
    return path


BAD: dict[str, tuple[Callable[[Path, Graph], list[Any]], int, str]] = {
    "without images": (lambda _, __: ["--real-layers", "int8"], 2, "--calibrate"),
    "images alone": (lambda path, _: ["--calibrate", path], 2, "--real-layers int8"),
    "of another shape": (
        lambda path, _: _int8(_save(path / "a.npz", np.zeros((3, 5, 5, 1), np.uint8))),
        DATA,
        "do not fit",
    ),
    "all alike": (
        lambda path, graph: _int8(_save(path / "a.npz", varied_images(graph, 3)[[0, 0]])),
        DATA,
        "all alike",
    ),
    "nowhere": (lambda path, _: _int8(path / "none.npz"), DATA, "none.npz"),
}


def _int8(path: Path) -> list[Any]:
    return ["--real-layers", "int8", "--calibrate", path]


@pytest.mark.parametrize("case", BAD)
def test_a_calibration_that_cannot_be_is_one_clear_error(case: str, tmp_path: Path) -> None:
    model = NETWORKS["residual"].write(tmp_path / "model.h5")
    options, code, words = BAD[case]
    out = tmp_path / "code"
    arguments = options(tmp_path, read_graphs(model)[1])
    result = codegen(model, "--target", "host", "--no-measure", "-o", out, *arguments)
    assert_clean_error(result, code, words)
    assert not out.exists()


def test_a_network_without_real_layers_is_not_quantized(tmp_path: Path) -> None:
    model = write_h5(tmp_path / "plain.h5", [image(16), dense(16, "head", 3)])
    path = _save(tmp_path / "images.npz", varied_images(lower(read_graphs(model)[0]), 4))
    out = tmp_path / "code"
    result = codegen(model, "--target", "host", "--no-measure", "-o", out, *_int8(path))
    assert_clean_error(result, 2, "no effect", "real-valued")


def test_a_value_that_is_always_zero_is_no_range(tmp_path: Path) -> None:
    """A ReLU that no image passes."""
    model = NETWORKS["QuickNet"].write(tmp_path / "model.h5")
    _, graph = read_graphs(model)
    path = _save(tmp_path / "images.npz", np.zeros((1, *graph.input.shape), graph.input.dtype))
    out = tmp_path / "code"
    result = codegen(model, "--target", "host", "--no-measure", "-o", out, *_int8(path))
    assert_clean_error(result, DATA, "0 everywhere")
