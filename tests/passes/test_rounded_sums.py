"""Sums of -H and +H, which TensorFlow rounds: refused where that decides, reported where it may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.passes import lower
from cbcnn_codegen.passes.fold_thresholds import fold_thresholds
from cbcnn_codegen.passes.move_scales import move_scales
from cbcnn_codegen.read import read_model
from support.keras_files import Layer, write_h5
from support.small_layers import activation, conv, dense, flatten, image, latent, norm, pool

MAGNITUDES: dict[str, Any] = {"kernel_quantizer": "magnitude_aware_sign"}


def binary(size: Any, *shape: int) -> NDArray[Any]:
    """Weights of -H and +H, half of them each as far as that goes."""
    signs = np.resize([1, -1], shape)
    weights: NDArray[Any] = (np.asarray(size, np.float32) * signs).astype(np.float32)
    return weights


@pytest.fixture
def lowered(tmp_path: Path) -> Any:
    """What a file of these layers is lowered to."""

    def read_and_lower(*layers: Layer, **options: Any) -> Graph:
        return lower(read_model(write_h5(tmp_path / "model.h5", layers), **options).graph)

    return read_and_lower


@pytest.fixture
def refused(lowered: Any) -> Any:
    """The message of the error for these layers."""

    def refuse(*layers: Layer, **options: Any) -> str:
        with pytest.raises(UnsupportedLayerError) as error:
            lowered(*layers, **options)
        return str(error.value)

    return refuse


def hidden(*between: Layer, inputs: int = 4, units: int = 3, **options: Any) -> list[Layer]:
    """Signs of an image, a dense layer that the test is about, a chain, and a head of signs."""
    options = {**MAGNITUDES, "kernel": latent(inputs, units), **options}
    first = dense(inputs, "sums", units=units, **options)
    return [image(inputs), first, *between, dense(units, "head", units=2)]


def statistics(mean: Any, beta: Any = 0.0, units: int = 3) -> Layer:
    spread = {"mean": np.full(units, mean, np.float32), "beta": np.full(units, beta, np.float32)}
    return norm(units, "norm", **spread)


def test_sums_that_may_be_zero_are_refused_in_front_of_a_sign(refused: Any) -> None:
    message = refused(*hidden())
    assert "layer 'sums' cannot be generated" in message
    assert "TensorFlow rounds" in message
    assert "channels 0, 1, 2" in message
    assert "try      kernel_quantizer='ste_sign', whose sums have the same signs" in message


@pytest.mark.parametrize("size", [1.0, 0.5, 2.0**-20, 0.75, 1.25])
def test_short_numbers_are_summed_exactly_and_taken(size: float, lowered: Any) -> None:
    for options in (MAGNITUDES, {"kernel_quantizer": None}):
        graph = lowered(*hidden(kernel=binary(size, 4, 3), **options))
        assert graph.knife_edges == ()


def test_weights_that_are_binary_already_are_refused_alike(refused: Any, lowered: Any) -> None:
    options: dict[str, Any] = {"kernel_quantizer": None}
    assert "whose sums have the same signs" in refused(*hidden(kernel=binary(0.3, 4, 3), **options))
    assert lowered(*hidden(kernel=binary(0.3, 5, 3), inputs=5, **options))


def test_an_odd_number_of_signs_has_no_sum_of_zero(lowered: Any) -> None:
    graph = lowered(*hidden(inputs=5))
    assert graph.knife_edges == ()


@pytest.mark.parametrize(("pad", "taken"), [(0.0, False), (1.0, True), (-1.0, True)])
def test_padding_with_zero_makes_a_sum_of_zero_possible(
    pad: float, taken: bool, lowered: Any, refused: Any
) -> None:
    first = conv("first", 2, 3)
    second = conv("sums", 3, 3, padding="same", pad_values=pad, input_quantizer="ste_sign")
    second.config.update(MAGNITUDES)
    layers = [image(), first, norm(3), second, flatten(), dense(36, "head")]
    if taken:
        assert lowered(*layers)
    else:
        assert "layer 'sums'" in refused(*layers)


def test_a_relu_hides_sums_around_zero_from_larqs_sign_alone(lowered: Any, refused: Any) -> None:
    relu = Layer("ReLU", "relu", {})
    assert lowered(*hidden(relu))
    assert "layer 'sums'" in refused(*hidden(relu, activation("binary_tanh")))


def test_pooling_in_between_changes_nothing(refused: Any) -> None:
    second = conv("sums", 2, 3, kernel=latent(1, 1, 2, 3), **MAGNITUDES)
    second.config["input_quantizer"] = "ste_sign"
    layers = [image(), second, pool(), flatten(), dense(18, "head")]
    assert "layer 'sums'" in refused(*layers)


@pytest.mark.parametrize(("bias", "taken"), [(0.1234, True), (-0.6, False), (1.2, False)])
def test_a_bias_moves_the_line_onto_another_sum_or_beside_all(
    bias: float, taken: bool, lowered: Any, refused: Any
) -> None:
    biased: dict[str, Any] = {"kernel": binary(0.3, 4, 3), "bias": np.full(3, bias, np.float32)}
    if taken:
        assert lowered(*hidden(**biased)).knife_edges == ()
    else:
        assert "with bias / H" in refused(*hidden(**biased))


@pytest.mark.parametrize(
    ("mean", "taken"), [(0.0, False), (0.6, False), (0.3, True), (0.45, True), (7.0, True)]
)
def test_a_norm_is_no_cure_where_its_line_meets_a_sum(
    mean: float, taken: bool, lowered: Any, refused: Any
) -> None:
    layers = hidden(statistics(mean), kernel=binary(0.3, 4, 3))
    if taken:
        assert lowered(*layers).knife_edges == ()
    else:
        message = refused(*layers)
        assert "moving_mean / H, moving_variance / H**2 and epsilon / H**2" in message


def test_the_cure_for_a_norm_is_the_same_function(lowered: Any) -> None:
    size = np.float32(0.3)
    cured = norm(
        3,
        "norm",
        mean=np.full(3, 0.6 / size, np.float32),
        variance=np.full(3, 1 / size**2, np.float32),
        epsilon=1e-3 / float(size) ** 2,
    )
    graph = lowered(*hidden(cured, kernel=binary(size, 4, 3), kernel_quantizer="ste_sign"))
    (first,) = (op for op in graph.ops if op.name == "sums")
    assert first.thresholds.tolist() == [2, 2, 2]


def test_a_line_within_the_bound_of_a_sum_is_reported(lowered: Any) -> None:
    """Further away than roundings reach now and then, and nearer than it can be proved."""
    inputs = 101
    mean = 0.3 * 5 * (1 + 2e-5)
    graph = lowered(*hidden(statistics(mean), inputs=inputs, kernel=binary(0.3, inputs, 3)))
    assert graph.knife_edges == (("sums", (0, 1, 2)),)
    far = lowered(*hidden(statistics(0.3 * 5.1), inputs=inputs, kernel=binary(0.3, inputs, 3)))
    assert far.knife_edges == ()


def test_sums_of_image_values_reach_zero_whatever_their_number(refused: Any, lowered: Any) -> None:
    layers = [image(), conv("sums", kernel=latent(3, 3, 2, 3), **MAGNITUDES), flatten(), dense(36)]
    assert "layer 'sums'" in refused(*layers)
    plain = [image(), conv("sums"), flatten(), dense(36)]
    assert lowered(*plain).knife_edges == ()


def test_layers_of_the_cbcnn_authors_multiply_once_and_are_taken(lowered: Any) -> None:
    kernel = latent(4, 3)
    layer = Layer("BinaryDense", "sums", {"units": 3, "H": 0.3, "use_bias": False})
    layer.weights["kernel"] = kernel
    signs = activation("binary_tanh", "signs")
    graph = lowered(image(4), signs, layer, dense(3, "head", units=2))
    assert graph.knife_edges == ()


def head(units: int, *behind: Layer, inputs: int = 4, **options: Any) -> list[Layer]:
    options = {**MAGNITUDES, "kernel": latent(inputs, units, seed=1), **options}
    return [image(inputs), dense(inputs, "sums", units=units, **options), *behind]


def test_two_scores_that_are_zero_together_are_refused(refused: Any, lowered: Any) -> None:
    message = refused(*head(3))
    assert "scores of classes 0 and 1" in message
    assert "try      kernel_quantizer='ste_sign'" in message
    assert lowered(*head(3, inputs=5)), "sums of five signs are never zero"


def test_classes_of_the_same_h_tie_for_all_equal_sums(refused: Any, lowered: Any) -> None:
    same = binary([0.3, 0.7, 0.3], 5, 3)
    assert "scores of classes 0 and 2" in refused(*head(3, inputs=5, kernel=same))
    bias = np.array([0.05, 0.0, 0.0], np.float32)
    assert lowered(*head(3, inputs=5, kernel=same, bias=bias))
    bias = np.array([0.6, 0.0, 0.0], np.float32)
    assert "scores of classes 0 and 2" in refused(*head(3, inputs=5, kernel=same, bias=bias))


def test_a_trained_norm_tells_scores_apart(lowered: Any, refused: Any) -> None:
    rng = np.random.default_rng(0)
    trained = {"mean": rng.normal(size=3), "variance": rng.uniform(1, 2, 3)}
    assert lowered(*head(3, norm(3, "norm", **trained)))
    assert "scores of classes" in refused(*head(3, norm(3, "norm")))


def test_a_single_score_is_refused_where_zero_is_possible(refused: Any, lowered: Any) -> None:
    message = refused(*head(1, activation("sigmoid")))
    assert "where the label changes" in message
    assert lowered(*head(1, activation("sigmoid"), inputs=5)).knife_edges == ()
    assert lowered(*head(1, kernel_quantizer="ste_sign")).knife_edges == ()


def test_a_label_within_the_bound_is_reported(lowered: Any) -> None:
    inputs = 101
    bias = np.array([-0.3 * 5 * (1 + 2e-5)], np.float32)
    graph = lowered(*head(1, inputs=inputs, kernel=binary(0.3, inputs, 1), bias=bias))
    assert graph.knife_edges == (("sums/scale", (0,)),)


def test_every_layer_is_in_one_message(refused: Any) -> None:
    layers = hidden()
    more = dense(3, "more", units=4, kernel=latent(3, 4), **MAGNITUDES)
    last = dense(4, "last", units=4, kernel=latent(4, 4), **MAGNITUDES)
    message = refused(*layers[:2], more, last, dense(4, "head", units=2))
    assert "layer 'sums'" in message
    assert "layer 'last'" in message
    assert "layer 'more'" not in message


@pytest.mark.parametrize(("scale", "edges"), [(1 / 128, 0), (1 / 255, 2)])
def test_an_image_that_tensorflow_rounds_makes_knife_edges(
    scale: float, edges: int, lowered: Any
) -> None:
    """The image alone: its sums are zero often enough, but nobody could cure that."""
    rescaling = Layer("Rescaling", "scaled", {"scale": scale, "offset": 0.0})
    first = dense(4, "sums", units=2, kernel=latent(4, 2), input_quantizer=None)
    graph = lowered(image(4), rescaling, first, dense(2, "head", units=2))
    assert [len(channels) for _, channels in graph.knife_edges] == [edges] * (edges > 0)


def test_odd_steps_of_an_image_never_add_up_to_zero(lowered: Any) -> None:
    rescaling = Layer("Rescaling", "scaled", {"scale": 1 / 127.5, "offset": -1.0})
    for inputs, edges in ((9, ()), (4, (("sums", (0, 1)),))):
        first = dense(inputs, "sums", units=2, kernel=latent(inputs, 2), input_quantizer=None)
        graph = lowered(image(inputs), rescaling, first, dense(2, "head", units=2))
        assert graph.knife_edges == edges


def in_any_order(rng: np.random.Generator, terms: NDArray[Any]) -> np.float32:
    """A float32 sum of numbers in a random order, in random groups."""
    while len(terms) > 1:
        terms = rng.permutation(terms)
        count = int(rng.integers(1, len(terms)))
        pairs = terms[:count] if count % 2 == 0 else np.append(terms[:count], np.float32(0))
        terms = np.append(pairs[::2] + pairs[1::2], terms[count:])
        terms = terms if len(terms) > 2 else np.array([terms.sum(dtype=np.float32)])
    return np.float32(terms[0])


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    inputs=st.sampled_from([3, 4, 9, 18, 64, 65]),
    biased=st.booleans(),
    normed=st.booleans(),
    rank=st.booleans(),
)
def test_where_nothing_is_refused_or_reported_no_order_changes_a_sign(
    seed: int, inputs: int, biased: bool, normed: bool, rank: bool, tmp_path_factory: Any
) -> None:
    rng = np.random.default_rng(seed)
    units, size = 4, rng.uniform(0.1, 3, 4).astype(np.float32)
    options: dict[str, Any] = {"kernel": binary(size, inputs, units), "kernel_quantizer": None}
    steps = rng.integers(-inputs, inputs + 1, units) + rng.choice([0, 1e-7, 1e-4, 0.5], units)
    if biased:
        options["bias"] = (size * steps).astype(np.float32)
    between = [statistics(size * steps if not biased else 0.0, units=units)] if normed else []
    path = tmp_path_factory.mktemp("model") / "model.h5"
    graph = read_model(
        write_h5(path, hidden(*between, inputs=inputs, units=units, **options))
    ).graph
    try:
        folded = fold_thresholds(move_scales(graph))
    except UnsupportedLayerError:
        return
    sure = sorted({*range(units)} - {c for _, channels in folded.knife_edges for c in channels})
    threshold = [op for op in folded.ops if isinstance(op, Threshold)][-1]
    chain = [op for op in graph.ops if op.name in ("sums/scale", "norm")]
    for _ in range(10):
        ones = int(np.clip(inputs / 2 + rng.normal(0, inputs / 6), 0, inputs))
        signs = rng.permutation(np.r_[np.ones(ones), -np.ones(inputs - ones)])
        sums = np.sum(signs, dtype=np.int32)
        values = [in_any_order(rng, (signs * h).astype(np.float32)) for h in size]
        value = np.array(values, np.float32).reshape(1, 1, 1, -1)
        for op in chain:
            plain = op if op.name == "norm" else type(op)(op.name, None, op.bias)  # type: ignore
            value = plain.compute(value)
        exact = threshold.compute(np.full((1, 1, 1, units), sums, np.int32))
        np.testing.assert_array_equal((value >= 0)[..., sure], (exact > 0)[..., sure])


def test_a_flattened_image_may_be_binarized_whatever_its_scale(lowered: Any) -> None:
    for scale, offset in ((1 / 127.5, -1.0), (1 / 255, 0.0), (1 / 128, -1.0)):
        rescaling = Layer("Rescaling", "scaled", {"scale": scale, "offset": offset})
        layers = [image(3, 2, 2), rescaling, flatten(), dense(12, "sums", units=5)]
        assert lowered(*layers).ops
