"""Larq's quantizers as layers of their own, saved by Larq, computed by Larq and by the C."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_codegen.ops.sign import Sign
from cbcnn_trainer.keras2.backend import larq, tf
from support.generated import CAREFUL
from support.live import compare_sides, draw_input
from support.tools import require_tool

SHAPE = (9, 8, 2)
BINARY = {"kernel_quantizer": "ste_sign"}


def functional(binarize: Any) -> Any:
    """The style that Larq recommends: what binarizes is called like any layer."""
    layers, quant = tf.keras.layers, larq.layers
    x = image = tf.keras.Input(SHAPE)
    x = quant.QuantConv2D(5, 3, **BINARY)(x)
    x = layers.BatchNormalization()(x)
    x = binarize()(x)
    x = quant.QuantConv2D(33, 3, padding="same", pad_values=1.0, **BINARY)(x)
    x = layers.MaxPool2D(2)(x)
    x = layers.BatchNormalization()(x)
    x = binarize(name="second")(x)
    x = layers.Flatten()(x)
    x = quant.QuantDense(7, **BINARY)(x)
    x = binarize()(x)
    x = quant.QuantDense(4, **BINARY)(x)
    return tf.keras.Model(image, layers.BatchNormalization()(x))


def sequential(binarize: Any) -> Any:
    """The same as a list; the first layer binarizes the image, and one quantizer does nothing."""
    layers, quant = tf.keras.layers, larq.layers
    return tf.keras.Sequential(
        [
            layers.Rescaling(1 / 128, -1.0, input_shape=SHAPE),
            binarize(),
            quant.QuantConv2D(6, 3, padding="same", **BINARY),
            layers.BatchNormalization(scale=False),
            binarize(),
            layers.MaxPool2D(2),
            quant.QuantConv2D(8, 3, input_quantizer="ste_sign", **BINARY),
            larq.quantizers.NoOp(precision=32),
            layers.Flatten(),
            binarize(),
            quant.QuantDense(4, **BINARY),
        ]
    )


def fill(model: Any) -> None:
    """Weights of all signs and positive variances."""
    rng = np.random.default_rng(len(model.layers))
    for weight in model.weights:
        values = rng.normal(0, 5 if "mean" in weight.name else 1, weight.shape)
        weight.assign(10 * abs(values) if "variance" in weight.name else values)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("build", [functional, sequential])
@pytest.mark.parametrize("quantizer", ["SteSign", "ApproxSign", "SwishSign"])
def test_a_quantizer_called_like_a_layer_is_a_sign(
    quantizer: str, build: Any, suffix: str, tmp_path: Path
) -> None:
    require_tool("gcc", "gcc")
    model = build(getattr(larq.quantizers, quantizer))
    fill(model)
    path = tmp_path / f"model{suffix}"
    model.save(path)
    sides = compare_sides(path, draw_input(SHAPE, 40), tmp_path, build=CAREFUL)
    sides.demand_equality()
    assert sum(isinstance(op, Sign) for op in sides.read.graph.ops) == 3
    assert sides.live.bits > 10_000
