"""Functions of TensorFlow that a functional model calls between its layers, from a list.

Keras stores `x + y`, `tf.split(x, 2, -1)` or `x[..., :8]` as a layer that names the function, and
the call as the layers that it reads among plain values. `FUNCTIONS` lists what may be called with
which values; the file can name nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from cbcnn_inputs.model_files.class_names import class_name
from cbcnn_inputs.model_files.limits import quote
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.loading import objects, values
from cbcnn_trainer.keras2.loading.calls import Source, read_source
from cbcnn_trainer.keras2.loading.values import Check, Unfit, Unknown

CLASSES: Final = ("TFOpLambda", "SlicingOpLambda")
_CONSTANT: Final = "_CONSTANT_VALUE"
"""In the place of a layer's name: the value beside it is what the function reads."""

_ELLIPSIS: Final = ("Ellipsis", {"class_name": "__ellipsis__"})
"""Three dots between brackets, as different versions write them."""

_OPTIONS: Final[Mapping[str, Check]] = {
    "name": values.name,
    "trainable": values.flag,
    "dtype": objects.policy,
    "function": values.name,
}


class _Function(NamedTuple):
    """What is called: the function, and the values that it may be called with besides its first."""

    compute: Callable[..., Any]
    options: Mapping[str, Check]


def _slices(value: Any) -> Any:
    """What stands between the brackets of `x[…]`."""
    if not isinstance(value, list) or not 1 <= len(value) <= values.MAX_AXES:
        raise Unfit(f"1 to {values.MAX_AXES} slices")
    return tuple(map(_slice, value))


def _slice(value: Any) -> Any:
    if value in _ELLIPSIS:
        return ...
    if not isinstance(value, Mapping):
        return values.place(value)
    place = values.optional(values.place)
    ends = objects.check_options(value, dict.fromkeys(("start", "stop", "step"), place), "a slice")
    return slice(ends.get("start"), ends.get("stop"), ends.get("step"))


_BOTH: Final[Mapping[str, Check]] = {"y": values.numbers}
_AXIS: Final[Mapping[str, Check]] = {"axis": values.axis}
_AXES: Final[Mapping[str, Check]] = {**_AXIS, "keepdims": values.flag}
_TRANSPOSE: Final[Mapping[str, Check]] = {
    "perm": values.axis,
    "conjugate": values.unused(False),
}
_PAD: Final[Mapping[str, Check]] = {
    "paddings": values.margins,
    "mode": values.word("CONSTANT"),
    "constant_values": values.number,
}
_POOL: Final[Mapping[str, Check]] = {
    "ksize": values.sizes,
    "strides": values.sizes,
    "padding": values.word("SAME", "VALID"),
}
_LIMITS: Final[Mapping[str, Check]] = {
    "clip_value_min": values.number,
    "clip_value_max": values.number,
}
FUNCTIONS: Final[Mapping[str, _Function]] = {
    "__operators__.add": _Function(tf.add, _BOTH),
    "__operators__.getitem": _Function(
        lambda x, slice_spec: x[slice_spec], {"slice_spec": _slices}
    ),
    "__operators__.mul": _Function(tf.multiply, _BOTH),
    "cast": _Function(tf.cast, {"dtype": values.word("float32")}),
    "clip_by_value": _Function(tf.clip_by_value, _LIMITS),
    "concat": _Function(tf.concat, _AXIS),
    "compat.v1.pad": _Function(tf.compat.v1.pad, _PAD),
    "compat.v1.squeeze": _Function(tf.squeeze, _AXIS),
    "compat.v1.transpose": _Function(tf.transpose, _TRANSPOSE),
    "exp": _Function(tf.exp, {}),
    "expand_dims": _Function(tf.expand_dims, _AXIS),
    "identity": _Function(tf.identity, {}),
    "math.abs": _Function(tf.abs, {}),
    "math.add": _Function(tf.add, _BOTH),
    "math.add_n": _Function(tf.add_n, {}),
    "math.divide": _Function(tf.divide, _BOTH),
    "math.exp": _Function(tf.exp, {}),
    "math.log_sigmoid": _Function(tf.math.log_sigmoid, {}),
    "math.maximum": _Function(tf.maximum, _BOTH),
    "math.minimum": _Function(tf.minimum, _BOTH),
    "math.multiply": _Function(tf.multiply, _BOTH),
    "math.negative": _Function(tf.negative, {}),
    "math.reduce_max": _Function(tf.reduce_max, _AXES),
    "math.reduce_mean": _Function(tf.reduce_mean, _AXES),
    "math.sigmoid": _Function(tf.sigmoid, {}),
    "math.sign": _Function(tf.sign, {}),
    "math.softplus": _Function(tf.math.softplus, {}),
    "math.subtract": _Function(tf.subtract, _BOTH),
    "math.tanh": _Function(tf.tanh, {}),
    "math.truediv": _Function(tf.divide, _BOTH),
    "nn.depth_to_space": _Function(
        tf.nn.depth_to_space,
        {"block_size": values.size, "data_format": values.word("NHWC")},
    ),
    "nn.avg_pool2d": _Function(tf.nn.avg_pool2d, _POOL),
    "nn.elu": _Function(tf.nn.elu, {}),
    "nn.gelu": _Function(tf.nn.gelu, {"approximate": values.flag}),
    "nn.max_pool2d": _Function(tf.nn.max_pool2d, _POOL),
    "nn.relu": _Function(tf.nn.relu, {}),
    "nn.relu6": _Function(tf.nn.relu6, {}),
    "nn.leaky_relu": _Function(tf.nn.leaky_relu, {"alpha": values.number}),
    "nn.selu": _Function(tf.nn.selu, {}),
    "nn.sigmoid": _Function(tf.sigmoid, {}),
    "nn.silu": _Function(tf.nn.silu, {}),
    "nn.softmax": _Function(tf.nn.softmax, _AXIS),
    "nn.softplus": _Function(tf.math.softplus, {}),
    "nn.softsign": _Function(tf.nn.softsign, {}),
    "nn.tanh": _Function(tf.tanh, {}),
    "stop_gradient": _Function(tf.stop_gradient, {}),
    "pad": _Function(tf.pad, _PAD),
    "reshape": _Function(tf.reshape, {"shape": values.target_shape}),
    "split": _Function(
        tf.split, {"num_or_size_splits": values.sizes, "axis": values.axis, "num": values.size}
    ),
    "squeeze": _Function(tf.squeeze, _AXIS),
    "transpose": _Function(tf.transpose, _TRANSPOSE),
}


class Operation(tf.keras.layers.Layer):  # type: ignore[misc]
    """One call of a function.

    Args:
        function: what it calls.
        first: its first argument: a `Source` where it takes a tensor, a list of them, or a value.
        options: its other arguments by name, likewise.
        keywords: of every layer.
    """

    def __init__(
        self, function: Callable[..., Any], first: Any, options: Mapping[str, Any], **keywords: Any
    ) -> None:
        super().__init__(**keywords)
        self._compute = partial(_compute, function, first, options)  # which Keras does not wrap

    def call(self, tensors: Sequence[Any]) -> Any:
        """The result for the tensors of `read_sources`, in order."""
        return self._compute(tensors)


def _compute(
    function: Callable[..., Any], first: Any, options: Mapping[str, Any], tensors: Sequence[Any]
) -> Any:
    left = iter(tensors)
    argument = _filled(first, left)
    return function(argument, **{key: _filled(of, left) for key, of in options.items()})


def _filled(value: Any, tensors: Iterator[Any]) -> Any:
    """The value with the next tensors in place of its sources."""
    if isinstance(value, Source):
        return next(tensors)
    return [_filled(item, tensors) for item in value] if isinstance(value, list) else value


def read_sources(entry: Mapping[str, Any]) -> tuple[Source, ...]:
    """The tensors that the call of a function takes, in order.

    Raises:
        Unknown: the function is not on the list.
        Unfit: it is called otherwise than Keras writes, or with values that it may not have.
    """
    first, options = _read_call(entry)
    return tuple(_sources([first, *options.values()]))


def _sources(value: Any) -> Iterator[Source]:
    if isinstance(value, Source):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _sources(item)


def make_operation(entry: Mapping[str, Any]) -> Operation:
    """The layer that makes the call.

    Raises:
        Unfit: see `read_sources`.
    """
    options = objects.check_options(entry["config"], _OPTIONS, class_name(entry))
    name = options.pop("function")
    kept = {key: value for key, value in options.items() if value is not None}
    return Operation(FUNCTIONS[name].compute, *_read_call(entry), **kept)


def _read_call(entry: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    name, nodes = entry["config"].get("function"), entry.get("inbound_nodes")
    if not isinstance(name, str) or name not in FUNCTIONS:
        raise Unknown(", ".join(FUNCTIONS), f"the function {quote(name)}")
    if not isinstance(nodes, list) or len(nodes) != 1 or not isinstance(nodes[0], list):
        raise Unfit("a function that is called once", f"inbound_nodes={quote(nodes)}")
    node = nodes[0]
    several = bool(node) and isinstance(node[0], list)
    tensors = [_read_tensor(item) for item in (node if several else [node])]
    if not tensors:
        raise Unfit("a call with tensors", quote(node))
    options = {key: value for key, value in tensors[0][1].items() if key != "name"}
    known = {key: _or_source(check) for key, check in FUNCTIONS[name].options.items()}
    checked = objects.check_options(options, known, name)
    first = [value for value, _ in tensors]
    return first if several else first[0], checked


def _read_tensor(value: Any) -> tuple[Any, Mapping[str, Any]]:
    """One tensor or constant of a call, and the arguments that stand beside it."""
    if not isinstance(value, list) or len(value) not in (3, 4):
        raise Unfit("the name of a layer with the numbers of its call and output", quote(value))
    options = value[3] if len(value) > len(Source._fields) else {}
    if not isinstance(options, Mapping):
        raise Unfit("arguments with names", quote(options))
    if value[0] == _CONSTANT:
        return values.numbers(value[2]), options
    return read_source(value[:3]), options


def _or_source(check: Check) -> Check:
    """A tensor, or what `check` allows."""

    def check_both(value: Any) -> Any:
        if isinstance(value, list) and value and isinstance(value[0], str):
            return read_source(value)
        return check(value)

    return check_both
