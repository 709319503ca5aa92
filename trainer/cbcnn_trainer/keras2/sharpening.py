"""Activations that begin as a hard tanh and become signs: `clip(slope * x, -1, 1)`.

The slope grows by one factor each epoch. The gradient is that of the layer's own quantizer all the
time: that of the function itself would pass ever fewer values on, and training then lost what it
had learned. After the last of these epochs the layers have their quantizers again. Only the network
in training is changed, so whatever judges or saves it builds a network of signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from cbcnn_trainer.health import binarizes_input
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.models import KIT

STEEPEST: Final = 16.0
"""The slope that the epoch behind the last soft one would have."""


def slope_of(epoch: int, epochs: int) -> float:
    """Slope in an epoch, counted from 0, of so many soft ones: 1 in the first."""
    return float(STEEPEST ** (epoch / epochs))


class Sharpening:
    """The activations of a model in training.

    Args:
        model: compiled Keras model whose layers binarize what they read.
        epochs: number of soft ones.
    """

    def __init__(self, model: Any, epochs: int) -> None:
        self._model = model
        self._epochs = epochs
        self._slope = tf.Variable(1.0, trainable=False)
        self._layers = [layer for layer in model.layers if binarizes_input(KIT, layer)]
        self._signs = [getattr(layer, _place(layer)) for layer in self._layers]
        self._is_soft = False

    def begin(self, epoch: int) -> None:
        """Give the activations what they are in this epoch, counted from 0."""
        is_soft = epoch < self._epochs
        if is_soft:
            self._slope.assign(slope_of(epoch, self._epochs))
        if is_soft != self._is_soft:
            self._is_soft = is_soft
            softened = [partial(self._soften, signs) for signs in self._signs]
            self._put(softened if is_soft else self._signs)

    def _soften(self, signs: Any, values: Any) -> Any:
        made = signs(values)
        soft = tf.clip_by_value(tf.cast(self._slope, values.dtype) * values, -1, 1)
        return made + tf.stop_gradient(soft - made)

    def _put(self, functions: Sequence[Any]) -> None:
        for layer, function in zip(self._layers, functions, strict=True):
            setattr(layer, _place(layer), function)
        self._model.make_train_function(force=True)  # the old one has the old functions in it


def _place(layer: Any) -> str:
    """The attribute that holds what a layer does with its input."""
    return "input_quantizer" if hasattr(layer, "input_quantizer") else "activation"
