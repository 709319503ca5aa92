"""The networks: their sizes, their layers, and what cannot be built."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import DataError
from cbcnn_trainer import buildable, networks, presets
from cbcnn_trainer.keras2 import models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.presets import Architecture

SMALL = Architecture(filters=(4, 8), units=(6,))


@pytest.mark.parametrize(
    ("preset", "shape", "classes", "parameters"),
    [
        ("cbcnn-gtsrb", (32, 32, 1), 43, 587_222),
        ("cbcnn-mnist", (28, 28, 1), 10, 480_404),
        ("cbcnn-fashion-mnist", (28, 28, 1), 10, 480_404),
        ("dcr", (32, 32, 1), 43, 832_726),
        ("bnn-mlp", (28, 28, 1), 10, 10_027_028),
        ("cbcnn-signs", (32, 32, 1), 16, 189_312),
        ("residual-small", (32, 32, 1), 43, 127_862),
        ("residual-small", (28, 28, 1), 10, 89_524),
        ("quicknet-small", (32, 32, 1), 43, 24_315),
    ],
)
def test_presets_have_exactly_the_published_sizes(
    preset: str, shape: Any, classes: int, parameters: int
) -> None:
    model = models.build_model(presets.PRESETS[preset].architecture, shape, classes)
    assert networks.count_trainable(model) == parameters
    assert model.output_shape == (None, classes)


def names(model: Any) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_blocks_are_convolution_pooling_norm() -> None:
    model = models.build_model(SMALL, (8, 8, 1), 3)
    block_1 = ["QuantConv2D", "MaxPooling2D", "BatchNormalization"]
    block_2 = ["QuantDense", "BatchNormalization"]
    assert names(model) == [*block_1 * 2, "Flatten", *block_2 * 2]


def test_norm_first_concerns_the_first_block_alone() -> None:
    model = models.build_model(dataclasses.replace(SMALL, first_order="norm-first"), (8, 8, 1), 3)
    assert names(model)[1:6] == [
        "BatchNormalization",
        "MaxPooling2D",
        "QuantConv2D",
        "MaxPooling2D",
        "BatchNormalization",
    ]


def test_training_in_bfloat16_keeps_variables_and_scores_in_float32() -> None:
    model = models.build_model(SMALL, (8, 8, 1), 3, "bfloat16")
    assert {weight.dtype for weight in model.weights} == {tf.float32}
    assert model.output.dtype == tf.float32
    assert model.get_layer("conv_2").compute_dtype == "bfloat16"
    after = models.build_model(SMALL, (8, 8, 1), 3)
    assert {layer.compute_dtype for layer in after.layers} == {"float32"}


def test_bfloat16_gives_the_same_signs_where_sums_are_small() -> None:
    images = np.random.default_rng(0).integers(-20, 21, (50, 8, 8, 1)).astype(np.float32)
    exact, coarse = (models.build_model(SMALL, (8, 8, 1), 3, p) for p in ("float32", "bfloat16"))
    coarse.set_weights(exact.get_weights())
    np.testing.assert_allclose(exact(images), coarse(images), rtol=1e-2, atol=1e-2)


def test_the_norm_momentum_and_the_gradient_are_the_architecture_s() -> None:
    changed = dataclasses.replace(SMALL, norm_momentum=0.99, activation_gradient="approx-sign")
    model = models.build_model(changed, (8, 8, 1), 3)
    assert model.get_layer("dense_1_norm").momentum == 0.99
    assert model.get_layer("conv_1_norm").momentum == 0.99
    assert type(model.get_layer("conv_2").input_quantizer).__name__ == "ApproxSign"
    assert type(model.get_layer("conv_2").kernel_quantizer).__name__ == "SteSign"
    with pytest.raises(DataError, match="one gradient"):
        models.build_model(dataclasses.replace(changed, sign_of_zero=-1), (8, 8, 1), 3)


def test_only_the_first_layer_sees_real_values() -> None:
    model = models.build_model(SMALL, (8, 8, 1), 3)
    quantized = [layer for layer in model.layers if hasattr(layer, "kernel_quantizer")]
    assert [layer.input_quantizer is None for layer in quantized] == [True, False, False, False]
    assert not any(layer.use_bias for layer in quantized)
    dense = models.build_model(Architecture(filters=(), units=(4,)), (8, 8, 1), 3)
    assert dense.get_layer("dense_1").input_quantizer is None
    assert dense.get_layer("dense_2").input_quantizer is not None


def test_a_sign_of_zero_of_minus_one_builds_the_authors_layers() -> None:
    architecture = dataclasses.replace(SMALL, sign_of_zero=-1, kernel_scale=0.5)
    model = models.build_model(architecture, (8, 8, 1), 3)
    assert names(model).count("BinaryConv2D") == 2
    assert names(model).count("BinaryDense") == 2
    assert names(model).count("Activation") == 3
    assert model.get_layer("conv_1").H == 0.5
    assert networks.count_trainable(model) == networks.count_trainable(
        models.build_model(SMALL, (8, 8, 1), 3)
    )


def test_integer_inputs_give_exact_accumulators() -> None:
    model = models.build_model(SMALL, (8, 8, 1), 3)
    layer = model.get_layer("conv_1")
    image = np.random.default_rng(0).integers(-127, 128, (1, 8, 8, 1))
    found = layer(image.astype(np.float32)).numpy()
    weights = np.where(layer.kernel.numpy() >= 0, 1, -1)
    padded = np.pad(image[0, ..., 0], 1)
    for row, column, channel in ((0, 0, 0), (3, 4, 1), (7, 7, 3)):
        window = padded[row : row + 3, column : column + 3]
        assert found[0, row, column, channel] == (window * weights[..., 0, channel]).sum()


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (Architecture(filters=(4,) * 4), "pools the map away"),
        (Architecture(filters=(0,)), "empty part"),
        (Architecture(filters=(4,), kernel_scale=0.5), "no kernel scale"),
    ],
)
def test_impossible_networks_are_refused(architecture: Architecture, message: str) -> None:
    with pytest.raises(DataError, match=message):
        models.build_model(architecture, (8, 8, 1), 3)


def test_sums_beyond_float32_are_refused() -> None:
    with pytest.raises(DataError, match="exact"):
        buildable.check(Architecture(filters=()), (258, 256, 1), 3)


def test_any_number_of_blocks_can_be_built() -> None:
    for count in range(4):
        architecture = Architecture(filters=(4,) * count, units=(5,) * count, kernel_size=5)
        model = models.build_model(architecture, (8, 12, 3), 2)
        assert names(model).count("QuantConv2D") == count
        assert names(model).count("QuantDense") == count + 1
