"""What cannot be generated is refused: the layer by its name, what was found, what is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.errors import ModelFileError
from support.keras_files import Layer, input_layer
from support.small_layers import (
    activation,
    conv,
    dense,
    flatten,
    image,
    latent,
    network,
    norm,
    pool,
)

ONE_LAYER: dict[str, tuple[Layer, tuple[str, ...]]] = {
    "channels first": (pool("odd", data_format="channels_first"), ("channels_last",)),
    "channels first in a convolution": (
        conv("odd", 3, 3, input_quantizer="ste_sign", data_format="channels_first"),
        ("channels_last",),
    ),
    "channels first in flatten": (
        Layer("Flatten", "odd", {"data_format": "channels_first"}),
        ("channels_last",),
    ),
    "a batch norm of rows": (norm(4, "odd", axis=[1]), ("axis=[1]", "axis=-1")),
    "a batch norm of two axes": (norm(4, "odd", axis=[1, 3]), ("axis=[1, 3]",)),
    "half precision": (
        Layer("ReLU", "odd", {"dtype": {"config": {"name": "mixed_float16"}}}),
        ("mixed_float16", "float32"),
    ),
    "a ReLU with a slope and a threshold": (
        Layer("ReLU", "odd", {"threshold": 6.0, "negative_slope": 0.1}),
        ("threshold=6.0",),
    ),
    "a ReLU that is always zero": (Layer("ReLU", "odd", {"max_value": 0}), ("max_value=0",)),
    "a ReLU with a negative threshold": (
        Layer("ReLU", "odd", {"threshold": -0.1}),
        ("threshold=-0.1",),
    ),
    "an unknown activation": (activation("star", "odd"), ("activation=star", "relu")),
    "log_softmax in the middle": (activation("log_softmax", "odd"), ("at the end",)),
    "an enlarging that is no repeating": (
        Layer("UpSampling2D", "odd", {"interpolation": "bilinear"}),
        ("bilinear", "nearest"),
    ),
    "an average": (
        Layer("AdaptiveAveragePooling2D", "odd", {}),
        ("AdaptiveAveragePooling2D", "MaxPool2D"),
    ),
    "real weights": (Layer("LocallyConnected2D", "odd", {}), ("every pixel", "QuantConv2D")),
    "a layer with weights for every pixel": (
        Layer("QuantLocallyConnected2D", "odd", {}),
        ("every pixel",),
    ),
    "a recurrent layer": (Layer("LSTM", "odd", {}), ("LSTM, which remembers", "QuantConv2D")),
    "a layer that wraps code": (Layer("TFOpLambda", "odd", {}), ("never executed",)),
    "a second input": (input_layer(6, 5, 2, name="odd"), ("one input",)),
}


@pytest.mark.parametrize("what", ONE_LAYER)
def test_a_layer_or_option_is_refused_with_what_is_allowed(what: str, refusal: Any) -> None:
    layer, words = ONE_LAYER[what]
    message = refusal(*network(layer))
    assert "layer 'odd' cannot be generated" in message
    assert "found " in message
    assert "allowed " in message
    for word in words:
        assert word in message


def test_every_problem_of_a_model_is_in_one_message(refusal: Any) -> None:
    """But for those that depend on a shape which is not known behind another problem."""
    needs_shape = {"a batch norm of rows"}
    layers = [
        replace(layer, name=f"odd {position}")
        for position, (what, (layer, _)) in enumerate(ONE_LAYER.items())
        if what not in needs_shape
    ]
    message = refusal(*network(*layers))
    for layer in layers:
        assert f"'{layer.name}'" in message


ENDS: dict[str, tuple[list[Layer], str]] = {
    "signs": ([*network(), activation("ste_sign", "odd")], "ends in signs"),
    "no binary layer": ([image(), Layer("Flatten", "odd", {})], "without a binary layer"),
}


@pytest.mark.parametrize("what", ENDS)
def test_a_model_that_ends_in_no_scores_is_refused(what: str, refusal: Any) -> None:
    layers, words = ENDS[what]
    message = refusal(*layers)
    assert "'odd'" in message
    assert words in message


def test_layers_that_want_a_map_refuse_a_vector(refusal: Any) -> None:
    assert "(36,)" in refusal(*network()[:-1], pool("odd"))


def test_a_dense_layer_refuses_rows_of_an_image_without_channels(refusal: Any) -> None:
    rows = input_layer(6, 5, name="image")
    same = Layer("Reshape", "same", {"target_shape": [6, 5]})
    layers = [rows, same, dense(5, "odd", input_quantizer=None), flatten(), dense(24)]
    assert "(6, 5)" in refusal(*layers)


@pytest.mark.parametrize(
    ("rescale", "words"),
    [
        ((0.0, 0.0), "scale=0.0"),
        ((-1.0, 0.0), "scale=-1.0"),
        ((1 / 128, -0.3), "zero at a whole or a half"),
        ((1e-30, 1.0), "offset"),
    ],
)
def test_a_scaling_without_integers_is_refused(
    rescale: tuple[float, float], words: str, refusal: Any
) -> None:
    assert words in refusal(*network(), rescale=rescale)


def test_sums_beyond_exact_float32_are_refused(refusal: Any) -> None:
    kernel = latent(70_000, 2)
    message = refusal(image(70_000), dense(0, "odd", kernel=kernel, input_quantizer=None))
    assert "16777216" in message


DAMAGED: dict[str, list[Layer]] = {
    "a window larger than its map": network(pool("odd", pool_size=[5, 5])),
    "a size of zero": network(pool("odd", strides=[0, 1])),
    "a size that is no number": network(pool("odd", pool_size="two")),
    "an unknown padding": network(pool("odd", padding="causal")),
    "a reshape of other values": network(Layer("Reshape", "odd", {"target_shape": [35]})),
    "a flag that is a number": [
        *network()[:-1],
        dense(36, "odd", use_bias=1),
    ],
    "an epsilon that hides no zero variance": network(
        norm(3, "odd", epsilon=0.0, variance=np.zeros(3, np.float32))
    ),
    "a pad value that is no number": [image(), conv("odd", pad_values="0", padding="same")],
}


@pytest.mark.parametrize("what", DAMAGED)
def test_what_keras_would_not_write_is_called_damaged(what: str, read: Any) -> None:
    with pytest.raises(ModelFileError, match="'odd'"):
        read(*DAMAGED[what])
