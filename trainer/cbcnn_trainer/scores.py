"""Cuts a model behind its scores, in front of a function that changes no answer.

Such a function saturates in float32 and then makes equal numbers of different scores, so the scores
in front of it decide, here as on a device. `cbcnn_inputs.answers` lists the functions.
"""

from __future__ import annotations

from typing import Any, Final

from cbcnn_inputs.answers import keeps_answer
from cbcnn_inputs.errors import ModelFileError
from cbcnn_trainer.framework import Framework

_NOTHING: Final = (
    *("Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise", "AlphaDropout"),
    *("ActivityRegularization", "Flatten"),
)
"""Layers that change no score at inference."""


def up_to_scores(framework: Framework, model: Any) -> Any:
    """A Keras model that shares the layers of `model` and puts out its scores.

    It is `model` itself if it ends in no such function.

    Args:
        framework: of the model.
        model: of Keras.

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
    layers = framework.keras.layers
    nothing: Any = tuple(getattr(layers, name) for name in _NOTHING)
    scores = int(model.output_shape[-1])
    layer, read = framework.last_layer(model)
    if framework.is_model(layer):
        inner = up_to_scores(framework, layer)
        return model if inner is layer else _ends_in(framework, model, inner(read))
    if isinstance(layer, layers.Activation):
        function = getattr(layer.activation, "__name__", "")
    elif isinstance(layer, layers.Softmax):
        function = "softmax"
    elif isinstance(layer, nothing):
        shorter = _ends_in(framework, model, read)
        found = up_to_scores(framework, shorter)
        return model if found is shorter else _ends_in(framework, model, layer(found.outputs[0]))
    else:
        return _without_option(framework, model, scores)
    return (
        up_to_scores(framework, _ends_in(framework, model, read))
        if keeps_answer(function, scores)
        else model
    )


def _without_option(framework: Framework, model: Any, scores: int) -> Any:
    """The model without the `activation` option of its last layer, if that keeps the answer."""
    layer, read = framework.last_layer(model)
    function = getattr(getattr(layer, "activation", None), "__name__", "")
    if not keeps_answer(function, scores):
        return model
    return _ends_in(framework, model, _without_activation(framework, layer)(read))


def _without_activation(framework: Framework, layer: Any) -> Any:
    """A layer that computes what another does in front of its activation, with its own arrays."""

    class WithoutActivation(framework.keras.layers.Layer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self._layer = layer

        def call(self, inputs: Any) -> Any:
            """Call the layer, which has its activation again afterwards."""
            activation, self._layer.activation = self._layer.activation, None
            try:
                return self._layer(inputs)
            finally:
                self._layer.activation = activation

    return WithoutActivation()


def _ends_in(framework: Framework, model: Any, output: Any) -> Any:
    inputs = model.inputs
    return framework.keras.Model(inputs[0] if len(inputs) == 1 else inputs, output)
