"""The layers of a functional model in order, and what each of them reads."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from cbcnn_codegen.errors import ModelFileError, UnsupportedLayerError
from cbcnn_codegen.read.calls import ValueSource, call_options, damaged, sources
from cbcnn_codegen.read.operations import (
    OUTPUT,
    is_operation,
    operation_kind,
    operation_options,
)
from cbcnn_inputs.model_files.limits import quote

Entry = Mapping[str, Any]

CONNECTED: Final = "one input, and layers that all lead to an output"
SPLIT = "tf.split"


class Called(NamedTuple):
    """A call of a layer.

    Attributes:
        entry: the layer.
        name: of the value; "" for that of the layer.
        kind: the layer that it stands for, where it is a function of TensorFlow.
        options: of that function.
        number: of the call, in the order in which the file lists the layer's.
        output: which of the values that the layer puts out.
    """

    entry: Entry
    name: str = ""
    kind: str | None = None
    options: Mapping[str, Any] = {}
    number: int = 0
    output: int = 0


@dataclass
class _Node:
    """A call, the names of the values that it reads, and of those that read it."""

    called: Called
    reads: list[str]
    readers: list[str] = field(default_factory=list)


class Order(NamedTuple):
    """The calls of the layers of a model.

    Attributes:
        calls: in an order in which each reads what is before it; as listed if there are problems.
        reads: for each of them, the places of those that it reads; meaningless if there are
            problems.
        outputs: the places of the calls whose results are the model's, in its order.
        problems: why the model is not one graph from one input.
    """

    calls: Sequence[Called]
    reads: Sequence[Sequence[int]]
    outputs: Sequence[int]
    problems: Sequence[UnsupportedLayerError] = ()


def order_in_a_row(entries: Sequence[Entry]) -> Order:
    """Layers that each read the one before it."""
    reads = [[place - 1] if place else [] for place in range(len(entries))]
    return Order([*map(Called, entries)], reads, [len(entries) - 1])


def order_functional(entries: Sequence[Entry], config: Mapping[str, Any]) -> Order:
    """Follow the calls from the input to the outputs.

    Raises:
        ModelFileError: the file contradicts itself.
    """
    listed: dict[str, Entry] = {}
    for entry in entries:
        name = _name(entry)
        if name in listed:
            raise damaged(f"two layers called {quote(name)}")
        listed[name] = entry
    problems: list[UnsupportedLayerError] = []
    unfolding = _Unfolding(listed, config)
    nodes = unfolding.nodes(problems)
    for name, node in nodes.items():
        for source in node.reads:
            if source not in nodes:
                raise damaged(f"layer {quote(name)} reads {quote(source)}, which is not there")
            nodes[source].readers.append(name)
    starts = sorted(set(_ends(config, "input_layers", unfolding, nodes)))
    stops = _ends(config, "output_layers", unfolding, nodes)
    if len(starts) > 1:
        problems.append(_several_inputs(starts))
    if problems:
        return order_in_a_row(entries)._replace(problems=problems)
    ordered = _sort(nodes, starts[0], stops)
    if ordered is None:
        problems += _find_dead_ends(nodes, starts[0], stops)
        return order_in_a_row(entries)._replace(problems=problems)
    places = {name: place for place, name in enumerate(ordered)}
    reads = [[places[source] for source in nodes[name].reads] for name in ordered]
    calls = [nodes[name].called for name in ordered]
    return Order(calls, reads, [places[name] for name in stops])


class _Unfolding:
    """Gives every call of a layer, and every output of a split, a name of its own.

    The first call has the name of the layer.
    """

    def __init__(self, listed: Mapping[str, Entry], config: Mapping[str, Any]) -> None:
        self._listed = listed
        self._calls = {name: _inbound(entry) for name, entry in listed.items()}
        read = [of for calls in self._calls.values() for call in calls for of in sources(call)]
        read += sources(config.get("output_layers"))
        self._read = set(read)
        last: dict[str, int] = {}
        for source in read:
            last[source.layer] = max(source.call, last.get(source.layer, 0))
        self._first = {
            name: int(len(calls) > 1 and last.get(name, 0) >= len(calls))
            for name, calls in self._calls.items()
        }
        """A nested model may have had a call of its own, from which Keras counts."""

    def nodes(self, problems: list[UnsupportedLayerError]) -> dict[str, _Node]:
        """Every call by its name."""
        found: dict[str, _Node] = {}
        for name, entry in self._listed.items():
            calls = self._calls[name]
            problems += _odd_options(entry, name, calls)
            for place, call in enumerate(calls or [[]]):
                for output in self._outputs(name):
                    source = ValueSource(name, place + self._first[name], output)
                    key = self.name(source)
                    if key in found:
                        raise damaged(f"two layers called {quote(key)}")
                    reads = [self.name(read) for read in sources(call)]
                    found[key] = _Node(_called(entry, key, call, place, output), reads)
        return found

    def name(self, source: ValueSource) -> str:
        """The name of a value."""
        name, calls = source.layer, self._calls.get(source.layer, ())
        if len(calls) > 1:
            place = source.call - self._first[name]
            if not 0 <= place < len(calls):
                raise damaged(f"call {source.call} of layer {quote(name)}, which has {len(calls)}")
            name += f"/call_{place + 1}" if place else ""
        return f"{name}/{source.output}" if self._is_split(source.layer) else name

    def _is_split(self, name: str) -> bool:
        return name in self._listed and operation_kind(self._listed[name], 1) == SPLIT

    def _outputs(self, name: str) -> list[int]:
        """The outputs of a layer that something reads; all of a layer but a split are one."""
        if not self._is_split(name):
            return [0]
        return sorted({read.output for read in self._read if read.layer == name})


def _called(entry: Entry, name: str, call: Any, number: int, output: int) -> Called:
    count = sum(1 for _ in sources(call))
    kind = operation_kind(entry, count)
    if kind is None:
        return Called(entry, name, number=number)
    options = dict(operation_options(call))
    options |= {OUTPUT: output} if kind == SPLIT else {}
    return Called(entry, name, kind, options, number, output)


def _inbound(entry: Entry) -> list[Any]:
    """The calls of a layer, as listed."""
    nodes = entry.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        raise damaged(f"inbound_nodes={quote(nodes)}")
    return nodes


def _odd_options(entry: Entry, name: str, calls: list[Any]) -> Iterator[UnsupportedLayerError]:
    """Arguments of calls that are no values, of layers that are no functions."""
    for node in () if is_operation(entry) else calls:
        for key, value in call_options(node):
            if value is None or value is False or any(True for _ in sources(value)):
                continue
            yield _refused(name, f"called with {key}={quote(value)}", "a call without arguments")


def _sort(nodes: Mapping[str, _Node], start: str, stops: Sequence[str]) -> list[str] | None:
    """All layers in an order in which each reads what is before it; None if some lead nowhere.

    Of several that could be next, the first in the list comes next.

    Raises:
        ModelFileError: there is a circle, or a layer that reads nothing.
    """
    place = {name: position for position, name in enumerate(nodes)}
    waits = {name: len(set(node.reads)) for name, node in nodes.items()}
    ready = [place[name] for name, count in waits.items() if count == 0]
    names, ordered = list(nodes), list[str]()
    while ready:
        name = names[heapq.heappop(ready)]
        ordered.append(name)
        for reader in sorted(set(nodes[name].readers)):
            waits[reader] -= 1
            if waits[reader] == 0:
                heapq.heappush(ready, place[reader])
    starts = [name for name, node in nodes.items() if not node.reads]
    if len(ordered) != len(nodes) or starts != [start]:
        raise _leads_elsewhere(start, stops)
    ends = (name for name in ordered if not nodes[name].readers)
    return ordered if all(name in stops for name in ends) else None


def _find_dead_ends(
    nodes: Mapping[str, _Node], start: str, stops: Sequence[str]
) -> Iterator[UnsupportedLayerError]:
    """Where branches begin that end nowhere.

    Raises:
        ModelFileError: there is none, so the model ends elsewhere than it says.
    """
    forks = {name: sorted(set(node.readers)) for name, node in nodes.items()}
    forks = {name: readers for name, readers in forks.items() if len(readers) > 1}
    if not forks or all(nodes[stop].readers for stop in stops):
        raise _leads_elsewhere(start, stops)
    for name, readers in forks.items():
        yield _refused(name, f"{_list(readers)} read it", "a model without branches")


def _ends(
    config: Mapping[str, Any],
    key: str,
    unfolding: _Unfolding,
    nodes: Mapping[str, _Node],
) -> list[str]:
    """The input or output layers in order; Keras 3 omits the outer list if there is only one."""
    ends = [*map(unfolding.name, sources(config.get(key)))]
    for name in ends:
        if name not in nodes:
            raise damaged(f"{key} names {quote(name)}, which is not there")
    if not ends:
        raise damaged(f"no {key}")
    return ends


def _several_inputs(names: Sequence[str]) -> UnsupportedLayerError:
    return UnsupportedLayerError(
        f"the model has {len(names)} inputs",
        found=_list(names),
        allowed="one input, the image",
        suggestion="a model with one input",
    )


def _leads_elsewhere(start: str, stops: Sequence[str]) -> ModelFileError:
    return damaged(f"the calls do not lead from {quote(start)} to {_list(stops)}")


def _name(entry: Entry) -> str:
    name = entry.get("name")
    if name is None and isinstance(entry["config"], Mapping):
        name = entry["config"].get("name")
    if not isinstance(name, str):
        raise damaged(f"{quote(name)} as the name of a layer")
    return name


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))


def _refused(name: str, found: str, suggestion: str) -> UnsupportedLayerError:
    return UnsupportedLayerError(
        layer=quote(name),
        found=found,
        allowed=CONNECTED,
        suggestion=suggestion,
    )
