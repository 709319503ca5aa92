"""Functions that change no answer and no sign are left out; where they would, they are refused."""

from __future__ import annotations

from typing import Any

import pytest

from cbcnn_codegen.ir import Operation
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.elu import Elu
from cbcnn_codegen.ops.exponential import Exponential
from cbcnn_codegen.ops.gelu import Gelu
from cbcnn_codegen.ops.leaky_relu import LeakyRelu
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sigmoid import Sigmoid
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.softmax import Softmax
from cbcnn_codegen.ops.softplus import Softplus
from cbcnn_codegen.ops.softsign import Softsign
from cbcnn_codegen.ops.tanh import Tanh
from cbcnn_inputs.answers import FUNCTIONS
from support.keras_files import Layer
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

SIGN = [name for name, kept in FUNCTIONS.items() if kept.sign]
ORDER = [name for name, kept in FUNCTIONS.items() if kept.order]
LABEL = [name for name, kept in FUNCTIONS.items() if kept.label]


def ops(result: Any) -> list[str]:
    return [type(op).__name__ for op in result.graph.ops]


def as_function(name: str) -> dict[str, str]:
    """What Keras writes for a function that is none of its own names."""
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": "function",
    }


@pytest.mark.parametrize("name", ORDER)
def test_a_function_that_keeps_order_is_left_out_at_the_end(name: str, read: Any) -> None:
    for result in (
        read(*network(), activation(name)),
        read(image(), conv(), flatten(), dense(36, activation=name)),
    ):
        assert ops(result) == ops(read(*network()))
        assert any(name in note and "left out" in note for note in result.notes)


@pytest.mark.parametrize("name", ["log_softmax_v2", "softmax_v2", "log_sigmoid"])
def test_functions_of_tensorflow_are_known_by_the_names_that_keras_writes(
    name: str, read: Any
) -> None:
    result = read(*network(), activation(as_function(name)))
    assert ops(result) == ops(read(*network()))


@pytest.mark.parametrize("name", SIGN)
def test_a_function_that_keeps_the_sign_is_left_out_in_front_of_one(name: str, read: Any) -> None:
    plain = ops(read(*network(norm(3), pool(), inputs=6)))
    as_layer = read(*network(norm(3), activation(as_function(name)), pool(), inputs=6))
    assert ops(as_layer) == plain
    assert any(name in note and "left out" in note for note in as_layer.notes)
    as_option = read(image(), conv(activation=name), pool(), flatten(), dense(6))
    assert ops(as_option) == ops(read(*network(pool(), inputs=6)))


def test_the_value_that_is_binarized_is_the_layers_own(read: Any) -> None:
    """Keras shows what comes out of the function, whose signs are the same."""
    result = read(*network(activation("hard_tanh", "bend")))
    signs = [node for node in result.graph.nodes if isinstance(node.op, Sign)]
    assert [sign.source for sign in signs] == ["flatten"]
    first = read(image(), activation("tanh", "bend"), conv(input_quantizer="ste_sign"), flatten())
    assert first.graph.nodes[0].source == "bend"


COMPUTED: dict[str, list[type[Operation]]] = {
    "elu": [Elu],
    "exponential": [Exponential],
    "gelu": [Gelu],
    "hard_sigmoid": [Affine, Clip],
    "hard_tanh": [Clip],
    "leaky_relu": [LeakyRelu],
    "log_sigmoid": [Affine, Softplus, Affine],
    "selu": [Elu],
    "sigmoid": [Sigmoid],
    "softmax": [Softmax],
    "softplus": [Softplus],
    "softsign": [Softsign],
    "tanh": [Tanh],
}
"""Functions whose values can be computed where something needs them."""


@pytest.mark.parametrize("name", COMPUTED)
def test_a_function_is_computed_where_its_values_are_needed(name: str, read: Any) -> None:
    result = read(*network(activation(name), Layer("ReLU", "relu", {})))
    kinds = [type(op) for op in result.graph.ops]
    assert kinds[1 : 2 + len(COMPUTED[name])] == [*COMPUTED[name], Relu]


@pytest.mark.parametrize("name", ["swish", "silu"])
def test_swish_is_the_value_times_its_sigmoid(name: str, read: Any) -> None:
    graph = read(*network(activation(name, "bent"), Layer("ReLU", "relu", {}))).graph
    assert isinstance(graph.maker("bent").op, Multiply)
    assert graph.maker("bent").inputs == ("conv", "bent/sigmoid")


def test_mish_is_the_value_times_the_tanh_of_its_softplus(read: Any) -> None:
    graph = read(*network(activation("mish", "bent"), Layer("ReLU", "relu", {}))).graph
    assert graph.maker("bent").inputs == ("conv", "bent/tanh")
    assert isinstance(graph.maker("bent/softplus").op, Softplus)


@pytest.mark.parametrize("name", sorted(set(ORDER) - {*SIGN, *COMPUTED}))
def test_in_front_of_a_sign_other_functions_are_refused(name: str, refusal: Any) -> None:
    message = refusal(*network(activation(name, "odd")))
    assert "layer 'odd' cannot be generated" in message
    assert f"{name} in front of " in message
    assert "try      remove it" in message
    assert "relu" not in message.partition("try")[2]


@pytest.mark.parametrize("name", sorted({*SIGN, *ORDER} - {*COMPUTED}))
@pytest.mark.parametrize("after", [norm(3), Layer("ReLU", "relu", {})])
def test_between_other_layers_no_function_is_left_out(
    name: str, after: Layer, refusal: Any
) -> None:
    message = refusal(*network(activation(name, "odd"), after))
    assert "layer 'odd' cannot be generated" in message
    assert f"{name} in front of" in message


@pytest.mark.parametrize("name", sorted(set(SIGN) - set(ORDER)))
def test_a_function_with_bends_is_computed_behind_several_scores(name: str, read: Any) -> None:
    result = read(*network(), activation(name, "bent"))
    assert result.graph.outputs == ("bent",)
    assert isinstance(result.graph.maker("bent").op, Clip)


def single(*end: Layer) -> list[Layer]:
    return [image(), conv(), flatten(), dense(36, kernel=latent(36, 1), units=1), *end]


@pytest.mark.parametrize("name", LABEL)
def test_a_single_score_keeps_its_label_without_the_function(name: str, read: Any) -> None:
    result = read(*single(activation(name)))
    assert ops(result) == ops(read(*single()))
    assert result.graph.classes == 2


@pytest.mark.parametrize("name", sorted(set(ORDER) - set(LABEL)))
def test_a_single_score_has_no_label_behind_other_functions(name: str, refusal: Any) -> None:
    message = refusal(*single(activation(name, "odd")))
    assert f"{name} of a single score" in message


def test_softmax_of_a_single_score_names_its_cure(refusal: Any) -> None:
    message = refusal(*single(activation("softmax", "odd")))
    assert "always the same" in message
    assert "sigmoid" in message.partition("try")[2]


@pytest.mark.parametrize("name", ["hard_silu", "star"])
def test_functions_that_keep_nothing_are_refused_with_those_that_do(
    name: str, refusal: Any
) -> None:
    message = refusal(*network(activation(name, "odd")))
    assert f"activation={name}" in message
    for allowed in ("hard_tanh", "sigmoid", "in front of a sign", "at the end"):
        assert allowed in message


def test_flatten_and_pooling_may_stand_between_a_function_and_the_end(read: Any) -> None:
    wide = conv("wide", 3, 4, input_quantizer="ste_sign", kernel=latent(3, 3, 3, 4))
    head = [image(), conv(), wide]
    largest = Layer("GlobalMaxPooling2D", "largest", {"keepdims": False})
    assert ops(read(*head, activation("sigmoid"), largest)) == ops(read(*head, largest))


def test_a_softmax_of_pixels_is_not_one_of_scores(read: Any) -> None:
    head = [image(), conv(), conv("wide", 3, 4, input_quantizer="ste_sign")]
    result = read(*head, activation("softmax", "shares"), flatten())
    assert isinstance(result.graph.maker("shares").op, Softmax)


def test_two_names_are_taken_for_one_score_and_three_are_not(read: Any) -> None:
    from cbcnn_codegen.errors import ModelFileError
    from cbcnn_inputs.metadata import ModelMetadata

    named = ModelMetadata("uint8", None, ("no", "yes"))
    assert read(*single(), metadata=named).graph.class_names == ("no", "yes")
    for names in (("no",), ("a", "b", "c")):
        with pytest.raises(ModelFileError, match="two for a single score"):
            read(*single(), metadata=ModelMetadata("uint8", None, names))
