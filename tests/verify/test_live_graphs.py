"""Networks with branches and floats beside live Larq: signs, classes, and how far logits are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="comparing with live Larq needs the extra [train]")

from cbcnn_codegen.errors import VerificationError
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.data import Samples, Source
from cbcnn_codegen.verify.edges import KnifeEdge, find_edges
from cbcnn_codegen.verify.live import LiveModel
from cbcnn_codegen.verify.logits import LogitTally
from cbcnn_codegen.verify.report import demand_equality
from cbcnn_codegen.verify.run import Result
from cbcnn_inputs.probe import Probe
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.loading.own_layers import st_dorefa
from support.live import Sides, compare_sides, draw_input
from support.tools import require_tool

layers = tf.keras.layers
SHAPE = (8, 8, 4)
BINARY: dict[str, Any] = {
    "input_quantizer": "ste_sign",
    "kernel_quantizer": "ste_sign",
    "padding": "same",
    "use_bias": False,
}


def binary(name: str | None = None, filters: int = 4) -> Any:
    return larq.layers.QuantConv2D(filters, 3, name=name, **BINARY)


def norm(name: str | None = None) -> Any:
    return layers.BatchNormalization(
        name=name,
        gamma_initializer=tf.keras.initializers.RandomUniform(-1, 1, seed=2),
        moving_mean_initializer=tf.keras.initializers.RandomUniform(-3, 3, seed=1),
    )


def residual(x: Any) -> Any:
    x = norm()(layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(x))
    x = layers.add([x, norm()(binary()(x))])
    return x + norm()(binary()(x))


def dense_block(x: Any) -> Any:
    x = norm()(layers.Conv2D(4, 3, padding="same", name="stem")(x))
    x = layers.concatenate([x, norm()(binary()(x))])
    return tf.concat([x, norm()(binary(filters=8)(x))], axis=-1)


def shared_quantizer(x: Any) -> Any:
    """One object in several layers, and several readers of one value."""
    sign = larq.quantizers.SteSign()
    x = norm()(layers.DepthwiseConv2D(3, padding="same")(x))
    options = {**BINARY, "input_quantizer": sign}
    left, right = (norm()(larq.layers.QuantConv2D(4, size, **options)(x)) for size in (1, 3))
    return layers.multiply([left, layers.add([right, x])])


def low_bits(x: Any) -> Any:
    """Numbers of two bits, and a step of 0 and 1."""
    x = norm()(layers.Conv2D(4, 3, padding="same")(x))
    dorefa = {**BINARY, "input_quantizer": larq.quantizers.DoReFa(2)}
    x = layers.add([x, norm()(larq.layers.QuantConv2D(4, 3, **dorefa)(x))])
    step = {**BINARY, "input_quantizer": "ste_heaviside"}
    return norm()(larq.layers.QuantConv2D(4, 3, **step)(x))


@larq.utils.register_keras_custom_object
class STCustomDoReFa(larq.quantizers.DoReFa):  # type: ignore[misc]
    """As ST names its own."""

    def call(self, inputs: Any) -> Any:
        return st_dorefa(self.precision, self.mode)(inputs)


def steps_of_st(x: Any) -> Any:
    """Numbers and weights of eight bits, and signs beside them."""
    x = norm()(layers.Conv2D(4, 3, padding="same")(x))
    kernel = STCustomDoReFa(8, "weights")
    for _ in range(2):
        conv = larq.layers.QuantConv2D(
            4, 3, padding="same", input_quantizer=STCustomDoReFa(8), kernel_quantizer=kernel
        )
        x = norm()(conv(x))
    return norm()(binary()(x))


def nested(x: Any) -> Any:
    inside = tf.keras.Input((8, 8, 4))
    block = tf.keras.Model(inside, layers.add([inside, norm("norm")(binary("conv")(inside))]))
    return block(norm()(layers.Conv2D(4, 3, padding="same", name="conv")(x)))


BODIES: Mapping[str, Callable[[Any], Any]] = {
    of.__name__: of
    for of in (residual, dense_block, shared_quantizer, low_bits, steps_of_st, nested)
}


def save(body: Callable[[Any], Any], folder: Path) -> Path:
    tf.keras.utils.set_random_seed(1)
    image = tf.keras.Input(SHAPE)
    value = layers.GlobalAveragePooling2D()(body(image))
    path = folder / "model.keras"
    tf.keras.Model(image, layers.Dense(5, name="head")(value)).save(path)
    return path


@pytest.fixture
def sides(tmp_path: Path, request: Any) -> Sides:
    require_tool("gcc", "gcc")
    model = save(BODIES[request.param], tmp_path)
    return compare_sides(
        model, draw_input(SHAPE), tmp_path, rescale=(1 / 128, -1.0), input_type="uint8"
    )


@pytest.mark.parametrize("sides", BODIES, indirect=True)
def test_signs_and_classes_of_graphs_are_those_of_live_larq(sides: Sides) -> None:
    sides.demand_equality()
    assert sides.unobserved == ()
    assert sides.live.sign_bits + sides.live.bits > 6 * 8 * 8 * 4
    assert sides.live.logits.count == 6 * 5
    assert sides.live.logits.agree
    assert sides.live.logits.ulps < 200


@pytest.mark.parametrize("sides", ["low_bits"], indirect=True)
def test_numbers_of_a_few_bits_are_compared_like_signs(sides: Sides) -> None:
    assert sum(name.endswith("input_quantizer") for name in map(str, sides.live.layers)) == 2


@pytest.fixture
def live(tmp_path: Path) -> LiveModel:
    read = read_model(save(residual, tmp_path), input_type="uint8", rescale=(1 / 128, -1.0))
    return LiveModel(read, lower(read.graph), (1 / 128, -1.0))


@pytest.fixture(autouse=True)
def names() -> None:
    tf.keras.backend.clear_session()


def test_nothing_is_found_where_nothing_differs(live: LiveModel) -> None:
    found = find_edges(live, draw_input(SHAPE))
    assert (found.edges, found.following) == ((), 0)


def test_a_sign_that_differs_is_shown_with_the_floats_on_both_sides(
    live: LiveModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = LiveModel.trace
    place = (3, 2, 1, 0)

    def changed(self: LiveModel, planes: Any, probes: Collection[Probe]) -> Mapping[Probe, Any]:
        """One number in front of the first sign has the other sign, and one of image 4 and 3
        in front of the second."""
        shown = {probe: value.copy() for probe, value in trace(self, planes, probes).items()}
        for path, images in (("batch_normalization", [3]), ("add", [3, 4])):
            shown[Probe((path,))][images, 2, 1, 0] *= -1
        return shown

    monkeypatch.setattr(LiveModel, "trace", changed)
    found = find_edges(live, draw_input(SHAPE))
    first, second = found.edges
    assert ((first.image, *first.position), second.image) == (place, 4)
    assert first.ours == -first.theirs
    assert found.following == 1
    text = str(found)
    assert f"{first.ours:.9g} in the C and {first.theirs:.9g} in Python" in text
    assert "1 signs behind them" in text
    assert not found.are_knife_edges
    assert "a defect" in text


@pytest.mark.parametrize(("theirs", "word"), [(-1e-6, "a knife edge"), (-1e-3, "a defect")])
def test_a_sign_between_two_roundings_of_one_number_is_a_knife_edge(
    theirs: float, word: str
) -> None:
    assert word in str(KnifeEdge("norm", 0, (1, 2, 3), 1e-6, theirs, 3.5))


def test_logits_far_from_those_of_the_live_model_are_a_failure() -> None:
    planes = np.zeros((1, 1, 1, 1), np.uint8)
    result = Result(Samples(Source.PLANES, planes, planes, None, "zeros"), 1)
    tally = result.tally("larq", "gcc")
    logits = tally.logits_of["dense"] = LogitTally()
    logits.add(np.array([1.0, 2.0], np.float32), np.array([1.0, 2.0001], np.float32))
    demand_equality(result)
    logits.add(np.array([1.0, 2.0], np.float32), np.array([1.0, 2.001], np.float32))
    with pytest.raises(VerificationError, match="logits"):
        demand_equality(result)


def test_logits_are_counted_in_units_in_the_last_place() -> None:
    tally = LogitTally()
    one = np.float32(1)
    tally.add(np.array([one, one, 0]), np.array([one, np.nextafter(one, np.float32(2)), 0]))
    assert (tally.count, tally.unequal, tally.ulps) == (3, 1, 1)
    tally.add(np.array([np.nan], np.float32), np.array([1], np.float32))
    assert not tally.agree
