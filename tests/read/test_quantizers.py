"""Quantizers in every form that a file can have, and what they make of weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.signed_dorefa import SignedDorefa
from support.keras_files import Layer, quantizer
from support.small_layers import activation, conv, dense, flatten, image, latent, network

SIGNS = ["ste_sign", "approx_sign", "swish_sign"]
FORMS: dict[str, Any] = {
    "name": "ste_sign",
    "class name": "SteSign",
    "package and name": "Larq>SteSign",
    "plain object": {"class_name": "SteSign", "config": {"clip_value": 1.3}},
    "object named by the function": {"class_name": "ste_sign", "config": {}},
    "object of Keras 3": {
        "module": "larq.quantizers",
        "class_name": "SteSign",
        "config": {"clip_value": None, "metrics": None},
        "registered_name": "Larq>SteSign",
    },
    "function": {
        "module": "builtins",
        "class_name": "function",
        "config": "ste_sign",
        "registered_name": "function",
    },
}


def product(result: Any, name: str = "dense") -> Any:
    (found,) = [op for op in result.graph.ops if op.name == name]
    return found


def multiplier(result: Any, name: str = "dense") -> Any:
    """What a product of 1 is worth in a layer, for each output channel; None for 1."""
    scales = [node.op for node in result.graph.readers(name) if isinstance(node.op, Affine)]
    return scales[0].multiplier if scales else None


@pytest.mark.parametrize("form", FORMS)
def test_a_quantizer_is_known_in_every_form(form: str, read: Any) -> None:
    layer = dense(36, input_quantizer=FORMS[form], kernel_quantizer=FORMS[form])
    result = read(image(), conv(), flatten(), layer)
    assert [op.name for op in result.graph.ops if isinstance(op, Sign)] == ["dense/input_quantizer"]
    np.testing.assert_array_equal(
        product(result).weights[:, 0, 0], np.sign(layer.weights["kernel"].T)
    )


@pytest.mark.parametrize("name", SIGNS)
@pytest.mark.parametrize("dialect", ["tf2.12", "tf2.13", "keras3"])
def test_every_sign_quantizer_is_the_same_sign(name: str, dialect: Any, read: Any) -> None:
    layer = dense(36, input_quantizer=name, kernel_quantizer=name)
    result = read(image(), conv(), flatten(), layer, dialect=dialect)
    signs = [op for op in result.graph.ops if isinstance(op, Sign)]
    assert [sign.zero for sign in signs] == [1]
    assert multiplier(result) is None


@pytest.mark.parametrize("name", SIGNS)
def test_every_sign_quantizer_may_be_an_activation(name: str, read: Any) -> None:
    result = read(*network(activation(quantizer(name))))
    assert product(result, "activation").zero == 1


LAYERS = {"SteSign": "clip_value", "ApproxSign": "metrics", "SwishSign": "beta"}


@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize("dialect", ["tf2.12", "tf2.13", "keras3"])
@pytest.mark.parametrize("kind", LAYERS)
def test_a_quantizer_is_a_layer_too(kind: str, dialect: Any, functional: bool, read: Any) -> None:
    files: dict[str, Any] = {"dialect": dialect, "functional": functional}
    as_layer = read(*network(Layer(kind, "activation", {LAYERS[kind]: None})), **files)
    assert str(as_layer.graph) == str(read(*network(activation("ste_sign")), **files).graph)


@pytest.mark.parametrize("kind", ["NoOp", "NoOpQuantizer"])
def test_a_layer_that_only_tags_a_precision_does_nothing(kind: str, read: Any) -> None:
    tagged = read(*network(Layer(kind, "tag", {"precision": 1})))
    assert str(tagged.graph) == str(read(*network()).graph)


def test_a_quantizer_whose_scale_depends_on_the_image_is_refused(refusal: Any) -> None:
    message = refusal(*network(Layer("MagnitudeAwareSign", "odd", {})))
    assert "found    MagnitudeAwareSign, " in message
    assert "try      SteSign()" in message


def test_a_quantizer_layer_of_a_foreign_package_is_not_taken_for_larqs(refusal: Any) -> None:
    message = refusal(*network(Layer("Mine>SteSign", "odd", {})), dialect="tf2.12")
    assert "Mine>SteSign" in message


def test_magnitude_aware_sign_is_worth_the_mean_magnitude(read: Any) -> None:
    kernel = latent(3, 3, 2, 3)
    layers = [image(), conv(kernel=kernel, kernel_quantizer="magnitude_aware_sign"), flatten()]
    found = multiplier(read(*layers, dense(36)), "conv")
    expected = np.abs(kernel).mean(axis=(0, 1, 2), dtype=np.float64)
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    assert found.dtype == np.float32


def test_magnitude_aware_sign_of_quantized_weights_is_their_magnitude(read: Any) -> None:
    scale = np.array([0.1, 0.7, 1 / 3], np.float32)
    kernel = np.sign(latent(3, 3, 2, 3)) * scale
    layers = [image(), conv(kernel=kernel, kernel_quantizer="magnitude_aware_sign"), flatten()]
    np.testing.assert_array_equal(multiplier(read(*layers, dense(36)), "conv"), scale)


def test_scales_that_tensorflow_rounds_get_a_note(read: Any) -> None:
    def notes(scale: float) -> list[str]:
        kernel = np.sign(latent(36, 4)) * np.float32(scale)
        layer = dense(36, kernel=kernel, kernel_quantizer="magnitude_aware_sign")
        found = read(image(), conv(), flatten(), layer).notes
        return [note for note in found if "'dense'" in note]

    assert notes(0.1)
    assert not notes(0.125)


NO_QUANTIZERS = {
    "None": None,
    "NoOp": {"class_name": "NoOp", "config": {"precision": 1}},
    "NoOpQuantizer": {"class_name": "NoOpQuantizer", "config": {"precision": 1}},
}


@pytest.mark.parametrize("name", NO_QUANTIZERS)
def test_binary_weights_need_no_quantizer(name: str, read: Any) -> None:
    kernel = np.sign(latent(36, 4))
    layer = dense(36, kernel=kernel, kernel_quantizer=NO_QUANTIZERS[name])
    result = read(image(), conv(), flatten(), layer)
    np.testing.assert_array_equal(product(result).weights[:, 0, 0], kernel.T)
    assert multiplier(result) is None


def test_scaled_binary_weights_need_no_quantizer(read: Any) -> None:
    scale = np.array([0.5, 2, 0.3, 0], np.float32)
    kernel = np.sign(latent(36, 4)) * scale
    result = read(image(), conv(), flatten(), dense(36, kernel=kernel, kernel_quantizer=None))
    np.testing.assert_array_equal(multiplier(result), scale)
    np.testing.assert_array_equal(product(result).weights[:3, 0, 0], np.sign(kernel.T[:3]))


@pytest.mark.parametrize("name", NO_QUANTIZERS)
def test_weights_that_are_not_binary_are_multiplied_as_they_are(name: str, read: Any) -> None:
    kernel = latent(36, 4)
    layer = dense(36, kernel=kernel, kernel_quantizer=NO_QUANTIZERS[name])
    (dense_op,) = (
        op for op in read(image(), conv(), flatten(), layer).graph.ops if isinstance(op, RealDense)
    )
    np.testing.assert_array_equal(dense_op.weights[:, 0, 0], kernel.T)


def test_a_zero_among_binary_weights_makes_them_real(read: Any) -> None:
    kernel = np.sign(latent(36, 4))
    kernel[3, 1] = 0
    layer = dense(36, kernel=kernel, kernel_quantizer=None)
    assert isinstance(read(image(), conv(), flatten(), layer).graph.ops[-1], RealDense)


QUANTIZED: dict[str, tuple[dict[str, Any], list[float]]] = {
    "ste_tern": ({"threshold_value": 0.5}, [-1, -1, 0, 0, 0, 1, 1]),
    "ste_heaviside": ({}, [0, 0, 0, 0, 1, 1, 1]),
    "magnitude_aware_sign": ({}, [-4.25 / 7, *[-4.25 / 7] * 2, *[4.25 / 7] * 4]),
    "STCustomDoReFa": ({"k_bit": 2, "mode": "weights"}, [-1, 0, 0, 0, 0, 0, 1]),
    "dorefa_quantizer": ({"k_bit": 1, "mode": "weights"}, [-1, -1, -1, -1, 1, 1, 1]),
}


@pytest.mark.parametrize("name", QUANTIZED)
def test_quantizers_make_these_weights_of_latent_ones(name: str, read: Any) -> None:
    """What Larq makes of them; zero becomes +1, and a number as large as the threshold is kept.

    DoReFa rounds half to even, so with one bit 0 becomes -1.
    """
    options, expected = QUANTIZED[name]
    latents = np.array([-2, -0.5, -0.25, 0, 0.25, 0.5, 0.75], np.float32).reshape(7, 1)
    quantizer = {"class_name": name, "config": options}
    layer = dense(7, kernel=latents, units=1, input_quantizer=None, kernel_quantizer=quantizer)
    spread = conv(kernel=latent(6, 5, 2, 7), filters=7, kernel_size=[6, 5])
    first = read(image(), spread, activation("relu"), flatten(), layer)
    found = first.graph.ops[-1].weights.ravel()
    np.testing.assert_allclose(found, np.array(expected, np.float32), rtol=1e-6)


def test_weights_that_are_all_zero_stay_zero_in_steps_of_st(read: Any) -> None:
    quantizer = {"class_name": "STCustomDoReFa", "config": {"k_bit": 8, "mode": "weights"}}
    zeros = np.zeros((36, 4), np.float32)
    layer = dense(36, kernel=zeros, input_quantizer=None, kernel_quantizer=quantizer)
    weights = read(image(), conv(), activation("relu"), flatten(), layer).graph.ops[-1].weights
    np.testing.assert_array_equal(weights, np.zeros_like(weights))


def test_steps_of_st_are_of_1_128_and_halves_are_rounded_to_even() -> None:
    x = np.array([-2, -1.5 / 128, -0.5 / 128, 0.5 / 128, 1.5 / 128, 0.999, 3], np.float32)
    found = SignedDorefa("steps", 128).compute(x)
    np.testing.assert_array_equal(found * 128, [-128, -2, 0, 0, 2, 127, 127])


@pytest.mark.parametrize("bits", [1, 17, "8"])
def test_steps_of_st_of_other_bits_are_refused_by_name(bits: Any, refusal: Any) -> None:
    quantizer = {"class_name": "STCustomDoReFa", "config": {"k_bit": bits}}
    message = refusal(image(), conv(), flatten(), dense(36, input_quantizer=quantizer))
    assert "STCustomDoReFa" in message


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("MagnitudeAwareSign", "input_quantizer"),
        *(("mine", of) for of in ("input_quantizer", "kernel_quantizer")),
    ],
)
def test_other_quantizers_are_refused_by_name(name: str, option: str, refusal: Any) -> None:
    options: dict[str, Any] = {option: {"class_name": name, "config": {}}}
    layer = dense(36, **options)
    message = refusal(image(), conv(), flatten(), layer)
    assert f"{option}={name}" in message
    assert "'dense'" in message


@pytest.mark.parametrize("option", ["input_quantizer", "kernel_quantizer"])
def test_a_quantizer_of_a_foreign_package_is_not_taken_for_larqs(option: str, refusal: Any) -> None:
    foreign: Any = {
        "module": "mine",
        "class_name": "SteSign",
        "config": {},
        "registered_name": None,
    }
    named = {"class_name": "Mine>SteSign", "config": {}}
    for value, told in ((foreign, "mine.SteSign"), (named, "Mine>SteSign")):
        options: dict[str, Any] = {option: value}
        assert told in refusal(image(), conv(), flatten(), dense(36, **options))


def test_a_serialised_lambda_is_refused_and_not_run(refusal: Any) -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}}
    message = refusal(image(), conv(), flatten(), dense(36, input_quantizer=code))
    assert "__lambda__" in message


def test_magnitude_aware_sign_is_refused_for_inputs(refusal: Any) -> None:
    layer = dense(36, input_quantizer="magnitude_aware_sign")
    assert "depends on the image" in refusal(image(), conv(), flatten(), layer)


def binary(kind: str, kernel: Any, **config: Any) -> Layer:
    sizes: dict[str, Any] = {"units": kernel.shape[-1]}
    if kind.endswith("Conv2D"):
        sizes = {"filters": kernel.shape[-1], "kernel_size": list(kernel.shape[:2])}
        sizes["padding"] = "same"
    name = "conv" if "filters" in sizes else "dense"
    options = {"use_bias": False, "kernel_lr_multiplier": 3.7, **sizes, **config}
    return Layer(kind, name, options, {"kernel": kernel})


@pytest.mark.parametrize("package", ["", "CBCNN>"])
@pytest.mark.parametrize(
    "tanh",
    [
        "binary_tanh",
        "CBCNN>binary_tanh",
        {
            "module": "builtins",
            "class_name": "function",
            "config": "CBCNN>binary_tanh",
            "registered_name": "function",
        },
    ],
)
def test_the_authors_layers_are_known(package: str, tanh: Any, read: Any) -> None:
    kernels = latent(3, 3, 2, 3), latent(90, 4)
    result = read(
        image(),
        binary(f"{package}BinaryConv2D", kernels[0], H=0.25),
        activation(tanh),
        flatten(),
        binary(f"{package}BinaryDense", kernels[1], H=1.0),
        dialect="tf2.12",
    )
    found = product(result, "conv")
    assert isinstance(found, Conv)
    np.testing.assert_array_equal(multiplier(result, "conv"), np.full(3, 0.25))
    assert product(result, "activation").zero == -1
    last = product(result)
    assert isinstance(last, Dense)
    assert multiplier(result) is None


def test_h_of_glorot_depends_on_both_fans(read: Any) -> None:
    layer = binary("BinaryConv2D", latent(3, 3, 2, 3), H="Glorot")
    result = read(image(), layer, activation("binary_tanh"), flatten(), dense(90))
    scale = np.float32(np.sqrt(1.5 / (9 * 2 + 9 * 3)))
    np.testing.assert_array_equal(multiplier(result, "conv"), np.full(3, scale))


@pytest.mark.parametrize("zero", [0.0, -0.0, 1e-39, -1e-39])
def test_zeros_and_denormals_are_minus_one_in_the_authors_layers(zero: float, read: Any) -> None:
    kernel = latent(60, 4)
    kernel[7, 2] = zero
    layers = [image(), activation("binary_tanh"), flatten()]
    found = product(read(*layers, binary("BinaryDense", kernel, H=1.0)))
    assert found.weights[2, 0, 0, 7] == -1


def test_weights_that_the_authors_rounding_loses_get_a_note(read: Any) -> None:
    kernel = latent(60, 4)
    kernel[7, 2] = 1e-9
    layers = [image(), activation("binary_tanh"), flatten()]
    result = read(*layers, binary("BinaryDense", kernel, H=1.0))
    assert any("just above 0" in note for note in result.notes)
    assert product(result).weights[2, 0, 0, 7] == 1


def test_the_authors_layers_need_signs(refusal: Any) -> None:
    layers = [image(), conv(), flatten(), binary("BinaryDense", latent(36, 4), H=1.0)]
    assert "binary_tanh" in refusal(*layers)
