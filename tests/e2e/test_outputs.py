"""Maps, several outputs and channel shuffles: the C beside the interpreter and live Larq."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_codegen.errors import UnsupportedLayerError, UsageError
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.project import read_project
from cbcnn_trainer.keras2.backend import larq, tf
from support.commands import codegen, parse_json, profile, verify
from support.generated import PLAIN, QUICK, compare_code, generate_code, run_code
from support.live import compare_sides, draw_input
from support.tools import require_tool

SIZE = (6, 5, 3)
IMAGES = draw_input(SIZE)
BINARY = {"kernel_quantizer": "ste_sign", "use_bias": False}

layers, quant = tf.keras.layers, larq.layers


def norm(x: Any, name: str | None = None) -> Any:
    return layers.BatchNormalization(name=name)(x)


def fill(model: Any) -> None:
    """Batch norms as after training, of sums of signs; other weights at random."""
    rng = np.random.default_rng(7)
    for variable in model.variables:
        name, shape = variable.name, tuple(variable.shape)
        values = rng.normal(0, 1, shape)
        if "variance" in name:
            values = rng.uniform(1, 30, shape)
        elif "mean" in name:
            values *= 5
        variable.assign(values)


def heads(wanted: Sequence[str]) -> Any:
    """A network with so many of its values as outputs."""
    made = {"image": tf.keras.Input(SIZE, name="image")}
    x = quant.QuantConv2D(35, 3, padding="same", name="wide", **BINARY)(made["image"])
    made["signs"] = larq.quantizers.SteSign(name="signs")(norm(x))
    made["averaged"] = layers.AveragePooling2D((2, 1), name="averaged")(made["signs"])
    made["sums"] = quant.QuantConv2D(4, 3, strides=2, name="sums", **BINARY)(made["signs"])
    made["map"] = norm(made["sums"], "map")
    made["means"] = norm(layers.AveragePooling2D((2, 1))(made["sums"]), "means")
    made["seg"] = layers.Conv2D(2, 1, activation="sigmoid", name="seg")(made["map"])
    flat = layers.Flatten()(larq.quantizers.SteSign()(made["map"]))
    made["scores"] = norm(quant.QuantDense(5, **BINARY)(flat), "scores")
    made["soft"] = layers.Softmax(name="soft")(made["scores"])
    others = larq.quantizers.SteSign()(norm(quant.QuantConv2D(4, 1, **BINARY)(made["signs"])))
    made["joined"] = layers.Concatenate(name="joined")([made["signs"], others])
    made["axes"] = layers.Reshape((1, 2, 2, 4), name="axes")(made["map"])
    return tf.keras.Model(made["image"], [made[name] for name in wanted])


def save(model: Any, folder: Path) -> Path:
    fill(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(folder / "model.h5")
    return folder / "model.h5"


ENDS = {
    ("signs",): 1,
    ("sums",): 1,
    ("map",): 1,
    ("joined",): 1,
    ("axes", "sums"): 1,
    ("means", "scores"): 1,
    ("averaged", "scores"): 1,
    ("scores", "signs", "map", "scores", "sums"): 1,
    ("image", "seg", "soft", "signs", "scores", "map"): 2,
}


@pytest.mark.parametrize("ends", ENDS, ids=",".join)
def test_every_output_has_a_buffer_with_what_the_live_model_puts_out(
    ends: tuple[str, ...], tmp_path: Path
) -> None:
    require_tool("gcc", "gcc")
    model = save(heads(ends), tmp_path)
    build = QUICK if len(ends) == 5 else PLAIN
    target = "cortex-m4" if "signs" in ends else "host"
    sides = compare_sides(model, IMAGES, tmp_path, build=build, target=target)
    sides.demand_equality()
    assert sides.live.logits.agree
    assert sides.lowered.level == ENDS[ends]
    outputs = sides.project.outputs
    assert [output.layer for output in outputs] == list(ends)
    assert len({output.name for output in outputs}) == len(ends)
    compared = {tally.name for tally in sides.live.layers.values()}
    exact = {"signs", "sums", "joined", "image"} & {*ends}
    assert {f"output of {name}" for name in exact} <= compared
    header = (sides.project.folder / sides.project.header).read_text()
    assert "_classify" not in header
    for output in outputs:
        assert f"{output.name}, of layer {output.layer}:" in header


def test_the_scaled_image_is_an_output_as_its_layer_makes_it(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    image = tf.keras.Input(SIZE)
    scaled = layers.Rescaling(0.5, 0.25, name="scaled")(image)
    sums = norm(quant.QuantConv2D(4, 3, **BINARY)(scaled))
    model = save(tf.keras.Model(image, [scaled, sums]), tmp_path)
    rescale = (1 / 64, -1.0)
    sides = compare_sides(model, IMAGES, tmp_path, build=PLAIN, rescale=rescale, input_type="uint8")
    sides.demand_equality()
    assert sides.live.logits.agree


@pytest.mark.parametrize("ends", [("seg",), ("seg", "signs", "scores", "map")], ids=",".join)
def test_quantized_outputs_equal_their_own_interpreter(
    ends: tuple[str, ...], tmp_path: Path
) -> None:
    require_tool("gcc", "gcc")
    model, data = save(heads(ends), tmp_path), tmp_path / "data.npz"
    np.savez(data, images=IMAGES, labels=np.full(len(IMAGES), 99))
    project = generate_code(model, tmp_path / "code", calibrate=data)
    assert project.level == 3
    assert project.calibration is not None
    assert project.calibration.off < 0.05
    lowered = lower(read_model(model).graph, project.ranges)
    samples, outputs = run_code(project, IMAGES, lowered, PLAIN, tmp_path / "build")
    expected = expect_reference(lowered, samples.planes, traced=True)
    assert compare_code(project, outputs, expected, samples).first is None


def test_an_output_does_not_stay_in_the_arena(tmp_path: Path) -> None:
    """It is copied out as soon as it is there, so later maps take its place."""
    arenas = []
    for ends in (["scores"], ["scores", "signs"]):
        request = Request(save(heads(ends), tmp_path), "cortex-m4", name="net", measure=False)
        arenas.append(generate(request).report.ram_bytes.arena)
    assert arenas[0] == arenas[1]


def test_every_command_takes_a_network_without_classes_or_says_why_not(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    model, code, data = (
        save(heads(["map", "signs"]), tmp_path),
        tmp_path / "code",
        tmp_path / "i.npz",
    )
    np.savez(data, images=IMAGES)
    made = codegen(model, "--target", "host", "--name", "net", "-o", code)
    assert made.returncode == 0, made.stderr
    assert "out_signs" in (code / "report.md").read_text()
    assert "out_map" in (code / "report.html").read_text()
    checked = verify(model, code, "--data", data, "--builds", "quick", "--json")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["accuracy_c"] is None
    assert parse_json(profile(code, "--json"))["class"] is None
    refused = verify(model, code, "--data", data, "--predictions")
    assert refused.returncode == 2
    assert "a network that answers with a class" in refused.stderr
    refused = codegen(model, "--board", "nucleo-f446re", "-o", tmp_path / "board")
    assert refused.returncode == 2
    assert "'map', 'signs'" in refused.stderr
    assert "--target cortex-m4 in place of --board" in refused.stderr
    assert not (tmp_path / "board").exists()
    with pytest.raises(UsageError, match="--samples would have no effect"):
        generate(Request(model, "host", samples=data))
    with pytest.raises(UsageError, match="shows the class of an image"):
        generate(Request(model, "cortex-m4", project=("cmake", "arduino")))
    assert read_project(code).classes == 0


def shuffled(kind: str) -> Any:
    """ShuffleNet's exchange of groups of channels, of signs or numbers, as people write it."""
    image = tf.keras.Input((4, 6, 3))
    x = norm(quant.QuantConv2D(12, 3, padding="same", **BINARY)(image))
    if kind == "of signs":
        x = larq.quantizers.SteSign()(x)
    if kind == "of floats":
        x = layers.Conv2D(12, 1, groups=3)(x)
    if "in TensorFlow" in kind:
        x = tf.transpose(tf.reshape(x, [-1, 4, 6, 3, 4]), [0, 1, 2, 4, 3])
        x = tf.reshape(x, [-1, 4, 6, 12])
    else:
        x = layers.Permute((1, 2, 4, 3))(layers.Reshape((4, 6, 3, 4))(x))
        x = layers.Reshape((4, 6, 12))(x)
    if "of blocks" in kind:
        x = layers.Permute((1, 4, 2, 3))(layers.Reshape((2, 2, 6, 12))(x))
        x = layers.Reshape((2, 12, 12))(x)
    options = {} if kind == "of signs" else {"input_quantizer": "ste_sign"}
    x = norm(quant.QuantConv2D(9, 2, **BINARY, **options)(x))
    return tf.keras.Model(image, layers.Dense(4)(layers.Flatten()(x)))


@pytest.mark.parametrize("kind", ["of signs", "of floats", "in TensorFlow of blocks"])
def test_a_channel_shuffle_moves_signs_and_numbers_as_the_live_model(
    kind: str, tmp_path: Path
) -> None:
    require_tool("gcc", "gcc")
    images = draw_input((4, 6, 3))
    sides = compare_sides(save(shuffled(kind), tmp_path), images, tmp_path, build=PLAIN)
    sides.demand_equality()
    assert sides.live.logits.agree
    moves = {layer.kernel for layer in sides.project.layers if "gather" in layer.kernel}
    assert moves <= {"gather_b1_b1", "gather_f32_f32"}
    assert ("gather_b1_b1" in moves) or kind == "of floats"


def test_what_no_map_of_three_axes_expresses_is_refused_once_with_a_cure(tmp_path: Path) -> None:
    image = tf.keras.Input((4, 6, 3))
    x = quant.QuantConv2D(8, 3, padding="same", **BINARY)(image)
    x = layers.BatchNormalization(name="norm")(layers.Reshape((2, 2, 6, 8))(x))
    x = layers.Permute((4, 3, 2, 1), name="turned")(x)
    model = tf.keras.Model(image, layers.Reshape((8, 6, 4))(x))
    with pytest.raises(UnsupportedLayerError) as refused:
        read_model(save(model, tmp_path))
    assert "BatchNormalization of a value of shape (2, 2, 6, 8)" in str(refused.value)
    assert "a Reshape to three axes in front of it" in str(refused.value)
    model = tf.keras.Model(image, layers.Permute((4, 3, 2, 1))(model.get_layer("norm").input))
    with pytest.raises(UnsupportedLayerError, match="at most three groups of axes"):
        read_model(save(model, tmp_path))
