"""From a camera's frame to a class: the C makes of a frame what training makes of a picture."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cbcnn_codegen.cli import command as codegen
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.ir import Graph, Input, Shape, chain_graph
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.options import MODES
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify import emulate
from cbcnn_codegen.verify.build import compile_project
from cbcnn_codegen.verify.camera import camera_samples
from cbcnn_codegen.verify.cli import command as verify
from cbcnn_codegen.verify.compare import PLANE, Comparison
from cbcnn_codegen.verify.data import Samples, Source, prepare_samples
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.harness import run_program
from cbcnn_codegen.verify.project import Project, read_project
from cbcnn_inputs.errors import CbcnnError, DataError, UsageError
from cbcnn_inputs.frame_pixels import decode_frame, encode_frame, image_of_frame
from cbcnn_inputs.frames import FORMATS, Camera
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.fit import Fit
from cbcnn_inputs.own_pictures.scale import fitted
from support.commands import ROOT, SIGNS
from support.complete import COMPLETE
from support.generated import CAREFUL, generate_code, generate_graph, read_graphs
from support.tools import require_tool

SMALL = ROOT / "tests" / "golden" / "compressed.h5"
"""8x9 pixels, with an Image Compression Block for colours."""

BLOCK = ImageCompression(luma=True, equalise=True, standardise_scale=64)
BLOCKS = (None, BLOCK, ImageCompression(luma=True, equalise=False, standardise_scale=None))


def small_graph(fit: PictureFit, block: ImageCompression | None) -> Graph:
    """A dense layer on the image that `fit` and the block make."""
    rng = np.random.default_rng(fit.width)
    if block is not None and fit.channels == "grey":
        block = replace(block, luma=False)
    channels = 3 if block is None and fit.channels == "rgb" else 1
    source = Input(
        "image",
        Shape(fit.height, fit.width, channels),
        "uint8" if block is None else block.output_type,
    )
    dense = BinaryDense.draw("dense", rng, source.type)
    dense = replace(dense, thresholds=None, complement=None)
    scores = Scores.draw("scores", rng, dense.infer(source.type))
    graph = chain_graph("net", source, (dense, scores))
    return replace(graph, preprocessing=block, pictures=fit)


def compare_frames(project: Project, graph: Graph, folder: Path) -> Comparison:
    """Frames in both ways, in a build with sanitizers."""
    folder.mkdir()
    shape = graph.input.shape
    noise = np.random.default_rng(1).integers(0, 256, (4, *shape)).astype(np.uint8)
    images = noise.view(np.int8) if graph.input.dtype == "int8" else noise
    assert project.camera is not None
    lines = camera_samples(prepare_samples(graph, images, None, ""), project.camera, graph)
    expected = expect_reference(graph, lines.planes, traced=True)
    program = compile_project(project, CAREFUL, folder)
    comparison = Comparison()
    for source in (Source.LINES, Source.FRAMES):
        samples: Samples = replace(lines, source=source)
        outputs = run_program("test", project, program, samples, len(samples))
        comparison.add(project, outputs, expected, samples.planes, 0)
    return comparison


SIDES = st.one_of(st.integers(1, 4), st.integers(5, 60))


@settings(
    max_examples=120 if COMPLETE else 5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(
    camera=st.builds(Camera, SIDES, SIDES, st.sampled_from(list(FORMATS))),
    fit=st.builds(
        PictureFit,
        st.integers(1, 40),
        st.integers(1, 40),
        st.sampled_from(get_args(Fit)),
        st.sampled_from(["grey", "rgb"]),
    ),
    block=st.sampled_from(BLOCKS),
    optimize=st.sampled_from(MODES),
)
def test_frames_of_any_camera_become_the_image_of_training(
    camera: Camera,
    fit: PictureFit,
    block: ImageCompression | None,
    optimize: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    require_tool("gcc", "gcc")
    folder = tmp_path_factory.mktemp("camera")
    graph = small_graph(fit, block)
    project = generate_graph(graph, folder / "code", optimize=optimize, camera=camera)
    comparison = compare_frames(project, graph, folder / "build")
    assert comparison.mismatched_bits == 0, comparison.first
    assert comparison.layers[PLANE].bits > 0


def test_an_image_in_the_arena_is_made_beside_the_sums_of_lines(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    model = ROOT / "examples" / "models" / "signs" / "model.h5"
    project = generate_code(
        model, tmp_path / "code", optimize="ram", camera=Camera(161, 90, "nv12")
    )
    assert project.image_in_arena is not None
    _, graph = read_graphs(model)
    comparison = compare_frames(project, graph, tmp_path / "build")
    assert comparison.mismatched_bits == 0, comparison.first


@pytest.mark.parametrize("target", ["cortex-m0", "rv32imc", "atmega2560"])
def test_an_emulated_target_makes_the_image_of_training_too(target: str, tmp_path: Path) -> None:
    of = find_target(target)
    require_tool(of.compiler[0], of.toolchain.packages)
    if of.emulator is not None:
        require_tool(of.emulator.program, of.emulator.package)
    graph = small_graph(PictureFit(9, 8, "pad"), BLOCK)
    project = generate_graph(graph, tmp_path / "code", target, camera=Camera(37, 21, "nv12"))
    noise = np.random.default_rng(2).integers(-128, 128, (3, 8, 9, 1)).astype(np.int8)
    assert project.camera is not None
    images = prepare_samples(graph, noise, None, "noise")
    kinds = [images, camera_samples(images, project.camera, graph)]
    found = set()
    for run in emulate.run_target(project, kinds, tmp_path):
        samples = kinds[run.kind]
        expected = expect_reference(graph, samples.planes, traced=True)
        shown = expected if run.traced else expected.without_layers(slice(None))
        comparison = Comparison()
        comparison.add(project, run.outputs, shown, samples.planes, 0)
        assert comparison.mismatched_bits == 0, f"{run.name}: {comparison.first}"
        found |= {PLANE} & {*comparison.layers}
    assert found == {PLANE}


def test_a_scale_that_is_off_by_one_is_found(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    graph = small_graph(PictureFit(7, 5), BLOCK)
    project = generate_graph(graph, tmp_path / "code", camera=Camera(33, 21, "yuyv"))
    source = tmp_path / "code" / "net.c"
    text = source.read_text(encoding="utf-8")
    assert text.count("weights / 2) / weights") == 1
    source.write_text(text.replace("weights / 2) / weights", "weights / 3) / weights"))
    comparison = compare_frames(project, graph, tmp_path / "build")
    assert comparison.layers[PLANE].mismatched_bits > 0


@pytest.mark.parametrize("name", FORMATS)
def test_a_frame_shows_the_picture_that_it_was_made_of(name: str) -> None:
    for width, height in ((6, 4), (7, 5), (1, 1)):
        picture = np.empty((height, width, 3), np.uint8)
        picture[:] = (200, 90, 40)
        camera = Camera.parse(f"{width}x{height}:{name}")
        frame = encode_frame(picture, camera)
        assert frame.shape == (camera.frame_bytes,)
        found = decode_frame(frame, camera).astype(int)
        assert np.abs(found - (115 if name == "grey" else picture)).max() <= 7
        fit = PictureFit(3, 2, "pad", "rgb")
        image = image_of_frame(frame, camera, fit)
        np.testing.assert_array_equal(image, fitted(decode_frame(frame, camera), fit))


@pytest.mark.parametrize(
    ("name", "code", "shape"),
    [
        ("yuyv-limited", cv2.COLOR_YUV2RGB_YUYV, (40, 64, 2)),
        ("uyvy-limited", cv2.COLOR_YUV2RGB_UYVY, (40, 64, 2)),
        ("nv12-limited", cv2.COLOR_YUV2RGB_NV12, (60, 64)),
    ],
)
def test_colours_are_those_of_opencv_but_for_the_last_bit(
    name: str, code: int, shape: tuple[int, ...]
) -> None:
    camera = Camera(64, 40, name)
    frame = np.random.default_rng(0).integers(16, 256, camera.frame_bytes).astype(np.uint8)
    theirs = cv2.cvtColor(frame.reshape(shape), code).astype(int)
    assert np.abs(theirs - decode_frame(frame, camera)).max() <= 1


def test_a_frame_of_another_size_is_refused() -> None:
    with pytest.raises(DataError, match="no frame of 4x2:rgb888"):
        decode_frame(np.zeros(23, np.uint8), Camera(4, 2, "rgb888"))


@pytest.mark.parametrize(
    "text",
    ["", "640x480", "640x480:rgb666", "0x480:grey", "640x480:", "16385x1:grey", "16384x1025:grey"],
)
def test_a_camera_that_there_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Camera.parse(text)
    assert str(Camera.parse("16384x1024:grey")) == "16384x1024:grey"


def request(model: Path, **options: Any) -> Request:
    return Request(model=model, target="host", measure=False, name="net", **options)


def test_a_guessed_fit_is_told_and_a_chosen_one_is_used() -> None:
    camera = Camera(64, 48, "grey")
    guessed = generate(request(SIGNS / "model.h5", camera=camera))
    assert [note for note in guessed.notes if "--fit" in note]
    assert guessed.report.camera is not None
    assert guessed.report.camera.fit == PictureFit(32, 32, "crop", "rgb")
    chosen = generate(request(SIGNS / "model.h5", camera=camera, fit="pad"))
    assert not [note for note in chosen.notes if "--fit" in note]
    assert "32x32, pad, rgb" in chosen.files["report.md"]
    assert "32x32, pad, rgb" in chosen.files["net.h"]


def test_a_fit_that_would_change_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="--fit"):
        generate(request(SIGNS / "model.h5", fit="pad"))


def test_an_image_that_no_camera_makes_is_refused() -> None:
    graph = replace(small_graph(PictureFit(4, 4), BLOCK), preprocessing=None, pictures=None)
    with pytest.raises(CbcnnError, match="cannot become this network's image"):
        generate_graph(graph, Path("unused"), camera=Camera(8, 8, "grey"))


def test_code_without_a_camera_has_nothing_of_one() -> None:
    files = generate(request(SIGNS / "model.h5")).files
    assert not [name for name, text in files.items() if "camera_" in text or "scaling" in text]


def test_verify_compares_the_whole_way_from_frame_to_class(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require_tool("gcc", "gcc")
    model, code = str(SMALL), str(tmp_path / "code")
    options = ["--camera", "48x32:rgb565-be", "--fit", "stretch", "--no-measure"]
    codegen.main([model, "--target", "host", "-o", code, *options], standalone_mode=False)
    read = read_project(tmp_path / "code")
    assert read.options.camera == Camera(48, 32, "rgb565-be")
    capsys.readouterr()
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 9, 3)).astype(np.uint8)
    np.savez(tmp_path / "images.npz", images=images)
    data = ["--data", str(tmp_path / "images.npz"), "--builds", "quick", "--json"]
    verify.main([model, code, *data], standalone_mode=False)
    result = json.loads(capsys.readouterr().out)
    names = Counter(build["name"].partition(", ")[2] for build in result["builds"])
    assert (names["lines of a camera"], names["frames of a camera"]) == (2, 2)
    assert result["mismatched_bits"] == 0
