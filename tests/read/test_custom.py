"""What the user says of custom quantizers, functions and layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.errors import UnsupportedLayerError, UsageError
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.dorefa import Dorefa
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.read import ReadResult, read_model
from support.keras_files import Layer, write_h5, write_keras
from support.small_layers import conv, dense, flatten, image, latent, network

KERNEL = latent(36, 4)
MEANS = np.abs(KERNEL).mean(axis=0)


def own(name: str) -> Any:
    """A function of somebody's own, as Keras stores it."""
    return {"class_name": "function", "config": name, "module": "builtins"}


def read_with(folder: Path, layers: list[Layer], *custom: str) -> ReadResult:
    return read_model(write_h5(folder / "model.h5", layers), custom=custom)


def quantized(name: str = "mine", **options: Any) -> list[Layer]:
    layer = dense(36, kernel=KERNEL, **{"kernel_quantizer": own(name), **options})
    return [image(), conv(), flatten(), layer]


SCALES = {
    ("mine", "magnitude_aware_sign"): MEANS,
    ("mine", "layer_magnitude_sign"): np.full(4, np.abs(KERNEL).mean()),
    ("magnitude_aware_sign_unclipped", "sign"): np.full(4, np.abs(KERNEL).mean()),
    ("xnor_weight_scale", "sign"): np.abs(np.clip(KERNEL, -1, 1)).mean(axis=0),
}


@pytest.mark.parametrize(("name", "meaning"), SCALES)
def test_a_scale_times_a_sign_has_the_scale_that_is_said(
    name: str, meaning: str, tmp_path: Path
) -> None:
    graph = read_with(tmp_path, quantized(name), f"{name}={meaning}").graph
    worth = graph.maker(graph.outputs[0]).op
    assert isinstance(worth, Affine)
    assert worth.multiplier is not None
    np.testing.assert_allclose(worth.multiplier, SCALES[name, meaning], rtol=1e-6)
    (product,) = (op for op in graph.ops if isinstance(op, Dense))
    np.testing.assert_array_equal(product.weights[:, 0, 0], np.where(KERNEL.T >= 0, 1, -1))


def test_a_sign_takes_the_scale_that_weights_show_and_tells_where_they_show_none(
    tmp_path: Path,
) -> None:
    plain = read_with(tmp_path, quantized(), "mine=sign")
    assert isinstance(plain.graph.maker(plain.graph.outputs[0]).op, Dense)
    assert any("do not show a scale" in note for note in plain.notes)
    shown = np.where(KERNEL >= 0, 0.75, -0.75).astype(np.float32)
    layers = quantized()
    layers[-1].weights["kernel"] = shown
    graph = read_with(tmp_path, layers, "mine=sign").graph
    worth = graph.maker(graph.outputs[0]).op
    assert isinstance(worth, Affine)
    assert worth.multiplier is not None
    np.testing.assert_array_equal(worth.multiplier, np.full(4, 0.75))


def test_functions_and_layers_are_what_is_said(tmp_path: Path) -> None:
    bend = Layer("Activation", "bend", {"activation": own("clip_mine")})
    layers = network(
        Layer("Mine>Odd", "first", {}),
        Layer("Lambda", "lambda", {"function": ["code"]}),
        bend,
        Layer("Mine>Bend", "last", {"slope": 3}),
        Layer("Mine>Shift", "shift", {}, {"bias": latent(1, 1, 1, 3)}),
    )
    said = ("Odd=relu", "lambda=identity", "clip_mine=clip:0:2.5", "last=dorefa:3", "Shift=bias")
    graph = read_with(tmp_path, layers, *said).graph
    kinds = [type(op) for op in graph.ops[1:5]]
    assert kinds == [Relu, Clip, Dorefa, Affine]
    shift = graph.maker("shift").op
    assert isinstance(shift, Affine)
    assert shift.bias is not None
    np.testing.assert_array_equal(shift.bias, layers[-3].weights["bias"].ravel())


def test_an_archive_keeps_the_arrays_of_a_layer_of_any_package(tmp_path: Path) -> None:
    """Under the name of its class alone; layers of one name in two packages count together."""
    given = [latent(3, seed=of) for of in (1, 2)]
    layers = network(
        Layer("Mine>Shift", "shift", {}, {"bias": given[0]}),
        Layer("Yours>Shift", "other", {}, {"bias": given[1]}),
    )
    path = write_keras(tmp_path / "model.keras", layers, dialect="tf2.13")
    graph = read_model(path, custom=("shift=bias", "other=bias")).graph
    for name, bias in zip(("shift", "other"), given, strict=True):
        op = graph.maker(name).op
        assert isinstance(op, Affine)
        assert op.bias is not None
        np.testing.assert_array_equal(op.bias, bias)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("mine", "NAME=MEANING"),
        ("=sign", "NAME=MEANING"),
        ("mine=code", "means nothing"),
        ("mine=dorefa:0", "means nothing"),
        ("mine=dorefa:x", "means nothing"),
        ("mine=clip:1:0", "means nothing"),
        ("mine=relu", "does not fit"),
        ("mine=scale", "does not fit"),
        ("yours=sign", "changes nothing"),
    ],
)
def test_what_says_nothing_is_refused_with_what_may_be_said(
    said: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        read_with(tmp_path, quantized(), said)


def test_custom_things_are_refused_with_the_option_that_names_them(tmp_path: Path) -> None:
    layers = [*quantized()[:-1], Layer("Lambda", "code", {}), Layer("Own", "own", {})]
    with pytest.raises(UnsupportedLayerError) as refused:
        read_with(tmp_path, [*layers, *quantized()[-1:]])
    message = str(refused.value)
    for cure in ("--custom code=identity", "--custom Own=identity", "--custom mine=sign"):
        assert cure in message
    layers = network(Layer("Own", "own", {}, {"scale": latent(7)}))
    with pytest.raises(UnsupportedLayerError, match="broadcast"):
        read_with(tmp_path, layers, "Own=scale")
