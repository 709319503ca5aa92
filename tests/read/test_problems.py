"""Every cause is told once, with a cure: layers of Keras and Larq, branches, several ends."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.read.layers import converters
from support.connected_files import connected
from support.keras_files import Layer, input_layer
from support.small_layers import conv, dense, flatten, image, network


def all_layers() -> list[str]:
    """The class of every layer that Keras 2, Keras 3 and Larq have."""
    larq = pytest.importorskip("larq", reason="needs the [train] extra")
    keras = pytest.importorskip("keras", reason="needs Keras 3")
    from cbcnn_trainer.keras2.backend import tf

    modules = (tf.keras.layers, keras.layers, larq.layers, larq.quantizers)
    bases = (tf.keras.layers.Layer, keras.layers.Layer)
    classes = [
        value
        for module in modules
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, bases)
    ]
    abstract = {
        base.__name__
        for value in classes
        for base in value.__mro__[1:]
        if "larq" in base.__module__
    }
    return sorted({value.__name__ for value in classes} - abstract)


def test_every_layer_of_keras_and_larq_is_known_or_has_a_cure(refusal: Any) -> None:
    names = all_layers()
    assert len(names) > 150
    assert {"Add", "Conv2D", "SteTern", "QuantConv1D", "RMSNormalization"} <= set(names)
    for name in names:
        if name not in converters():
            message = refusal(*network(Layer(name, "odd", {})))
            assert f"found    {name}, which " in message.replace("whose", "which"), message
            assert "try      " in message
            assert "layers of these classes" not in message


def test_a_layer_of_nobody_is_refused_with_what_is_allowed(refusal: Any) -> None:
    message = refusal(*network(Layer("Mine>Odd", "odd", {})))
    assert "found    Mine>Odd, which needs code" in message
    assert "allowed  layers of the classes Activation, " in message


def test_what_is_allowed_is_listed_once(refusal: Any) -> None:
    kinds = ["LocallyConnected2D", "LSTM", "Add", "MyLayer"]
    message = refusal(*network(*(Layer(kind, kind.lower(), {}) for kind in kinds)))
    assert message.startswith("4 things in this model")
    assert message.count("QuantDense, QuantDepthwiseConv2D") == 1
    assert message.count("allowed  the same as for 'locallyconnected2d'") == 3


def test_layers_with_the_same_problem_are_told_together(refusal: Any) -> None:
    layers = [Layer("UnitNormalization", f"odd_{number}", {}) for number in range(20)]
    message = refusal(*network(*layers, Layer("LSTM", "odd", {})))
    assert message.startswith("2 things in this model")
    assert all(f"'{layer.name}'" in message for layer in layers)
    assert len(message.splitlines()) == 9


SHORTCUT = conv("second", 3, 3, input_quantizer="ste_sign", padding="same")
GRAPHS: dict[str, tuple[list[Layer], dict[str, list[str]], list[str], list[str], str]] = {
    "two inputs": (
        [image(), input_layer(6, 5, 2, name="other"), Layer("Concatenate", "join", {}), conv()],
        {"other": [], "join": ["image", "other"]},
        ["image", "other"],
        ["conv"],
        "the model has 2 inputs",
    ),
    "a value that leads nowhere": (
        [image(), conv(), SHORTCUT, flatten(), dense(36)],
        {"flatten": ["conv"]},
        ["image"],
        ["dense"],
        "layer 'conv' cannot be generated\n  found    'flatten', 'second' read it",
    ),
}


@pytest.mark.parametrize("what", GRAPHS)
def test_a_graph_that_is_no_chain_has_one_cause(what: str, tmp_path: Path) -> None:
    layers, sources, inputs, outputs, message = GRAPHS[what]
    path = connected(tmp_path / "model.h5", layers, sources, inputs, outputs)
    with pytest.raises(UnsupportedLayerError) as refused:
        lower(read_model(path).graph)
    assert str(refused.value).startswith(message)
    assert "things in this model" not in str(refused.value)


def test_independent_causes_are_all_told(tmp_path: Path) -> None:
    odd = [Layer("LSTM", "odd", {}), Layer("UnitNormalization", "other", {})]
    layers = [image(), conv(), flatten(), *odd, dense(36, "one"), dense(36, "two")]
    path = connected(tmp_path / "model.h5", layers, {"two": ["flatten"]}, ["image"], ["one", "two"])
    with pytest.raises(UnsupportedLayerError) as refused:
        read_model(path)
    message = str(refused.value)
    assert message.startswith("2 things in this model")
    for word in ("'odd'", "'other'"):
        assert word in message
