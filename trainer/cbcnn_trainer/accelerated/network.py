"""A Keras 3 model as a function of its variables, and Adam on these.

Latent weights stay within their constraint after every step. The arithmetic of Adam is Keras's.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import jax
from jax import numpy as jnp

from cbcnn_trainer.keras3.backend import keras

Array = Any
Arrays = list[Array]

_BETA_1: Final = 0.9
_EPSILON: Final = 1e-7


class Variables(NamedTuple):
    """All numbers of a training between two steps.

    Attributes:
        trained: variables that gradients change.
        measured: the others, statistics of batch norms.
        first: Adam's mean of gradients.
        second: Adam's mean of squared gradients.
        average: moving average of `trained`; empty where none is asked for.
        step: steps done.
    """

    trained: Arrays
    measured: Arrays
    first: Arrays
    second: Arrays
    average: Arrays
    step: Array


def initial(model: Any, *, averaged: bool) -> Variables:
    """The weights of a model before the first step."""
    trained, measured = values_of(model)
    return Variables(
        trained,
        measured,
        [jnp.zeros_like(value) for value in trained],
        [jnp.zeros_like(value) for value in trained],
        [jnp.array(value) for value in trained] if averaged else [],
        jnp.zeros((), jnp.int32),
    )


def values_of(model: Any) -> tuple[Arrays, Arrays]:
    """The trained and the measured arrays of a model."""
    return (
        [jnp.array(variable.value) for variable in model.trainable_variables],
        [jnp.array(variable.value) for variable in model.non_trainable_variables],
    )


def put_into(model: Any, weights: Variables) -> None:
    """Give the weights to the model's variables."""
    for variable, value in zip(model.trainable_variables, weights.trained, strict=True):
        variable.assign(value)
    for variable, value in zip(model.non_trainable_variables, weights.measured, strict=True):
        variable.assign(value)


def scores_of(
    model: Any, trained: Arrays, measured: Arrays, images: Array, *, training: bool
) -> tuple[Array, Arrays]:
    """Float32 scores [N, classes] of planes as float32, and the statistics afterwards."""
    scores, after = model.stateless_call(trained, measured, images, training=training)
    return scores.astype(jnp.float32), after


def descend(
    model: Any, weights: Variables, gradients: Arrays, rate: Array, beta_2: float, momentum: float
) -> Variables:
    """The weights after one step of Adam and the constraints.

    Args:
        model: whose variables they are.
        weights: before the step, with `measured` after it.
        gradients: of `trained`.
        rate: learning rate.
        beta_2: of Adam.
        momentum: of the average.
    """
    step = weights.step + 1
    scale = rate * jnp.sqrt(1 - beta_2**step) / (1 - _BETA_1**step)
    first = [m + (g - m) * (1 - _BETA_1) for m, g in zip(weights.first, gradients, strict=True)]
    second = [
        v + (jnp.square(g) - v) * (1 - beta_2)
        for v, g in zip(weights.second, gradients, strict=True)
    ]
    trained = [
        _limited(variable, value - scale * m / (jnp.sqrt(v) + _EPSILON))
        for variable, value, m, v in zip(
            model.trainable_variables, weights.trained, first, second, strict=True
        )
    ]
    average = [
        momentum * old + (1 - momentum) * new
        for old, new in zip(weights.average, trained, strict=False)
    ]
    return Variables(trained, weights.measured, first, second, average, step)


def _limited(variable: Any, value: Array) -> Array:
    return value if variable.constraint is None else variable.constraint(value)


def reestimate(model: Any, weights: Variables, planes: Array, batches: list[Any]) -> Variables:
    """The weights with the statistics of batch norms measured on planes as they are.

    Args:
        model: its batch norms keep nothing of their past meanwhile.
        weights: of the training.
        planes: integers [N, H, W, C] on the device.
        batches: numbers of images, one array each.
    """
    norms = [
        layer for layer in layers_of(model) if isinstance(layer, keras.layers.BatchNormalization)
    ]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0

    def measure(planes: Array, numbers: Array) -> Arrays:
        images = planes[numbers].astype(jnp.float32)
        return scores_of(model, weights.trained, weights.measured, images, training=True)[1]

    compiled = jax.jit(measure)
    sums: Any = None
    for numbers in batches:
        found = compiled(planes, jnp.asarray(numbers))
        sums = found if sums is None else [a + b for a, b in zip(sums, found, strict=True)]
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return weights._replace(measured=[value / len(batches) for value in sums])


def layers_of(model: Any) -> list[Any]:
    """All layers, those of nested models too."""
    found = []
    for layer in model.layers:
        found += layers_of(layer) if isinstance(layer, keras.Model) else [layer]
    return found
