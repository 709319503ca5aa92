"""Measures batch norm statistics again after training, on unchanged images.

During training the running mean and variance follow images that are turned, blurred and reversed,
and weights that still change. The shipped network sees neither, and a binarized one has no slack: a
mean that is off moves every threshold of its channel.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BATCH: Final = 1000


def reestimate(keras: Any, model: Any, planes: NDArray[Any]) -> None:
    """Replace all running means and variances by their averages over `planes` [N, H, W, C].

    The images come in a fixed random order in batches of about a thousand, and each batch is
    normalised by its own statistics as in training; the weights do not change.

    Args:
        keras: the module of the model's layers.
        model: of it.
        planes: integers.
    """
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    variables = [v for layer in layers for v in (layer.moving_mean, layer.moving_variance)]
    momenta = [layer.momentum for layer in layers]
    order = np.random.default_rng(0).permutation(len(planes))
    batches = np.array_split(order, max(1, len(planes) // BATCH))
    sums = [np.zeros(variable.shape, np.float64) for variable in variables]
    for layer in layers:
        layer.momentum = 0.0
    for indices in batches:
        model(planes[indices].astype(np.float32), training=True)
        sums = [total + variable.numpy() for total, variable in zip(sums, variables, strict=True)]
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    for variable, total in zip(variables, sums, strict=True):
        variable.assign((total / len(batches)).astype(np.float32))
