"""Computes a Keras model call by call, and shows what every call of every layer makes.

The calls of nested models are taken apart, and a layer that is called several times shows each. It
fuses and folds nothing, which the optimizer of a framework might do unseen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from numpy.typing import NDArray

from cbcnn_inputs.probe import IMAGE, Probe
from cbcnn_trainer.framework import Framework

Array = NDArray[Any]

VALUES_AT_ONCE: Final = 1 << 27
"""Values of one map for all images that are computed together, half a gigabyte."""


class _Place(NamedTuple):
    """A call of a layer in a nest of models: their names, and which call of each it is."""

    path: tuple[str, ...] = ()
    calls: tuple[int, ...] = ()

    def inside(self, name: str, call: int) -> _Place:
        return _Place((*self.path, name), (*self.calls, call))

    def probe(self, output: int, *, activated: bool) -> Probe:
        calls = self.calls if any(self.calls) else ()
        return Probe(self.path, activated, calls, output)


class Walk:
    """A model that shows its values. It loses its activation options to steps of their own.

    Args:
        model: a Keras model of layers that read each other; nobody else may use it.
        framework: what it computes in.
    """

    def __init__(self, model: Any, framework: Framework) -> None:
        self._model = model
        self._framework = framework
        self._activations: dict[int, Callable[[Any], Any]] = {}
        for layer in self._layers(model):
            self._take_activation(layer)

    def known(self) -> list[Probe]:
        """What can be shown, in the order of the model's layers."""
        return list(self._places(self._model, _Place()))

    def run(self, images: Any, probes: Collection[Probe]) -> tuple[dict[Probe, Array], list[Array]]:
        """What the probes see of a batch, and what the model puts out."""
        to_numpy = self._framework.to_numpy
        seen = {IMAGE: to_numpy(images)} if IMAGE in probes else {}

        def show(probe: Probe, value: Any) -> None:
            if probe in probes:
                seen[probe] = to_numpy(value)

        outputs = self._run(self._model, [images], _Place(), show)
        return seen, [to_numpy(value) for value in outputs]

    def _take_activation(self, layer: Any) -> None:
        """Take the function behind the product of a layer away from it, if it has one."""
        activation = self._framework.activation(layer)
        if id(layer) not in self._activations and activation is not None:
            self._activations[id(layer)] = activation
            layer.activation = None

    def _run(
        self, model: Any, inputs: list[Any], place: _Place, show: Callable[[Probe, Any], None]
    ) -> list[Any]:
        """The outputs of a model at one place."""
        framework, left = self._framework, self._readers(model)
        made = {id(tensor): value for tensor, value in zip(model.inputs, inputs, strict=True)}

        def take(tensor: Any) -> Any:
            """The value of a tensor, which its last reader takes away; other things as they are."""
            if id(tensor) not in left:
                return tensor
            left[id(tensor)] -= 1
            return made[id(tensor)] if left[id(tensor)] else made.pop(id(tensor))

        for node, layer, there in self._calls(model, place):
            arguments, options = framework.map_structure(take, framework.arguments(node))
            if framework.is_model(layer):
                values = self._run(layer, framework.flatten(arguments), there, show)
            else:
                values = self._call(layer, arguments, options, there, show)
            made.update(zip(map(id, framework.flatten(node.outputs)), values, strict=True))
        return [take(tensor) for tensor in model.outputs]

    def _call(
        self,
        layer: Any,
        arguments: Any,
        options: Mapping[str, Any],
        place: _Place,
        show: Callable[[Probe, Any], None],
    ) -> list[Any]:
        """The outputs of a layer; outside of training it is told nothing about that."""
        plain = self._framework.flatten(layer(*arguments, **options))
        activation = self._activations.get(id(layer))
        values = plain if activation is None else [activation(value) for value in plain]
        for output, (before, after) in enumerate(zip(plain, values, strict=True)):
            show(place.probe(output, activated=False), before)
            show(place.probe(output, activated=True), after)
        return values

    def _places(self, model: Any, place: _Place) -> Iterator[Probe]:
        for node, layer, there in self._calls(model, place):
            if self._framework.is_model(layer):
                yield from self._places(layer, there)
                continue
            for output in range(len(self._framework.flatten(node.outputs))):
                for activated in (False, True):
                    yield there.probe(output, activated=activated)

    def _readers(self, model: Any) -> Counter[int]:
        """How often each tensor of a model is read, by the number that Python gives the tensor."""
        calls = self._calls(model, _Place())
        read = [tensor for node, _, _ in calls for tensor in self._framework.sources(node)]
        return Counter(map(id, [*read, *model.outputs]))

    def _calls(self, model: Any, place: _Place) -> Iterator[tuple[Any, Any, _Place]]:
        """The calls of a model's layers, each after those that it reads.

        Keras numbers all calls of a layer, in other models too; here they count in this one alone.
        """
        nodes = self._framework.nodes(model)
        ours = set(map(id, nodes))
        for node in nodes:
            layer = self._framework.layer(node)
            calls = [other for other in self._framework.nodes_of(layer) if id(other) in ours]
            yield node, layer, place.inside(layer.name, calls.index(node))

    def _layers(self, model: Any) -> Iterator[Any]:
        for layer in model.layers:
            if self._framework.is_model(layer):
                yield from self._layers(layer)
            else:
                yield layer


def images_at_once(model: Any, framework: Framework, most: int) -> int:
    """How many images to compute together: `most`, or fewer where the model's maps are large."""
    tensors = [*model.inputs, *_outputs(model, framework)]
    largest = max(math.prod(int(size) for size in of.shape[1:] if size) for of in tensors)
    return max(1, min(most, VALUES_AT_ONCE // max(1, largest)))


def _outputs(model: Any, framework: Framework) -> Iterator[Any]:
    for node in framework.nodes(model):
        yield from framework.flatten(node.outputs)
        layer = framework.layer(node)
        if framework.is_model(layer):
            yield from _outputs(layer, framework)
