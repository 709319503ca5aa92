"""LeakyReLU between a sum and a sign, in every form and with every slope that it may have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Input, Operation, Shape, chain_graph
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.leaky_relu import LeakyRelu
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from support.keras_files import Layer, write_h5
from support.live import compare_sides, draw_input
from support.small_layers import conv, dense, flatten, image, norm
from support.tools import require_tool


def comparison_of(*chain: Operation) -> tuple[int, bool]:
    """One unit on eight signs, a chain and a sign, lowered."""
    ops = (
        Sign("image/sign", 1),
        Dense("unit", np.ones((1, 1, 1, 8), np.int8)),
        *chain,
        Sign("sign", 1),
        Dense("head", np.ones((1, 1, 1, 1), np.int8)),
    )
    unit = lower(chain_graph("test", Input("input", Shape(1, 1, 8), "int8"), ops)).ops[1]
    assert isinstance(unit, BinaryDense)
    assert unit.thresholds is not None
    assert unit.complement is not None
    return int(unit.thresholds[0]), bool(unit.complement[0])


def offset(value: float) -> Affine:
    return Affine("offset", None, np.array([value], np.float32))


@pytest.mark.parametrize(
    ("slope", "beta", "threshold"),
    [
        (0.5, 0.0, 0),
        (0.5, 2.0, -4),
        (0.25, 1.5, -6),
        (2.0, 5.0, -2),
        (0.5, -3.0, 3),
        (1.0, 4.0, -4),
    ],
)
def test_a_leaky_relu_before_a_sign_is_one_threshold(
    slope: float, beta: float, threshold: int
) -> None:
    assert comparison_of(LeakyRelu("leaky", slope), offset(beta)) == (threshold, False)


def test_a_falling_norm_behind_it_complements_the_threshold() -> None:
    down, flat, one = (np.array([value], np.float32) for value in (-1.0, 0.0, 1.0))
    norm = BatchNorm("norm", down, down, flat, one, 0.0, fused=False)
    # -leaky(x) - 1 >= 0 where x / 2 <= -1
    assert comparison_of(LeakyRelu("leaky", 0.5), norm) == (-1, True)


FORMS: dict[str, Any] = {
    "layer of Keras 2": Layer("LeakyReLU", "leaky", {"alpha": 0.25}),
    "layer of Keras 3": Layer("LeakyReLU", "leaky", {"negative_slope": 0.25}),
    "ReLU with a slope": Layer("ReLU", "leaky", {"negative_slope": 0.25}),
    "function": Layer("Activation", "leaky", {"activation": "leaky_relu"}),
    "object": Layer(
        "Activation",
        "leaky",
        {"activation": {"class_name": "LeakyReLU", "config": {"alpha": 0.25}}},
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_with_its_slope(form: str, read_layers: Any) -> None:
    graph = read_layers(image(), conv(), FORMS[form], norm(3), flatten(), dense(36)).graph
    (leaky,) = (op for op in graph.ops if isinstance(op, LeakyRelu))
    assert leaky.alpha == (np.float32(0.2) if form == "function" else 0.25)
    images = np.arange(6 * 5 * 2, dtype=np.uint8).reshape(1, 6, 5, 2)
    maps = reference.run(graph, images).maps
    assert maps["conv"].min() < 0 < maps["conv"].max()
    below = maps["conv"].astype(np.float32) * np.float32(leaky.alpha)
    expected = np.where(maps["conv"] > 0, maps["conv"], below)
    np.testing.assert_array_equal(maps[leaky.name], expected)


@pytest.mark.parametrize("kind", ["LeakyReLU", "ReLU"])
def test_a_slope_that_falls_and_rises_is_refused_with_the_cure(kind: str, read_layers: Any) -> None:
    key = "alpha" if kind == "LeakyReLU" else "negative_slope"
    with pytest.raises(UnsupportedLayerError) as refused:
        read_layers(image(), conv(), Layer(kind, "odd", {key: -0.5}), flatten(), dense(36))
    message = str(refused.value)
    assert f"found    {key}=-0.5" in message
    assert "so that a sign behind it changes once" in message
    assert "try      ReLU()" in message


def test_a_slope_of_zero_is_a_relu_and_one_at_the_end_is_left_out(read_layers: Any) -> None:
    zero = Layer("LeakyReLU", "leaky", {"alpha": 0.0})
    names = [
        type(op).__name__
        for op in read_layers(image(), conv(), zero, flatten(), dense(36)).graph.ops
    ]
    assert "Relu" in names
    end = read_layers(image(), conv(), flatten(), dense(36), FORMS["layer of Keras 2"])
    assert isinstance(end.graph.ops[-1], Dense)
    assert any("leaky_relu" in note and "left out" in note for note in end.notes)


@pytest.fixture
def read_layers(tmp_path: Path) -> Any:
    def write_and_read(*layers: Layer) -> Any:
        return read_model(write_h5(tmp_path / "model.h5", [*layers]))

    return write_and_read


@pytest.mark.parametrize("slope", [0.3, 2.5, 1e-6, 0.0])
@pytest.mark.parametrize("form", ["layer", "option", "relu"])
def test_c_numpy_and_live_larq_agree(form: str, slope: float, tmp_path: Path) -> None:
    larq = pytest.importorskip("larq", reason="comparing with live Larq needs the extra [train]")
    require_tool("gcc", "gcc")
    from cbcnn_trainer.keras2.backend import tf

    layers = tf.keras.layers
    leaky = layers.ReLU(negative_slope=slope) if form == "relu" else layers.LeakyReLU(slope)
    random = tf.keras.initializers.RandomUniform
    binary = {"kernel_quantizer": "ste_sign", "kernel_constraint": "weight_clip"}

    def batch_norm(seed: int) -> Any:
        return layers.BatchNormalization(
            gamma_initializer=random(-1, 1, seed=seed),
            beta_initializer=random(-2, 2, seed=seed),
            moving_mean_initializer=random(-3, 3, seed=seed),
        )

    option = {"activation": leaky} if form == "option" else {}
    behind = [] if form == "option" else [leaky]
    model = tf.keras.Sequential(
        [
            tf.keras.Input((7, 6, 2)),
            larq.layers.QuantConv2D(33, 3, **binary, **option),
            *behind,
            layers.MaxPool2D(2),
            batch_norm(1),
            larq.layers.QuantConv2D(8, 2, input_quantizer="ste_sign", use_bias=False, **binary),
            batch_norm(2),
            layers.LeakyReLU(slope),
            batch_norm(3),
            layers.Flatten(),
            larq.layers.QuantDense(4, input_quantizer="ste_sign", **binary),
        ]
    )
    path = tmp_path / "model.h5"
    with pytest.warns(UserWarning, match="HDF5"):
        model.save(path)
    sides = compare_sides(path, draw_input((7, 6, 2), 12), tmp_path, input_type="uint8")
    sides.demand_equality()
    assert sides.unobserved == ()
    assert sides.live.bits > 1000
