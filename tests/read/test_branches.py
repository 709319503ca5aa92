"""Functional models with branches become graphs; what no kernel computes is refused by lowering."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.errors import ModelFileError, UnsupportedLayerError
from cbcnn_codegen.ir import SIGNS, Graph
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from support.connected_files import call, connected
from support.keras_files import Layer
from support.small_layers import activation, conv, dense, flatten, image, norm, pool

SAME = {"input_quantizer": "ste_sign", "padding": "same"}
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 6, 5, 2)).astype(np.uint8)


def residual(join: Layer, scores: int = 36) -> list[Layer]:
    """A block whose input goes around it."""
    return [image(), conv(), norm(3), conv("second", 3, 3, **SAME), join, flatten(), dense(scores)]


AROUND = {"join": ["norm", "second"]}


def read_connected(
    path: Path,
    layers: Sequence[Layer],
    reads: Mapping[str, Sequence[str]],
    rescale: tuple[float, float] | None = None,
) -> Graph:
    made = connected(path / "model.h5", layers, reads, [layers[0].name], [layers[-1].name])
    graph = read_model(made, rescale=rescale).graph
    graph.check()
    return graph


def inputs(graph: Graph, name: str) -> tuple[str, ...]:
    return graph.maker(name).inputs


def test_a_shortcut_becomes_a_value_with_two_readers(tmp_path: Path) -> None:
    graph = read_connected(tmp_path, residual(Layer("Add", "join", {})), AROUND)
    assert inputs(graph, "join") == ("norm", "second")
    assert [node.name for node in graph.readers("norm")] == ["second/input_quantizer", "join"]
    assert str(graph.types["join"]) == "float32 4x3x3"
    maps = reference.run(graph, IMAGES).maps
    np.testing.assert_array_equal(maps["join"], maps["norm"] + maps["second"].astype(np.float32))


def test_the_order_of_the_list_does_not_matter(tmp_path: Path) -> None:
    layers = residual(Layer("Add", "join", {}))
    straight = read_connected(tmp_path, layers, AROUND)
    reads = {after.name: [before.name] for before, after in itertools.pairwise(layers)}
    shuffled = [layers[i] for i in (0, 4, 6, 2, 5, 3, 1)]
    path = connected(
        tmp_path / "other.h5", shuffled, {"image": [], **reads, **AROUND}, ["image"], ["dense"]
    )
    assert str(read_model(path).graph) == str(straight)


def test_a_function_behind_a_pool_is_another_one_for_readers_of_the_map(tmp_path: Path) -> None:
    """It moves behind the maximum, where it computes less; other readers need all of it."""
    layers = [
        *(image(), conv(), norm(3), activation("hard_tanh")),
        pool(pool_size=[2, 2], strides=[1, 1], padding="same"),
        *(Layer("Add", "join", {}), flatten(), dense(36)),
    ]
    graph = read_connected(tmp_path, layers, {"join": ["activation", "pool"]})
    assert inputs(graph, "join") == ("activation", "activation/moved")
    maps = reference.run(lower(graph), IMAGES).maps
    behind, flat = (np.clip(maps[name], -1, 1) for name in ("norm", "pool"))
    np.testing.assert_array_equal(maps["join"], behind + flat)


@pytest.mark.parametrize("kind", ["Add", "Multiply"])
def test_a_join_of_real_numbers_is_lowered_to_floats(kind: str, tmp_path: Path) -> None:
    graph = read_connected(tmp_path, residual(Layer(kind, "join", {})), AROUND)
    lowered = lower(graph)
    assert lowered.level == 2
    before, after = reference.run(graph, IMAGES), reference.run(lowered, IMAGES)
    np.testing.assert_array_equal(after.maps["join"], before.maps["join"])
    np.testing.assert_array_equal(after.classes, before.classes)


def test_functions_of_sums_side_by_side_stay_integers_in_front_of_signs(tmp_path: Path) -> None:
    graph = read_connected(tmp_path, residual(Layer("Concatenate", "join", {}), 72), AROUND)
    lowered = lower(graph)
    assert lowered.level == 1
    before, after = reference.run(graph, IMAGES), reference.run(lowered, IMAGES)
    np.testing.assert_array_equal(after.classes, before.classes)


def test_a_join_of_three_becomes_two(tmp_path: Path) -> None:
    layers = residual(Layer("Add", "join", {}))
    layers.insert(4, norm(3, "third"))
    graph = read_connected(
        tmp_path, layers, {"third": ["second"], "join": ["norm", "second", "third"]}
    )
    lowered = lower(graph)
    assert inputs(lowered, "join") == ("join/part", "third")
    before, after = reference.run(graph, IMAGES), reference.run(lowered, IMAGES)
    np.testing.assert_array_equal(after.maps["join"], before.maps["join"])


def test_batch_norms_take_the_fused_multiply_add_where_real_numbers_stay(tmp_path: Path) -> None:
    real = read_connected(tmp_path, residual(Layer("Add", "join", {})), AROUND)
    signs = read_connected(tmp_path, [image(), conv(), norm(3), flatten(), dense(36)], {})
    orders = [of.maker("norm").op for of in (real, signs)]
    assert [getattr(op, "multiply_add", None) for op in orders] == [True, False]


def test_what_cannot_be_read_is_told_in_a_model_with_branches(tmp_path: Path) -> None:
    layers = residual(Layer("Add", "join", {}))
    layers.insert(5, Layer("LSTM", "odd", {}))
    with pytest.raises(UnsupportedLayerError, match="'odd'"):
        read_connected(tmp_path, layers, AROUND)


def test_signs_stay_signs_when_they_are_multiplied_or_concatenated(tmp_path: Path) -> None:
    for kind, scores in (("Multiply", 36), ("Concatenate", 72)):
        parts = [image(), conv(), activation("ste_sign", "a"), conv("second", 3, 3, **SAME)]
        ends = [activation("ste_sign", "b"), Layer(kind, "join", {}), flatten()]
        layers = [*parts, *ends, dense(scores, input_quantizer=None)]
        graph = read_connected(tmp_path, layers, {"join": ["a", "b"]})
        assert graph.types["join"].element == SIGNS


def test_a_scaled_image_that_two_layers_read_is_scaled_once(tmp_path: Path) -> None:
    layers = [image(), conv(), conv("second"), Layer("Add", "join", {}), flatten(), dense(36)]
    reads = {"second": ["image"], "join": ["conv", "second"]}
    graph = read_connected(tmp_path, layers, reads, rescale=(1 / 128, 0.0))
    scaled = graph.readers("image")
    assert [node.name for node in scaled] == ["image/scale"]
    assert [node.name for node in graph.readers("image/scale")] == ["conv", "second"]


def test_scaling_one_branch_of_an_image_scales_that_alone(tmp_path: Path) -> None:
    rescaling = Layer("Rescaling", "odd", {"scale": 1 / 128, "offset": 0.0})
    layers = [image(), rescaling, conv(), conv("second"), Layer("Add", "join", {}), flatten()]
    reads = {"second": ["image"], "join": ["conv", "second"]}
    graph = read_connected(tmp_path, [*layers, dense(36)], reads)
    assert [node.name for node in graph.readers("odd")] == ["conv"]
    assert [node.name for node in graph.readers("image")] == ["odd", "second"]


UNFIT = {
    "an Add of other shapes": (Layer("Add", "join", {}), {"join": ["image", "second"]}),
    "a Concatenate of other sizes": (
        Layer("Concatenate", "join", {}),
        {"join": ["image", "second"]},
    ),
    "a Concatenate of images": (Layer("Concatenate", "join", {"axis": 0}), AROUND),
}


@pytest.mark.parametrize("what", UNFIT)
def test_values_that_do_not_meet_are_refused_by_the_reader(what: str, tmp_path: Path) -> None:
    join, reads = UNFIT[what]
    with pytest.raises(UnsupportedLayerError, match="layer 'join' cannot be generated"):
        read_connected(tmp_path, residual(join), reads)


def test_a_layer_for_one_value_that_reads_two_is_refused(tmp_path: Path) -> None:
    layers = [image(), conv(), conv("second", 3, 3, **SAME), norm(3, "odd"), flatten(), dense(36)]
    with pytest.raises(UnsupportedLayerError, match="BatchNormalization, which reads 2 values"):
        read_connected(tmp_path, layers, {"odd": ["conv", "second"]})


def test_a_circle_is_damage(tmp_path: Path) -> None:
    layers = residual(Layer("Add", "join", {}))
    with pytest.raises(ModelFileError, match="damaged"):
        read_connected(tmp_path, layers, {"norm": ["second"], "second": ["norm"]})


FUNCTIONS = {"__operators__.add": "Add", "math.multiply": "Multiply"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_operators_between_layers_are_the_layers_that_do_the_same(
    function: str, tmp_path: Path
) -> None:
    layers = residual(Layer("TFOpLambda", "join", {"function": function}))
    path = connected(tmp_path / "called.h5", layers, AROUND, ["image"], ["dense"])
    call(path, "join", "norm", y=["second", 0, 0])
    (tmp_path / "plain").mkdir()
    plain = read_connected(
        tmp_path / "plain", residual(Layer(FUNCTIONS[function], "join", {})), AROUND
    )
    assert str(read_model(path).graph) == str(plain)


def test_an_operator_with_a_number_adds_it(tmp_path: Path) -> None:
    layers = residual(Layer("TFOpLambda", "join", {"function": "__operators__.add"}))
    path = connected(tmp_path / "called.h5", layers, {}, ["image"], ["dense"])
    call(path, "join", "second", y=1.5)
    (added,) = (op for op in read_model(path).graph.ops if op.name == "join")
    assert isinstance(added, Affine)
    assert added.bias is not None
    assert (added.multiplier, *added.bias) == (None, 1.5, 1.5, 1.5)


def test_a_function_of_tensorflow_that_no_layer_does_is_refused(tmp_path: Path) -> None:
    layers = residual(Layer("TFOpLambda", "join", {"function": "math.erf"}))
    path = connected(tmp_path / "called.h5", layers, {}, ["image"], ["dense"])
    with pytest.raises(UnsupportedLayerError, match="'join'"):
        read_model(path)
