"""Functions of TensorFlow as layers: what is on the list is read, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.errors import ModelFileError, UnsupportedLayerError
from cbcnn_codegen.ir import Graph, Shape
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.gather import Gather
from cbcnn_codegen.read import read_model
from support.connected_files import call, connected
from support.keras_files import Layer
from support.small_layers import conv, dense, flatten, image

WHOLE = {"start": None, "stop": None, "step": None}


def called(folder: Path, function: str, *, inputs: int = 36, **options: Any) -> Graph:
    """A network with one function of a 4x3 map of three channels."""
    kind = "SlicingOpLambda" if function.endswith("getitem") else "TFOpLambda"
    layers = [image(), conv(), Layer(kind, "of", {"function": function}), flatten()]
    path = connected(folder / "m.h5", [*layers, dense(inputs)], {}, ["image"], ["dense"])
    call(path, "of", "conv", **options)
    return read_model(path).graph


def test_numbers_and_values_make_one_multiplication_and_addition(tmp_path: Path) -> None:
    for function, y, multiplier, bias in (
        ("math.multiply", 0.5, 0.5, None),
        ("math.truediv", 4, 0.25, None),
        ("math.subtract", 2.0, None, -2.0),
        ("__operators__.add", [1.0, 1.0, 1.0], None, 1.0),
    ):
        op = called(tmp_path, function, y=y).maker("of").op
        assert isinstance(op, Affine), function
        for found, wanted in ((op.multiplier, multiplier), (op.bias, bias)):
            assert (found is None) == (wanted is None), function
            if found is not None and wanted is not None:
                np.testing.assert_array_equal(found, np.full(3, wanted, np.float32))


def test_limits_are_those_of_the_call(tmp_path: Path) -> None:
    op = called(tmp_path, "clip_by_value", clip_value_min=-1, clip_value_max=0.5).maker("of").op
    assert isinstance(op, Clip)
    assert (op.low, op.high) == (-1, 0.5)


def test_slices_take_what_python_takes(tmp_path: Path) -> None:
    spec = [WHOLE, {"start": -1, "stop": None, "step": -2}, WHOLE, {"start": 1, "stop": 3}]
    graph = called(tmp_path, "__operators__.getitem", inputs=12, slice_spec=spec)
    op, values = graph.maker("of").op, np.arange(36, dtype=np.float32).reshape(1, 4, 3, 3)
    assert isinstance(op, Gather)
    np.testing.assert_array_equal(op.compute(values), values[:, -1::-2, :, 1:3])
    assert graph.types["of"].shape == Shape(2, 3, 2)


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "a function that is not on the list": ("math.erf", {}),
    "a constant of the map's size": ("math.add", {"y": [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]}),
    "a constant that is no number": ("math.add", {"y": "one"}),
    "images of the batch": ("__operators__.getitem", {"slice_spec": [0]}),
    "a new axis": ("__operators__.getitem", {"slice_spec": [WHOLE, None]}),
    "a mean of channels": ("math.reduce_mean", {"axis": -1}),
    "a mirror": ("pad", {"paddings": [[0, 0]] * 4, "mode": "REFLECT"}),
    "images in another order": ("transpose", {"perm": [1, 0, 2, 3]}),
    "other images": ("reshape", {"shape": [4, 9]}),
    "another type": ("cast", {"dtype": "int32"}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_said_of_each_image_is_refused(what: str, tmp_path: Path) -> None:
    function, options = REFUSED[what]
    with pytest.raises(UnsupportedLayerError, match="'of'"):
        called(tmp_path, function, **options)


DAMAGED: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing to divide by": ("math.truediv", {"y": 0}),
    "zeros to divide by": ("math.truediv", {"y": [1.0, 0.0, 1.0]}),
    "limits in the wrong order": ("clip_by_value", {"clip_value_min": 1, "clip_value_max": 0}),
    "a step of zero": ("__operators__.getitem", {"slice_spec": [WHOLE, {"step": 0}]}),
    "a place outside": ("__operators__.getitem", {"slice_spec": [WHOLE, 9]}),
    "nothing": ("__operators__.getitem", {"slice_spec": [WHOLE, {"start": 3, "stop": 3}]}),
    "margins of the batch": ("pad", {"paddings": [[1, 0], [0, 0], [0, 0], [0, 0]]}),
    "a negative margin": ("pad", {"paddings": [[0, 0], [-1, 0], [0, 0], [0, 0]]}),
    "blocks that do not fit": ("nn.depth_to_space", {"block_size": 2}),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_what_tensorflow_would_not_call_is_called_damaged(what: str, tmp_path: Path) -> None:
    function, options = DAMAGED[what]
    with pytest.raises(ModelFileError, match="'of'"):
        called(tmp_path, function, **options)
