"""Computes a Keras model call by call, and shows what every call of every layer makes.

The calls of nested models are taken apart, and a layer that is called several times shows each. It
fuses and folds nothing, which TensorFlow's graph optimizer might do unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

from cbcnn_inputs.probe import IMAGE, Probe
from cbcnn_trainer.backend import tf

Array = NDArray[Any]


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
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._activations: dict[int, Callable[[Any], Any]] = {}
        for layer in _layers(model):
            self._take_activation(layer)

    def known(self) -> list[Probe]:
        """What can be shown, in the order of the model's layers."""
        return list(self._places(self._model, _Place()))

    def run(self, images: Any, probes: Collection[Probe]) -> tuple[dict[Probe, Array], list[Array]]:
        """What the probes see of a batch, and what the model puts out."""
        seen = {IMAGE: images.numpy()} if IMAGE in probes else {}

        def show(probe: Probe, value: Any) -> None:
            if probe in probes:
                seen[probe] = value.numpy()

        outputs = self._run(self._model, [images], _Place(), show)
        return seen, [value.numpy() for value in outputs]

    def _take_activation(self, layer: Any) -> None:
        """Take the function behind the product of a layer away from it, if it has one."""
        if id(layer) in self._activations or isinstance(layer, tf.keras.layers.Activation):
            return
        activation = getattr(layer, "activation", None)
        if callable(activation) and activation is not tf.keras.activations.linear:
            self._activations[id(layer)] = activation
            layer.activation = None

    def _run(
        self, model: Any, inputs: list[Any], place: _Place, show: Callable[[Probe, Any], None]
    ) -> list[Any]:
        """The outputs of a model at one place."""
        left = _readers(model)
        made = {id(tensor): value for tensor, value in zip(model.inputs, inputs, strict=True)}

        def take(tensor: Any) -> Any:
            """The value of a tensor, which its last reader takes away; other things as they are."""
            if id(tensor) not in left:
                return tensor
            left[id(tensor)] -= 1
            return made[id(tensor)] if left[id(tensor)] else made.pop(id(tensor))

        for node, layer, there in _calls(model, place):
            arguments, options = tf.nest.map_structure(take, (node.call_args, node.call_kwargs))
            if isinstance(layer, tf.keras.Model):
                values = self._run(layer, tf.nest.flatten(arguments), there, show)
            else:
                values = self._call(layer, arguments, options, there, show)
            made.update(zip(map(id, tf.nest.flatten(node.outputs)), values, strict=True))
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
        plain = tf.nest.flatten(layer(*arguments, **options))
        activation = self._activations.get(id(layer))
        values = plain if activation is None else [activation(value) for value in plain]
        for output, (before, after) in enumerate(zip(plain, values, strict=True)):
            show(place.probe(output, activated=False), before)
            show(place.probe(output, activated=True), after)
        return values

    def _places(self, model: Any, place: _Place) -> Iterator[Probe]:
        for node, layer, there in _calls(model, place):
            if isinstance(layer, tf.keras.Model):
                yield from self._places(layer, there)
                continue
            for output in range(len(tf.nest.flatten(node.outputs))):
                for activated in (False, True):
                    yield there.probe(output, activated=activated)


def _readers(model: Any) -> Counter[int]:
    """How often each tensor of a model is read, by the number that Python gives the tensor."""
    read = [tensor for node, _, _ in _calls(model, _Place()) for tensor in node.keras_inputs]
    return Counter(map(id, [*read, *model.outputs]))


def _calls(model: Any, place: _Place) -> Iterator[tuple[Any, Any, _Place]]:
    """The calls of a model's layers, each after those that it reads.

    Keras numbers all calls of a layer, in other models too; here they count in this model alone.
    """
    depths = sorted(model._nodes_by_depth, reverse=True)
    nodes = [node for depth in depths for node in model._nodes_by_depth[depth] if not node.is_input]
    ours = set(map(id, nodes))
    for node in nodes:
        layer = node.layer
        calls = [other for other in layer.inbound_nodes if id(other) in ours]
        yield node, layer, place.inside(layer.name, calls.index(node))


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if isinstance(layer, tf.keras.Model):
            yield from _layers(layer)
        else:
            yield layer
