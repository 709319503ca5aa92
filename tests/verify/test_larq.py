"""The live Larq model as witness: every layer of it is found, in its own shape, under its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="comparing with live Larq needs the extra [train]")

from cbcnn_codegen.errors import ModelFileError, UnsupportedLayerError
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.data import load_samples
from cbcnn_trainer.keras2.backend import larq, tf
from support.live import compare_sides, draw_input
from support.tools import require_tool

BINARY: dict[str, Any] = {"kernel_quantizer": "ste_sign", "kernel_constraint": "weight_clip"}
QUANTIZED: dict[str, Any] = {"input_quantizer": "ste_sign", **BINARY}
layers = tf.keras.layers

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


@pytest.fixture(autouse=True)
def compiler() -> None:
    require_tool("gcc", "gcc")


def conv(channels: int, name: str = "conv", **options: Any) -> Any:
    return larq.layers.QuantConv2D(channels, 3, name=name, **BINARY, **options)


def dense(units: int, name: str = "dense", **options: Any) -> Any:
    return larq.layers.QuantDense(units, name=name, **{**QUANTIZED, **options})


def norm(name: str = "norm") -> Any:
    return layers.BatchNormalization(
        name=name,
        moving_mean_initializer=tf.keras.initializers.RandomUniform(-9, 9, seed=1),
        gamma_initializer=tf.keras.initializers.RandomUniform(-1, 1, seed=2),
    )


def save(model: Any, folder: Path, suffix: str = ".keras") -> Path:
    path = folder / f"model{suffix}"
    model.save(path)
    return path


def sequential(*parts: Any, name: str | None = None) -> Any:
    return tf.keras.Sequential(list(parts), name=name)


def functional(shape: Sequence[int], *parts: Any, name: str | None = None) -> Any:
    value = image = tf.keras.Input(shape)
    for part in parts:
        value = part(value)
    return tf.keras.Model(image, value, name=name)


@pytest.mark.parametrize("channels", [1, 7, 8, 16, 31, 32, 33, 64, 65])
def test_a_layer_in_front_of_flatten_is_compared_in_its_own_shape(
    channels: int, tmp_path: Path
) -> None:
    parts = [conv(channels), layers.MaxPool2D(2, name="pool"), norm(), layers.Flatten(), dense(5)]
    model = save(sequential(tf.keras.Input((8, 6, 1)), *parts), tmp_path)
    sides = compare_sides(model, draw_input((8, 6, 1)), tmp_path, input_type="uint8")
    sides.demand_equality()
    assert sides.live.layers["conv"].bits == 6 * 3 * 2 * channels


@pytest.mark.parametrize(("channel", "width"), [(0, 6), (12, 6), (30, 6), (30, 34)])
def test_a_wrong_sign_in_front_of_flatten_is_named_by_layer_place_and_channel(
    channel: int, width: int, tmp_path: Path
) -> None:
    """Of 31 channels and 1x32 positions the flat vector fills the words that the map has."""
    model = sequential(tf.keras.Input((3, width, 1)), conv(31), norm(), layers.Flatten(), dense(5))

    def reverse(path: Path) -> None:
        text = path.read_text()
        word = re.compile(r"0x([0-9a-f]+)").search(text, text.index("complement_0[]"))
        assert word is not None
        wrong = f"{int(word[1], 16) ^ 1 << channel:0{len(word[1])}x}"
        path.write_text(f"{text[: word.start(1)]}{wrong}{text[word.end(1) :]}")

    path = save(model, tmp_path)
    images = draw_input((3, width, 1))
    right = compare_sides(path, images, tmp_path, input_type="uint8")
    right.demand_equality()
    (tmp_path / "wrong").mkdir()
    wrong = compare_sides(path, images, tmp_path / "wrong", input_type="uint8", edit=reverse)
    for comparison in (wrong.numpy, wrong.live):
        first = comparison.first
        assert first is not None
        assert (first.layer, first.image, first.position) == ("conv", 0, (0, 0, channel))
        assert f"channel {channel}" in str(first)
    assert str(wrong.live.first) == str(wrong.numpy.first)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("shape", [(8, 6), (1, 48), (48,), (8, 6, 1)])
def test_inputs_need_no_channel_axis(shape: tuple[int, ...], suffix: str, tmp_path: Path) -> None:
    parts = [layers.Flatten(name="flatten")] * (len(shape) > 1)
    parts += [dense(9, "first", input_quantizer=None), norm(), dense(4)]
    model = save(sequential(tf.keras.Input(shape), *parts), tmp_path, suffix)
    (tmp_path / "code").mkdir()
    compare_sides(model, draw_input(shape), tmp_path / "code", input_type="uint8").demand_equality()


@pytest.mark.parametrize(("shape", "wanted"), [((48,), (1, 1, 48)), ((1, 48), (1, 48, 1))])
def test_vectors_are_taken_as_rows_of_an_array(
    shape: tuple[int, ...], wanted: tuple[int, ...], tmp_path: Path
) -> None:
    parts = [layers.Flatten(name="flatten"), dense(4, input_quantizer=None)]
    model = save(sequential(tf.keras.Input(shape), *parts), tmp_path)
    graph = lower(read_model(model, input_type="uint8").graph)
    images = draw_input((48,))
    for axes in [(48,), (1, 48), (1, 1, 48), (48, 1, 1)]:
        np.savez(tmp_path / "data.npz", images=images.reshape(-1, *axes))
        samples = load_samples(tmp_path / "data.npz", graph)
        np.testing.assert_array_equal(samples.planes, images.reshape(-1, *wanted))


@pytest.mark.parametrize("rescale", [None, (1 / 128, -1.0)])
@pytest.mark.parametrize("pooled", [False, True])
def test_an_image_that_is_binarized_at_once_is_compared(
    pooled: bool, rescale: Any, tmp_path: Path
) -> None:
    sign = [layers.Activation(larq.quantizers.SteSign()), layers.MaxPool2D(2, name="pool")]
    parts = [*(sign if pooled else []), conv(5, input_quantizer="ste_sign")]
    parts += [layers.Flatten(), dense(4)]
    model = save(sequential(tf.keras.Input((8, 6, 1)), *parts), tmp_path)
    options = {"input_type": "uint8" if rescale else "int8", "rescale": rescale}
    images = draw_input((8, 6, 1), dtype=options["input_type"])
    sides = compare_sides(model, images, tmp_path, **options)
    sides.demand_equality()
    assert sides.unobserved == ()
    assert len(sides.live.layers) == len(sides.project.layers) + 2


def in_sequential(parts: Sequence[Any], shape: Sequence[int], name: str) -> Any:
    return sequential(tf.keras.Input(shape), *parts, name=name)


def in_functional(parts: Sequence[Any], shape: Sequence[int], name: str) -> Any:
    return functional(shape, *parts, name=name)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("inner", [in_sequential, in_functional])
@pytest.mark.parametrize("outer", [in_sequential, in_functional])
@pytest.mark.parametrize("around", [in_sequential, in_functional])
def test_layers_of_nested_models_are_compared(
    around: Any, outer: Any, inner: Any, suffix: str, tmp_path: Path
) -> None:
    innermost = inner(
        [conv(7, "body/conv", input_quantizer="ste_sign"), norm("x")], (7, 7, 5), "deep"
    )
    body = outer([norm("norm"), innermost, layers.MaxPool2D(2)], (7, 7, 5), "body")
    parts = [conv(5, "conv"), body, layers.Flatten(), dense(6, "scores"), norm("class")]
    model = save(around(parts, (9, 9, 1), "all"), tmp_path, suffix)
    sides = compare_sides(model, draw_input((9, 9, 1)), tmp_path, input_type="uint8")
    sides.demand_equality()
    names = [layer.name for layer in sides.project.layers]
    assert names == ["conv", "body/deep/body/conv", "scores"]
    assert {*names} <= {*sides.live.layers}


def test_layers_that_would_share_a_name_are_told_apart(tmp_path: Path) -> None:
    """`a/b` names a layer, and the layer `b` of the model `a`."""
    shape = (6, 6, 3)
    deep = in_functional([conv(3, "b", padding="same", input_quantizer="ste_sign")], shape, "a")
    parts = [
        conv(3, "a/b/input_quantizer"),
        deep,
        conv(3, "a/b", padding="same", input_quantizer="ste_sign"),
        norm("scores"),
        layers.Flatten(),
        dense(4, "input/scale"),
    ]
    model = save(in_functional(parts, (8, 8, 1), "all"), tmp_path)
    rescale = (1 / 256, 0.0)
    images = draw_input((8, 8, 1))
    sides = compare_sides(model, images, tmp_path, input_type="uint8", rescale=rescale)
    sides.demand_equality()
    assert [layer.name for layer in sides.project.layers] == [
        "a/b/input_quantizer",
        "a/b",
        "a/b_2",
        "input/scale",
    ]


@pytest.mark.parametrize("name", ["scores", "class", "conv/activation", "conv/threshold"])
def test_a_layer_may_be_called_like_a_result_or_a_part_of_another(
    name: str, tmp_path: Path
) -> None:
    parts = [conv(9, activation="relu"), layers.Flatten(), dense(5, name), norm(), dense(4)]
    model = save(sequential(tf.keras.Input((6, 6, 1)), *parts), tmp_path)
    sides = compare_sides(model, draw_input((6, 6, 1)), tmp_path, input_type="uint8")
    sides.demand_equality()
    assert sides.live.layers[name].bits == 6 * 5


@pytest.mark.parametrize("shape", [(1, 1, -1), (1, 1, 36)])
@pytest.mark.parametrize("pixel", ["conv", "padded conv", "pool", "padded pool", "dense"])
def test_a_flattened_map_may_become_one_pixel_again(
    pixel: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    parts = [conv(6), layers.MaxPool2D(2), norm(), layers.Flatten(), layers.Reshape(shape)]
    if "pool" in pixel:
        parts += [layers.MaxPool2D(2, padding="same") if "padded" in pixel else layers.MaxPool2D(1)]
    if "conv" in pixel:
        size, padding = (3, "same") if "padded" in pixel else (1, "valid")
        options = {**QUANTIZED, "padding": padding, "name": "pixel"}
        parts += [larq.layers.QuantConv2D(7, size, **options), layers.GlobalMaxPool2D()]
    else:
        parts += [dense(7, "pixel"), layers.MaxPool2D(2, padding="same"), layers.Flatten()]
    model = save(sequential(tf.keras.Input((6, 8, 1)), *parts, dense(4)), tmp_path)
    sides = compare_sides(model, draw_input((6, 8, 1)), tmp_path, input_type="uint8")
    sides.demand_equality()
    assert {"conv", "pixel", "dense"} <= {*sides.live.layers}


def test_padding_with_ones_around_a_flattened_map_is_refused(tmp_path: Path) -> None:
    options = {**QUANTIZED, "padding": "same", "pad_values": 1.0, "name": "pixel"}
    parts = [conv(6), layers.Flatten(), layers.Reshape((1, 1, -1))]
    parts += [larq.layers.QuantConv2D(7, 3, **options), layers.Flatten(), dense(4)]
    model = save(sequential(tf.keras.Input((5, 5, 1)), *parts), tmp_path)
    with pytest.raises(UnsupportedLayerError, match="pixel") as caught:
        lower(read_model(model).graph)
    assert "pad_values=1" in str(caught.value)


def test_a_layer_without_weights_hides_none_whose_name_begins_like_its_own(tmp_path: Path) -> None:
    """An `.h5` file keeps `a/b` inside of the group `a`, whose list of weights is empty."""
    parts = [conv(3, "a/b"), layers.Flatten(name="a"), dense(4, "flat"), layers.ReLU(name="b")]
    parts += [norm("b/c"), dense(3, "c")]
    model = functional((6, 6, 1), *parts)
    try:
        path = save(model, tmp_path, ".h5")
    except ValueError:
        pytest.fail("Keras saves `a` after `a/b`")
    compare_sides(path, draw_input((6, 6, 1)), tmp_path, input_type="uint8").demand_equality()


def test_layers_whose_weights_an_h5_file_does_not_tell_apart_are_refused(tmp_path: Path) -> None:
    """Both kernels end in `x/conv/kernel` or `conv/kernel`, and both layers are `x/conv` of `a`."""
    shape = (6, 6, 3)
    options = {"padding": "same", "input_quantizer": "ste_sign"}
    inner = in_sequential([conv(3, "conv", **options)], shape, "x")
    body = in_sequential([inner, conv(3, "x/conv", **options)], shape, "a")
    parts = [conv(3, "first"), body, layers.Flatten(), dense(4)]
    model = in_sequential(parts, (8, 8, 1), "all")
    with pytest.raises(ModelFileError, match="a/x/conv") as caught:
        read_model(save(model, tmp_path, ".h5"))
    assert "has already" in str(caught.value)
    compare_sides(save(model, tmp_path), draw_input((8, 8, 1)), tmp_path).demand_equality()
