"""Cuts a model behind its scores, in front of a function that changes no answer.

Such a function saturates in float32 and then makes equal numbers of different scores, so the scores
in front of it decide, here as on a device. `cbcnn_inputs.answers` lists the functions.
"""

from __future__ import annotations

from typing import Any, Final

from cbcnn_inputs.answers import keeps_answer
from cbcnn_inputs.errors import ModelFileError
from cbcnn_trainer.keras2.backend import tf

_NOTHING: Final = (
    tf.keras.layers.Dropout,
    tf.keras.layers.SpatialDropout2D,
    tf.keras.layers.GaussianDropout,
    tf.keras.layers.GaussianNoise,
    tf.keras.layers.AlphaDropout,
    tf.keras.layers.ActivityRegularization,
    tf.keras.layers.Flatten,
)
"""Layers that change no score at inference."""


def up_to_scores(model: Any) -> Any:
    """A Keras model that shares the layers of `model` and puts out its scores.

    It is `model` itself if it ends in no such function.

    Raises:
        ModelFileError: the model has several outputs.
    """
    if isinstance(model.output_shape, list | dict):
        raise ModelFileError(
            "the model has several outputs",
            found=f"{len(model.output_shape)} of them",
            allowed="one output, the scores of the classes",
            suggestion="save a model that ends in the one that you mean",
        )
    scores = int(model.output_shape[-1])
    layer, read = _last_layer(model)
    if isinstance(layer, tf.keras.Model):
        inner = up_to_scores(layer)
        return model if inner is layer else _ends_in(model, inner(read))
    if isinstance(layer, tf.keras.layers.Activation):
        function = getattr(layer.activation, "__name__", "")
    elif isinstance(layer, tf.keras.layers.Softmax):
        function = "softmax"
    elif isinstance(layer, _NOTHING):
        shorter = _ends_in(model, read)
        found = up_to_scores(shorter)
        return model if found is shorter else _ends_in(model, layer(found.output))
    else:
        return _without_option(model, scores)
    return up_to_scores(_ends_in(model, read)) if keeps_answer(function, scores) else model


def _last_layer(model: Any) -> tuple[Any, Any]:
    """The layer that makes the output, and the value that it reads."""
    made = model.output._keras_history
    return made.layer, made.layer._inbound_nodes[made.node_index].input_tensors


def _without_option(model: Any, scores: int) -> Any:
    """The model without the `activation` option of its last layer, if that keeps the answer."""
    layer, read = _last_layer(model)
    function = getattr(getattr(layer, "activation", None), "__name__", "")
    if not keeps_answer(function, scores):
        return model
    return _ends_in(model, _WithoutActivation(layer)(read))


class _WithoutActivation(tf.keras.layers.Layer):  # type: ignore[misc]
    """What a layer computes in front of its activation, with the layer's own arrays."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self._layer = layer

    def call(self, inputs: Any) -> Any:
        """Call the layer, which has its activation again afterwards."""
        activation, self._layer.activation = self._layer.activation, None
        try:
            return self._layer(inputs)
        finally:
            self._layer.activation = activation


def _ends_in(model: Any, output: Any) -> Any:
    return tf.keras.Model(model.inputs, output)
