"""Keras 3 with `cbcnn_layers`, as `framework.Framework` describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer.keras3 import backend
from cbcnn_trainer.keras3.rebuild import rebuild

keras: Final[Any] = backend.keras


def load(file: ModelFile) -> Any:
    """See `Framework`."""
    return rebuild(file)


def tensor(values: NDArray[Any]) -> Any:
    """See `Framework`."""
    return keras.ops.convert_to_tensor(values)


def to_numpy(tensor: Any) -> NDArray[Any]:
    """See `Framework`."""
    values = keras.ops.convert_to_numpy(keras.ops.stop_gradient(tensor))
    return np.asarray(values)


def flatten(structure: Any) -> list[Any]:
    """See `Framework`."""
    leaves: list[Any] = keras.tree.flatten(structure)
    return leaves


def map_structure(function: Callable[[Any], Any], structure: Any) -> Any:
    """See `Framework`."""
    return keras.tree.map_structure(function, structure)


def is_model(layer: Any) -> bool:
    """See `Framework`."""
    return isinstance(layer, keras.Model)


def activation(layer: Any) -> Callable[[Any], Any] | None:
    """See `Framework`."""
    if isinstance(layer, keras.layers.Activation):
        return None
    found: Any = getattr(layer, "activation", None)
    return found if callable(found) and found is not keras.activations.linear else None


def nodes(model: Any) -> Sequence[Any]:
    """See `Framework`; a Sequential model keeps its graph in a model of its own."""
    graph = model._functional if isinstance(model, keras.Sequential) else model
    depths = sorted(graph._nodes_by_depth, reverse=True)
    return [node for depth in depths for node in graph._nodes_by_depth[depth] if not node.is_input]


def nodes_of(layer: Any) -> Sequence[Any]:
    """See `Framework`."""
    found: Sequence[Any] = layer._inbound_nodes
    return found


def layer(node: Any) -> Any:
    """See `Framework`."""
    return node.operation


def arguments(node: Any) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """See `Framework`."""
    return node.arguments.args, node.arguments.kwargs


def sources(node: Any) -> Sequence[Any]:
    """See `Framework`."""
    found: Sequence[Any] = node.input_tensors
    return found


def last_layer(model: Any) -> tuple[Any, Any]:
    """See `Framework`."""
    made = model.outputs[0]._keras_history
    (read,) = made.operation._inbound_nodes[made.node_index].input_tensors
    return made.operation, read
