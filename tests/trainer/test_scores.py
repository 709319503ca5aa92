"""The list of functions that are left out, as TensorFlow computes them, and models without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.answers import FUNCTIONS, decide
from cbcnn_inputs.errors import ModelFileError
from cbcnn_trainer import evaluation
from cbcnn_trainer.keras2 import framework, model_file
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.scores import up_to_scores

COMPUTE: dict[str, Callable[[Any], Any]] = {
    "hard_tanh": larq.activations.hard_tanh,
    "leaky_relu": tf.nn.leaky_relu,
    "leaky_tanh": larq.activations.leaky_tanh,
    "log_sigmoid": tf.math.log_sigmoid,
    "log_softmax": tf.nn.log_softmax,
}
JOINT = [name for name, kept in FUNCTIONS.items() if kept.joint]
SINGLE = [name for name, kept in FUNCTIONS.items() if not kept.joint]


def compute(name: str, values: NDArray[Any]) -> NDArray[Any]:
    function = COMPUTE.get(name) or tf.keras.activations.get(name)
    result: NDArray[Any] = function(tf.constant(values)).numpy()
    return result


def every_exponent() -> NDArray[Any]:
    """Float32 numbers of every exponent with many mantissas, of both signs, and both zeros.

    Denormal numbers are left out: TensorFlow makes zeros of them before anything else.
    """
    rng = np.random.default_rng(0)
    mantissas = np.r_[0, 1, 2, 2**22, 2**23 - 1, rng.integers(0, 2**23, 500)].astype(np.uint32)
    exponents = np.arange(1, 255, dtype=np.uint32)
    positive = (exponents[:, None] << 23 | mantissas).ravel().view(np.float32)
    return np.concatenate([positive, -positive, np.array([0, -0.0], np.float32)])


@pytest.mark.parametrize("name", SINGLE)
def test_exactly_the_listed_functions_keep_the_sign_of_every_float(name: str) -> None:
    values = every_exponent()
    kept = np.array_equal(np.sign(compute(name, values)), np.sign(values))
    assert kept == FUNCTIONS[name].sign


@pytest.mark.parametrize("name", SINGLE)
def test_exactly_the_listed_functions_rise_where_float32_can_tell(name: str) -> None:
    values = np.linspace(-4, 4, 1025, dtype=np.float32)
    rises = bool((np.diff(compute(name, values)) > 0).all())
    assert rises == FUNCTIONS[name].order


@pytest.mark.parametrize("name", SINGLE)
def test_a_label_is_drawn_where_the_function_is_at_zero(name: str) -> None:
    values = np.linspace(-8, 8, 1025, dtype=np.float32)
    line = compute(name, np.zeros(1, np.float32))
    same = np.array_equal(compute(name, values) >= line, values >= 0)
    assert (same and line[0] in (0, 0.5)) == FUNCTIONS[name].label


@pytest.mark.parametrize("name", JOINT)
def test_functions_of_all_scores_keep_their_order(name: str) -> None:
    values = np.random.default_rng(0).normal(0, 3, (500, 7)).astype(np.float32)
    results = compute(name, values)
    np.testing.assert_array_equal(np.argsort(results, axis=1), np.argsort(values, axis=1))
    assert FUNCTIONS[name].order


def body(classes: int, activation: Any = None) -> list[Any]:
    return [
        tf.keras.Input((6,)),
        tf.keras.layers.Dense(5),
        larq.layers.QuantDense(
            classes,
            input_quantizer="ste_sign",
            kernel_quantizer="ste_sign",
            activation=activation,
        ),
    ]


def nested(classes: int) -> list[Any]:
    inner = tf.keras.Sequential([tf.keras.Input((classes,)), tf.keras.layers.Activation("sigmoid")])
    return [*body(classes), inner]


ENDS: dict[str, Callable[[int], list[Any]]] = {
    "an Activation": lambda n: [*body(n), tf.keras.layers.Activation("sigmoid")],
    "an option": lambda n: body(n, "sigmoid"),
    "two functions": lambda n: [*body(n, "tanh"), tf.keras.layers.Activation("sigmoid")],
    "a dropout behind it": lambda n: [*body(n, "sigmoid"), tf.keras.layers.Dropout(0.5)],
    "a nested model": nested,
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("classes", [1, 4])
def test_a_model_is_cut_in_front_of_its_last_functions(end: str, classes: int) -> None:
    model = tf.keras.Sequential(ENDS[end](classes))
    images = np.random.default_rng(0).normal(size=(9, 6)).astype(np.float32)
    sums = up_to_scores(framework, model)(images).numpy()
    np.testing.assert_array_equal(sums, np.rint(sums))
    assert (np.abs(sums) >= 1).any(), "these are the function's values"
    assert ((model(images).numpy() > 0) & (model(images).numpy() < 1)).any(), "the model changed"


def test_a_cut_model_has_no_arrays_of_its_own() -> None:
    """A training goes on behind it, and what it learns is evaluated."""
    model = tf.keras.Sequential(body(3, "sigmoid"))
    cut, images = up_to_scores(framework, model), np.ones((1, 6), np.float32)
    assert {id(array) for array in cut.weights} == {id(array) for array in model.weights}
    before = cut(images).numpy()
    last = model.layers[-1]
    last.set_weights([-array for array in last.get_weights()])
    assert not np.array_equal(cut(images).numpy(), before)
    assert last.activation is not None


def test_a_softmax_of_several_scores_is_cut_and_of_one_it_stays() -> None:
    several = tf.keras.Sequential([*body(4), tf.keras.layers.Softmax()])
    assert up_to_scores(framework, several) is not several
    one = tf.keras.Sequential([*body(1), tf.keras.layers.Softmax()])
    assert up_to_scores(framework, one) is one


def test_a_model_without_such_a_function_stays_as_it_is() -> None:
    for last in ([], [tf.keras.layers.ReLU()], [tf.keras.layers.BatchNormalization()]):
        model = tf.keras.Sequential([*body(3), *last])
        assert up_to_scores(framework, model) is model


def test_several_outputs_are_refused() -> None:
    image = tf.keras.Input((6,))
    outputs = [tf.keras.layers.Dense(2)(image), tf.keras.layers.Dense(3)(image)]
    with pytest.raises(ModelFileError, match="several outputs"):
        up_to_scores(framework, tf.keras.Model(image, outputs))


def test_scores_decide_where_the_function_saturates() -> None:
    """Sigmoid makes 1 of all scores above 17; the first is not the largest."""
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(3, "sigmoid")])
    model.layers[-1].set_weights([np.zeros((1, 3), np.float32), np.array([30, 40, 35], np.float32)])
    images = np.zeros((2, 1), np.uint8)
    assert np.argmax(model(images.astype(np.float32)).numpy(), axis=1).tolist() == [0, 0]
    assert evaluation.predict(framework, model, images).tolist() == [1, 1]


@pytest.mark.parametrize("activation", [None, "sigmoid", "tanh", "hard_tanh"])
def test_a_single_score_is_evaluated_by_its_sign(activation: Any) -> None:
    layer = tf.keras.layers.Dense(1, activation=activation and tf.keras.activations.get(activation))
    model = tf.keras.Sequential([tf.keras.Input((1,)), layer])
    layer.set_weights([np.ones((1, 1), np.float32), np.array([-3], np.float32)])
    images = np.arange(7, dtype=np.uint8).reshape(-1, 1)
    result = evaluation.evaluate(framework, model, images, np.array([0, 0, 0, 1, 1, 1, 0]))
    assert result.predictions.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert result.accuracy == pytest.approx(6 / 7)
    assert result.confusion.tolist() == [[3, 1], [0, 3]]


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("name", [*FUNCTIONS])
def test_a_model_file_that_ends_in_such_a_function_is_loaded_and_cut(
    name: str, suffix: str, tmp_path: Path
) -> None:
    function = COMPUTE.get(name) or tf.keras.activations.get(name)
    layers = [tf.keras.Input((4,)), tf.keras.layers.Dense(3, activation=function)]
    model, path = tf.keras.Sequential(layers), tmp_path / f"model{suffix}"
    model.save(path)
    images = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    loaded = model_file.load(path)
    np.testing.assert_array_equal(loaded(images), model(images))
    kept = FUNCTIONS[name].order
    assert (up_to_scores(framework, loaded) is not loaded) == kept
    np.testing.assert_array_equal(
        decide(up_to_scores(framework, loaded)(images).numpy()), decide(model(images).numpy())
    )
