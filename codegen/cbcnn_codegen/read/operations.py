"""Functions of TensorFlow in a model of layers, as layers: an allow list of names and options.

Keras 2 stores `x + y`, `tf.split(x, 2)` or `x[..., :8]` as a layer `TFOpLambda` or
`SlicingOpLambda` that names the function, with its arguments in the calls. They are data like any
other: nothing here is looked up in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cbcnn_inputs.model_files.class_names import class_name

Entry = Mapping[str, Any]

CONSTANT: Final = "_CONSTANT_VALUE"
"""Stands in a call for a layer, where the first argument is a number."""
FIRST: Final = "constant"
"""Option of a function: its first argument, where that is a number."""
OUTPUT: Final = "output"
"""Option of a split: which of its values is read."""

_JOINS: Final = {
    "__operators__.add": "Add",
    "__operators__.mul": "Multiply",
    "concat": "Concatenate",
    "math.add": "Add",
    "math.add_n": "Add",
    "math.maximum": "Maximum",
    "math.minimum": "Minimum",
    "math.multiply": "Multiply",
    "math.subtract": "Subtract",
}
"""Functions of several values, and the layers that do the same."""

_FUNCTIONS: Final = {
    "__operators__.add": "tf.add",
    "__operators__.getitem": "tf.getitem",
    "__operators__.mul": "tf.multiply",
    "cast": "tf.identity",
    "clip_by_value": "tf.clip",
    "compat.v1.pad": "tf.pad",
    "compat.v1.squeeze": "tf.squeeze",
    "compat.v1.transpose": "tf.transpose",
    "exp": "tf.exp",
    "expand_dims": "tf.expand_dims",
    "identity": "tf.identity",
    "math.abs": "tf.abs",
    "math.add": "tf.add",
    "math.divide": "tf.divide",
    "math.exp": "tf.exp",
    "math.log_sigmoid": "tf.log_sigmoid",
    "math.maximum": "tf.maximum",
    "math.minimum": "tf.minimum",
    "math.multiply": "tf.multiply",
    "math.negative": "tf.negative",
    "math.reduce_max": "tf.reduce_max",
    "math.reduce_mean": "tf.reduce_mean",
    "math.sigmoid": "tf.sigmoid",
    "math.sign": "tf.sign",
    "math.softplus": "tf.softplus",
    "math.subtract": "tf.subtract",
    "math.tanh": "tf.tanh",
    "math.truediv": "tf.divide",
    "nn.avg_pool2d": "tf.avg_pool",
    "nn.depth_to_space": "tf.depth_to_space",
    "nn.elu": "tf.elu",
    "nn.gelu": "tf.gelu",
    "nn.leaky_relu": "tf.leaky_relu",
    "nn.max_pool2d": "tf.max_pool",
    "nn.relu": "tf.relu",
    "nn.relu6": "tf.relu6",
    "nn.selu": "tf.selu",
    "nn.sigmoid": "tf.sigmoid",
    "nn.silu": "tf.silu",
    "nn.softmax": "tf.softmax",
    "nn.softplus": "tf.softplus",
    "nn.softsign": "tf.softsign",
    "nn.tanh": "tf.tanh",
    "pad": "tf.pad",
    "reshape": "tf.reshape",
    "split": "tf.split",
    "squeeze": "tf.squeeze",
    "stop_gradient": "tf.identity",
    "transpose": "tf.transpose",
}
"""Functions of one value, and the names under which `layers/operations.py` converts them."""

NAMES: Final = frozenset(_JOINS) | frozenset(_FUNCTIONS)
"""Every function that is read, by the name in a file."""

_CLASSES: Final = ("TFOpLambda", "SlicingOpLambda")
_KNOWN_OPTIONS: Final = "name"


def operation_kind(entry: Entry, values: int) -> str | None:
    """The layer that does what a call of a function of TensorFlow does; None for others.

    Args:
        entry: a layer of the file.
        values: how many values it reads.
    """
    config = entry.get("config")
    if class_name(entry) not in _CLASSES or not isinstance(config, Mapping):
        return None
    function = str(config.get("function"))
    return _JOINS.get(function) if values > 1 else _FUNCTIONS.get(function)


def is_operation(entry: Entry) -> bool:
    """Is it a call of a function that this tool knows?"""
    return any(operation_kind(entry, values) is not None for values in (1, 2))


def operation_options(node: Any) -> Iterator[tuple[str, Any]]:
    """The arguments of a call that are no values of the network."""
    for source in _calls(node):
        if source[0] == CONSTANT and len(source) > 2:
            yield FIRST, source[2]
        if len(source) > 3 and isinstance(source[3], Mapping):
            for key, value in source[3].items():
                if key != _KNOWN_OPTIONS and value is not None and not _is_value(value):
                    yield key, value


def _calls(node: Any) -> Iterator[list[Any]]:
    """The values of a call in the form of Keras 2: one, or a list of them."""
    if isinstance(node, list) and node:
        yield from [node] if isinstance(node[0], str) else filter(_is_call, node)


def _is_call(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and isinstance(item[0], str)


def _is_value(value: Any) -> bool:
    """Does an argument name a value of the network?"""
    return isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str)
