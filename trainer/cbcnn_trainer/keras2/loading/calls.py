"""Reads which tensors a layer of a functional model takes, in the forms of Keras 2 and 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from cbcnn_inputs.model_files.limits import MAX_LAYERS, quote
from cbcnn_trainer.keras2.loading.values import Unfit

_TENSOR: Final = "__keras_tensor__"


class Source(NamedTuple):
    """A tensor: which layer makes it, in which of its calls, and which of its outputs it is."""

    layer: str
    call: int
    output: int


class Call(NamedTuple):
    """One call of a layer; `several` tells a list of one tensor from that tensor."""

    sources: tuple[Source, ...]
    several: bool


def read_calls(entry: Mapping[str, Any]) -> list[Call]:
    """The calls of a layer, none of an input.

    Raises:
        Unfit: not what Keras writes, or a call with anything but tensors.
    """
    nodes = entry.get("inbound_nodes", [])
    if not isinstance(nodes, list) or len(nodes) > MAX_LAYERS:
        raise Unfit("a list of calls", f"inbound_nodes={quote(nodes)}")
    return [_read_call(node) for node in nodes]


def read_ends(config: Mapping[str, Any], key: str) -> list[Source]:
    """The tensors that a functional model starts from or ends in.

    Raises:
        Unfit: not what Keras writes.
    """
    ends = config.get(key)
    if not isinstance(ends, list) or not ends:
        raise Unfit("a list of tensors", f"{key}={quote(ends)}")
    return [read_source(ends)] if isinstance(ends[0], str) else [read_source(e) for e in ends]


def _read_call(node: Any) -> Call:
    if isinstance(node, Mapping):
        return _read_keras3(node)
    if not isinstance(node, list) or not node:
        raise _not_a_tensor(node)
    if isinstance(node[0], str):
        return Call((read_source(node),), several=False)
    return Call(tuple(map(read_source, node)), several=len(node) > 1)


def _read_keras3(node: Mapping[str, Any]) -> Call:
    arguments = node.get("args")
    _demand_no_options(node.get("kwargs"))
    if not isinstance(arguments, list) or len(arguments) != 1:
        raise Unfit("a call with one argument", quote(arguments))
    several = isinstance(arguments[0], list)
    tensors = arguments[0] if several else arguments
    return Call(tuple(map(_read_tensor, tensors)), several)


def _read_tensor(tensor: Any) -> Source:
    config = tensor.get("config") if isinstance(tensor, Mapping) else None
    if not isinstance(config, Mapping) or tensor.get("class_name") != _TENSOR:
        raise _not_a_tensor(tensor)
    return read_source(config.get("keras_history"))


def read_source(source: Any) -> Source:
    """A tensor as a file names it.

    Raises:
        Unfit: not what Keras writes.
    """
    if not isinstance(source, list) or not 3 <= len(source) <= 4:
        raise _not_a_tensor(source)
    layer, call, output = source[:3]
    if not isinstance(layer, str) or type(call) is not int or type(output) is not int:
        raise _not_a_tensor(source)
    if not 0 <= call <= MAX_LAYERS or not 0 <= output <= MAX_LAYERS:
        raise _not_a_tensor(source)
    _demand_no_options(source[3] if len(source) == 4 else {})
    return Source(layer, call, output)


def _demand_no_options(options: Any) -> None:
    """A call may say that it does not train and has no mask, and nothing else."""
    if options is not None and not isinstance(options, Mapping):
        raise Unfit("a call with tensors alone", quote(options))
    for key, value in (options or {}).items():
        if value is not None and value is not False:
            raise Unfit("a call with tensors alone", f"{quote(key)}={quote(value)}")


def _not_a_tensor(value: Any) -> Unfit:
    return Unfit("the name of a layer with the numbers of its call and output", quote(value))
