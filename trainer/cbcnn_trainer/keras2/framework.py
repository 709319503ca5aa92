"""Keras 2 with Larq, in TensorFlow, as `framework.Framework` describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from numpy.typing import NDArray

from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer.keras2 import model_file
from cbcnn_trainer.keras2.backend import tf

keras: Final[Any] = tf.keras


def load(file: ModelFile) -> Any:
    """See `Framework`."""
    return model_file.load(file)


def tensor(values: NDArray[Any]) -> Any:
    """See `Framework`."""
    return tf.constant(values)


def to_numpy(tensor: Any) -> NDArray[Any]:
    """See `Framework`."""
    values: NDArray[Any] = tensor.numpy()
    return values


def flatten(structure: Any) -> list[Any]:
    """See `Framework`."""
    leaves: list[Any] = tf.nest.flatten(structure)
    return leaves


def map_structure(function: Callable[[Any], Any], structure: Any) -> Any:
    """See `Framework`."""
    return tf.nest.map_structure(function, structure)


def is_model(layer: Any) -> bool:
    """See `Framework`."""
    return isinstance(layer, tf.keras.Model)


def activation(layer: Any) -> Callable[[Any], Any] | None:
    """See `Framework`."""
    if isinstance(layer, tf.keras.layers.Activation):
        return None
    found: Any = getattr(layer, "activation", None)
    return found if callable(found) and found is not tf.keras.activations.linear else None


def nodes(model: Any) -> Sequence[Any]:
    """See `Framework`."""
    depths = sorted(model._nodes_by_depth, reverse=True)
    return [node for depth in depths for node in model._nodes_by_depth[depth] if not node.is_input]


def nodes_of(layer: Any) -> Sequence[Any]:
    """See `Framework`."""
    found: Sequence[Any] = layer.inbound_nodes
    return found


def layer(node: Any) -> Any:
    """See `Framework`."""
    return node.layer


def arguments(node: Any) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """See `Framework`."""
    return node.call_args, node.call_kwargs


def sources(node: Any) -> Sequence[Any]:
    """See `Framework`."""
    found: Sequence[Any] = node.keras_inputs
    return found


def last_layer(model: Any) -> tuple[Any, Any]:
    """See `Framework`."""
    made = model.outputs[0]._keras_history
    return made.layer, made.layer._inbound_nodes[made.node_index].input_tensors
