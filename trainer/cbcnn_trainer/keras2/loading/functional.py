"""Functional models: layers that are called with the outputs of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cbcnn_inputs.model_files.class_names import class_name
from cbcnn_inputs.model_files.limits import quote
from cbcnn_inputs.model_files.weights import Location
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.loading import layers, operations
from cbcnn_trainer.keras2.loading.calls import Call, Source, read_calls, read_ends
from cbcnn_trainer.keras2.loading.values import Unfit

Entry = Mapping[str, Any]
Tensors = Sequence[Any]

INPUT: Final = "InputLayer"
SEQUENTIAL: Final = "Sequential"
FUNCTIONAL: Final = ("Functional", "Model")
MODELS: Final = (SEQUENTIAL, *FUNCTIONAL)


class Maker(Protocol):
    """Makes layers, see `build.Builder`."""

    keras3: bool

    def make(self, entry: Entry, location: Location, sources: Tensors) -> Any:
        """A layer for tensors that it will read."""

    def demand_small(self, layer: Any, outputs: Tensors) -> None:
        """Raise over maps or arrays that take too much memory."""

    def about(self, entry: Entry) -> AbstractContextManager[None]:
        """Turn an `Unfit` inside into an error that names the layer."""


@dataclass
class _Node:
    """A layer of the file, what it reads in each call, and what it has put out so far."""

    entry: Entry
    location: Location
    calls: list[Call]
    layer: Any = None
    outputs: list[Tensors] = field(default_factory=list)


def connect(
    maker: Maker, options: Mapping[str, Any], placed: Sequence[tuple[Entry, Location]]
) -> Any:
    """A Keras model of layers that read each other.

    Args:
        maker: makes the layers.
        options: of the model.
        placed: its layers, each with its location.

    Raises:
        Unfit: the calls do not fit together.
        ModelFileError: a layer is not on the list.
    """
    nodes: dict[str, _Node] = {}
    for entry, location in placed:
        with maker.about(entry):
            _add(nodes, entry, location)
    waiting = [node for node in nodes.values() if node.calls]
    while waiting:
        done = [call for node in waiting for call in _run(maker, nodes, node)]
        if not done:
            names = ", ".join(quote(node.entry.get("name")) for node in waiting[:3])
            raise Unfit("calls that lead from the inputs to every layer", f"none to {names}")
        waiting = [node for node in waiting if len(node.outputs) < len(node.calls)]
    ends = [
        [_demand(maker, nodes, source) for source in read_ends(options, key)]
        for key in ("input_layers", "output_layers")
    ]
    inputs, outputs = (end[0] if len(end) == 1 else end for end in ends)
    return tf.keras.Model(inputs, outputs, name=options.get("name"))


def _add(nodes: dict[str, _Node], entry: Entry, location: Location) -> None:
    name = entry.get("name", entry["config"].get("name"))
    if not isinstance(name, str) or name in nodes:
        raise Unfit("a name of its own for every layer", quote(name))
    if class_name(entry) in operations.CLASSES:
        calls = [Call(operations.read_sources(entry), several=True)]
    else:
        if class_name(entry) not in (INPUT, *MODELS):
            layers.demand_known(class_name(entry))
        calls = read_calls(entry)
    node = nodes[name] = _Node(entry, location, calls)
    if class_name(entry) == INPUT:
        node.calls = []
        node.outputs = [[tf.keras.Input(**layers.read_input(entry["config"]))]]
    elif not node.calls:
        raise Unfit("a layer that reads another one", "a layer that is never called")


def _run(maker: Maker, nodes: Mapping[str, _Node], node: _Node) -> list[Call]:
    """Do the next calls of a layer, as many as possible, and return them."""
    done: list[Call] = []
    with maker.about(node.entry):
        for call in node.calls[len(node.outputs) :]:
            found = [_find(maker, nodes, source) for source in call.sources]
            sources = [tensor for tensor in found if tensor is not None]
            if len(sources) < len(found):
                break
            node.layer = node.layer or maker.make(node.entry, node.location, sources)
            output = node.layer(sources if call.several else sources[0])
            node.outputs.append(output if isinstance(output, list | tuple) else [output])
            maker.demand_small(node.layer, node.outputs[-1])
            done.append(call)
    return done


def _demand(maker: Maker, nodes: Mapping[str, _Node], source: Source) -> Any:
    tensor = _find(maker, nodes, source)
    if tensor is None:
        raise Unfit("the output of a layer", quote(source))
    return tensor


def _find(maker: Maker, nodes: Mapping[str, _Node], source: Source) -> Any:
    """The tensor that a source names, or None where it is not made yet.

    A nested model has had a call of its own, with its own inputs, and Keras counts from there: all
    models in Keras 2, functional ones in Keras 3.
    """
    node = nodes.get(source.layer)
    if node is None:
        raise Unfit("the output of a layer", f"{quote(source.layer)}, which is not there")
    count = max(1, len(node.calls))
    call = 0
    if count > 1:
        kinds = FUNCTIONAL if maker.keras3 else MODELS
        call = source.call - (class_name(node.entry) in kinds)
    if not 0 <= call < count:
        raise Unfit(f"one of {count} calls of {quote(source.layer)}", f"call {source.call}")
    if call >= len(node.outputs):
        return None
    outputs = node.outputs[call]
    if source.output >= len(outputs):
        raise Unfit(f"one of {len(outputs)} outputs of {quote(source.layer)}", quote(source.output))
    return outputs[source.output]
