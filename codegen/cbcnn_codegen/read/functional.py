"""The layers of a functional model in order, and what each of them reads."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from cbcnn_codegen.errors import ModelFileError, UnsupportedLayerError
from cbcnn_inputs.model_files.class_names import class_name
from cbcnn_inputs.model_files.limits import MAX_NESTED_MODELS, quote

Entry = Mapping[str, Any]

CHAIN = "a chain: one input, one output, and every layer reading the one before it"


@dataclass
class _Node:
    """A layer of the file: what it reads, once for each time it is called, and who reads it."""

    entry: Entry
    calls: list[list[str]]
    readers: list[str]


class Order(NamedTuple):
    """The layers of a model.

    Attributes:
        entries: in an order in which each reads what is before it; as listed if there are problems.
        reads: for each of them, the places of those that it reads; meaningless if there are
            problems.
        output: the place of the layer whose output is the model's.
        problems: why the model is not one graph from one input to one output.
    """

    entries: Sequence[Entry]
    reads: Sequence[Sequence[int]]
    output: int
    problems: Sequence[UnsupportedLayerError] = ()


def order_in_a_row(entries: Sequence[Entry]) -> Order:
    """Layers that each read the one before it."""
    reads = [[place - 1] if place else [] for place in range(len(entries))]
    return Order(entries, reads, len(entries) - 1)


def order_functional(entries: Sequence[Entry], config: Mapping[str, Any]) -> Order:
    """Follow the calls from the input to the output.

    Raises:
        ModelFileError: the file contradicts itself.
    """
    nodes: dict[str, _Node] = {}
    problems: list[UnsupportedLayerError] = []
    for entry in entries:
        name = _name(entry)
        if name in nodes:
            raise _damaged(f"two layers called {quote(name)}")
        nodes[name] = _Node(entry, _calls(entry, name, problems), [])
    for name, node in nodes.items():
        for source in (source for call in node.calls for source in call):
            if source not in nodes:
                raise _damaged(f"layer {quote(name)} reads {quote(source)}, which is not there")
            nodes[source].readers.append(name)
    starts = _ends(config, "input_layers", nodes, problems)
    stops = _ends(config, "output_layers", nodes, problems)
    problems += _find_shared(nodes)
    if problems:
        problems += _find_joins(nodes, has_one_input=len(starts) == 1)
        return order_in_a_row(entries)._replace(problems=problems)
    ordered = _sort(nodes, starts[0], stops[0])
    if ordered is None:
        problems += _find_dead_ends(nodes, starts[0], stops[0])
        return order_in_a_row(entries)._replace(problems=problems)
    reads = [[ordered.index(s) for call in nodes[name].calls for s in call] for name in ordered]
    return Order([nodes[name].entry for name in ordered], reads, len(ordered) - 1)


def _sort(nodes: Mapping[str, _Node], start: str, stop: str) -> list[str] | None:
    """All layers in an order in which each reads what is before it; None if some lead nowhere.

    Of several that could be next, the first in the list comes next.

    Raises:
        ModelFileError: there is a circle, or a layer that reads nothing.
    """
    place = {name: position for position, name in enumerate(nodes)}
    waits = {name: len({s for call in node.calls for s in call}) for name, node in nodes.items()}
    ready = [place[name] for name, count in waits.items() if count == 0]
    names, ordered = list(nodes), list[str]()
    while ready:
        name = names[heapq.heappop(ready)]
        ordered.append(name)
        for reader in sorted(set(nodes[name].readers)):
            waits[reader] -= 1
            if waits[reader] == 0:
                heapq.heappush(ready, place[reader])
    starts = [name for name, node in nodes.items() if not any(node.calls)]
    if len(ordered) != len(nodes) or starts != [start]:
        raise _damaged(f"the calls do not lead from {quote(start)} to {quote(stop)}")
    return ordered if [name for name in ordered if not nodes[name].readers] == [stop] else None


def _find_shared(nodes: Mapping[str, _Node]) -> Iterator[UnsupportedLayerError]:
    for name, node in nodes.items():
        if len(node.calls) > 1:
            yield _refused(name, f"called {len(node.calls)} times (shared)", "one layer per call")


def _find_joins(
    nodes: Mapping[str, _Node], *, has_one_input: bool
) -> Iterator[UnsupportedLayerError]:
    """Where branches end beside outputs; those that begin at inputs count as several inputs."""
    has_forks = any(len(set(node.readers)) > 1 for node in nodes.values())
    for name, node in nodes.items():
        for call in node.calls:
            if len(call) > 1 and (has_forks or has_one_input):
                kind = quote(class_name(node.entry))[1:-1]
                found = f"{kind}, which reads {len(call)} values"
                yield _refused(name, found, "a model without shortcuts and branches")


def _find_dead_ends(
    nodes: Mapping[str, _Node], start: str, stop: str
) -> Iterator[UnsupportedLayerError]:
    """Where branches begin that end nowhere.

    Raises:
        ModelFileError: there is none, so the model ends elsewhere than it says.
    """
    forks = {name: sorted(set(node.readers)) for name, node in nodes.items()}
    forks = {name: readers for name, readers in forks.items() if len(readers) > 1}
    if not forks or stop not in nodes or nodes[stop].readers:
        raise _damaged(f"the calls do not lead from {quote(start)} to {quote(stop)}")
    for name, readers in forks.items():
        yield _refused(name, f"{_list(readers)} read it", "a model without branches")


def _ends(
    config: Mapping[str, Any],
    key: str,
    nodes: Mapping[str, _Node],
    problems: list[UnsupportedLayerError],
) -> list[str]:
    """The input or output layers; Keras 3 omits the outer list if there is only one."""
    ends = sorted(set(_sources(config.get(key))))
    for name in ends:
        if name not in nodes:
            raise _damaged(f"{key} names {quote(name)}, which is not there")
    if not ends:
        raise _damaged(f"no {key}")
    if len(ends) > 1:
        kind = key.removesuffix("_layers")
        problems.append(
            UnsupportedLayerError(
                f"the model has {len(ends)} {kind}s",
                found=_list(ends),
                allowed=CHAIN,
                suggestion=f"a model with one {kind}",
            )
        )
    return ends


def _calls(entry: Entry, name: str, problems: list[UnsupportedLayerError]) -> list[list[str]]:
    """For each call of a layer, the layers whose outputs it reads."""
    nodes = entry.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        raise _damaged(f"inbound_nodes={quote(nodes)}")
    for node in nodes:
        for key, value in () if operation_kind(entry) else call_options(node):
            if value is None or value is False or any(True for _ in _sources(value)):
                continue
            problems.append(
                _refused(name, f"called with {key}={quote(value)}", "a call without arguments")
            )
    return [list(_sources(node)) for node in nodes]


def call_options(node: Any) -> Iterator[tuple[str, Any]]:
    """Keyword arguments of a call, in the form of either Keras."""
    if isinstance(node, Mapping):
        kwargs = node.get("kwargs")
        yield from kwargs.items() if isinstance(kwargs, Mapping) else ()
    elif isinstance(node, list):
        for item in node:
            if isinstance(item, list) and len(item) > 3 and isinstance(item[3], Mapping):
                yield from item[3].items()


OPERATIONS: Final = {
    "__operators__.add": "Add",
    "__operators__.mul": "Multiply",
    "concat": "Concatenate",
    "math.add": "Add",
    "math.multiply": "Multiply",
    "nn.relu": "ReLU",
}
"""Functions of TensorFlow in a model of layers, and the layers that do the same to values."""


def operation_kind(entry: Entry) -> str | None:
    """The layer that does what a call of a TensorFlow function does to values; None for others."""
    config = entry.get("config")
    if class_name(entry) != "TFOpLambda" or not isinstance(config, Mapping):
        return None
    return OPERATIONS.get(str(config.get("function")))


def _sources(value: Any, depth: int = 0) -> Iterator[str]:
    """Layers named in a call: `["name", 0, 0]` in Keras 2, `__keras_tensor__` in Keras 3."""
    if depth > MAX_NESTED_MODELS:
        raise _damaged("calls nested too deep")
    if isinstance(value, Mapping):
        config = value.get("config")
        if value.get("class_name") == "__keras_tensor__" and isinstance(config, Mapping):
            yield from _sources(config.get("keras_history"), depth + 1)
        else:
            for item in value.values():
                yield from _sources(item, depth + 1)
    elif isinstance(value, list):
        if len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int):
            yield value[0]
            value = value[3:]
        for item in value:
            yield from _sources(item, depth + 1)


def _name(entry: Entry) -> str:
    name = entry.get("name")
    if name is None and isinstance(entry["config"], Mapping):
        name = entry["config"].get("name")
    if not isinstance(name, str):
        raise _damaged(f"{quote(name)} as the name of a layer")
    return name


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))


def _refused(name: str, found: str, suggestion: str) -> UnsupportedLayerError:
    return UnsupportedLayerError(
        layer=quote(name),
        found=found,
        allowed=CHAIN,
        suggestion=suggestion,
    )


def _damaged(found: str) -> ModelFileError:
    return ModelFileError(
        "the model's architecture is damaged",
        found=found,
        allowed="the JSON that Keras writes",
        suggestion="save the model again",
    )
