"""Takes the layers out of a model's JSON, in the order in which values pass through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from cbcnn_codegen.errors import ModelFileError, UnsupportedLayerError
from cbcnn_codegen.ir import free_name
from cbcnn_codegen.read.calls import damaged
from cbcnn_codegen.read.functional import Called, order_functional, order_in_a_row
from cbcnn_codegen.read.layer_config import LayerConfig, Path
from cbcnn_inputs.model_files.class_names import class_name, stored_class
from cbcnn_inputs.model_files.limits import (
    MAX_LAYERS,
    MAX_NAME_LENGTH,
    MAX_NESTED_MODELS,
    quote,
)
from cbcnn_inputs.model_files.places import snake_case
from cbcnn_inputs.probe import Probe

SEQUENTIAL: Final = "Sequential"
FUNCTIONAL: Final = ("Functional", "Model")


@dataclass(frozen=True)
class Architecture:
    """A model's layers.

    Attributes:
        name: of the model.
        layers: in an order in which each reads what is before it, nested models taken apart.
        outputs: the calls whose results are the model's, in its order.
        problems: why the layers are not one graph from one input to outputs; then `layers` are
            in the order of the file.
    """

    name: str
    layers: tuple[LayerConfig, ...]
    outputs: tuple[Path, ...]
    problems: tuple[UnsupportedLayerError, ...]


class _Place(NamedTuple):
    """A place in a nest of models, the calls that lead to it, and those whose values it reads."""

    names: Path = ()
    calls: Path = ()
    numbers: tuple[int, ...] = ()
    location: tuple[tuple[str, int], ...] = ()
    reads: tuple[Path, ...] = ()


def read_architecture(description: Mapping[str, Any]) -> Architecture:
    """Take a model's JSON apart.

    Raises:
        ModelFileError: it is not what Keras writes.
    """
    problems: list[UnsupportedLayerError] = []
    layers, outputs = _take_apart(description, _Place(), problems)
    config = description.get("config")
    name = config.get("name", "") if isinstance(config, Mapping) else ""
    named = tuple(_name_apart(layers))
    ends = tuple(output for output, *_ in outputs)
    return Architecture(name if isinstance(name, str) else "", named, ends, tuple(problems))


def _name_apart(layers: Sequence[LayerConfig]) -> Iterator[LayerConfig]:
    """Layers whose names differ even where `a/b` is both a layer's name and that of `b` in `a`."""
    taken: dict[str, tuple[str, ...]] = {}
    for layer in layers:
        if layer.call and layer.call in taken.values():
            raise damaged(f"two layers called {quote(layer.name)}")
        name = free_name(layer.name, taken)
        taken[name] = layer.call
        yield replace(layer, name=name)


def _take_apart(
    description: Mapping[str, Any], place: _Place, problems: list[UnsupportedLayerError]
) -> tuple[list[LayerConfig], list[tuple[Path, ...]]]:
    """The layers of a model, and for each output of the model the path of what makes it.

    A model without layers of its own outputs what it reads.
    """
    kind, shape = class_name(description), None
    listed = _entries(description)
    if kind == SEQUENTIAL:
        order, shape = order_in_a_row(listed), _build_shape(description)
    elif kind in FUNCTIONAL:
        order = order_functional(listed, description["config"])
        problems += order.problems
        if place.names and len(order.outputs) > 1:
            problems.append(_several_outputs(place, len(order.outputs)))
    else:
        raise ModelFileError(
            f"the model is of the class {quote(kind)}",
            found="a class whose structure only its own code knows",
            allowed="Sequential and functional models",
            suggestion="build the model with keras.Sequential or keras.Model(inputs, outputs)",
        )
    locations = _locate(listed)
    layers: list[LayerConfig] = []
    outputs: list[tuple[Path, ...]] = []
    for called, read in zip(order.calls, order.reads, strict=True):
        entry = called.entry
        if class_name(entry) == "InputLayer" and not read and place.reads:
            outputs.append(place.reads)
            continue
        sources = tuple(path for position in read for path in outputs[position]) or place.reads
        location = (*place.location, locations[id(entry)])
        inner = place._replace(location=location, reads=sources)
        taken, output = _take_layer(called, inner, problems)
        layers += taken
        outputs.append(output)
        if len(layers) > MAX_LAYERS:
            raise damaged(f"more than {MAX_LAYERS} layers")
    if shape is not None and not place.names and not (layers and _names_shape(layers[0])):
        layers.insert(0, LayerConfig("InputLayer", "input", {"batch_shape": shape}))
    return layers, [outputs[position] for position in order.outputs]


def _several_outputs(place: _Place, count: int) -> UnsupportedLayerError:
    """The error for a model inside of another one that makes more than one value."""
    return UnsupportedLayerError(
        layer=quote("/".join(place.names)),
        found=f"a nested model with {count} outputs",
        allowed="several outputs of the whole model; a nested model has one",
        suggestion="call its layers in the outer model",
    )


def _locate(entries: Sequence[Mapping[str, Any]]) -> dict[int, tuple[str, int]]:
    """For each listed entry, its class in snake case and how many of that class precede it."""
    counts: dict[str, int] = {}
    found: dict[int, tuple[str, int]] = {}
    for entry in entries:
        snake = snake_case(stored_class(entry))
        found[id(entry)] = snake, counts.get(snake, 0)
        counts[snake] = counts.get(snake, 0) + 1
    return found


def _take_layer(
    called: Called, place: _Place, problems: list[UnsupportedLayerError]
) -> tuple[list[LayerConfig], tuple[Path, ...]]:
    """The layer, or those of a nested model, and the call that makes the result."""
    entry = called.entry
    kind, options = class_name(entry), entry["config"]
    if called.kind is not None:
        kind, options = called.kind, {**options, **called.options}
    short_name = options.get("name", entry.get("name")) if isinstance(options, Mapping) else None
    path = (*place.names, str(short_name))
    call = (*place.calls, called.name or str(short_name))
    numbers = (*place.numbers, called.number)
    if kind == SEQUENTIAL or kind in FUNCTIONAL:
        if len(path) > MAX_NESTED_MODELS:
            raise damaged(f"models nested more than {MAX_NESTED_MODELS} deep")
        inner = place._replace(names=path, calls=call, numbers=numbers)
        layers, outputs = _take_apart(entry, inner, problems)
        return layers, outputs[0]
    if not isinstance(options, Mapping):
        raise damaged(f"options {quote(options)} of a layer of the class {quote(kind)}")
    if not isinstance(short_name, str) or not 1 <= len(short_name) <= MAX_NAME_LENGTH:
        raise damaged(f"{quote(short_name)} as the name of a layer")
    layer = LayerConfig(
        kind=kind,
        name="/".join(call),
        options=options,
        path=path,
        call=call,
        probe=Probe(path, calls=numbers if any(numbers) else (), output=called.output),
        location=place.location,
        reads=place.reads,
    )
    return [layer], (call,)


def _entries(description: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The layers as listed; in old files the list is the whole configuration."""
    config = description.get("config")
    listed = config.get("layers") if isinstance(config, Mapping) else config
    if not isinstance(listed, list) or not listed:
        raise damaged("no list of layers")
    for entry in listed:
        if not isinstance(entry, Mapping) or "config" not in entry:
            raise damaged(f"{quote(entry)} in place of a layer")
    return listed


def _build_shape(description: Mapping[str, Any]) -> Any:
    """The input shape that a Sequential model without an input layer was built for."""
    config = description["config"]
    return config.get("build_input_shape") if isinstance(config, Mapping) else None


def _names_shape(layer: LayerConfig) -> bool:
    return any(key in layer.options for key in ("batch_input_shape", "batch_shape"))
