"""Makes the optimizer that settings ask for, and finds the weights that it tells apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.optimizers.by_group import ByGroup, Group
from cbcnn_trainer.settings import Settings


def is_latent(variable: Any) -> bool:
    """Whether it holds latent weights of binary kernels: only these are kept within limits."""
    return variable.constraint is not None


def make_optimizer(settings: Settings, model: Any) -> Any:
    """Adam for all weights of the model, or an optimizer for each group where settings say so.

    Keras replaces the weights by their average at the end of `fit`, here an epoch.
    """
    average = settings.weight_average
    options = {"use_ema": True, "ema_momentum": average} if average else {}
    if not settings.has_groups:
        return _adam(settings, **options)
    latent = [variable for variable in model.trainable_variables if is_latent(variable)]
    first = {id(variable) for variable in latent[:1]}
    real = settings.real_learning_rate or settings.learning_rate
    groups = [
        Group(lambda one: id(one) in first, _adam(settings), settings.first_layer_rate),
        Group(is_latent, _adam(settings)),
        Group(lambda _: True, _real_optimizer(settings), real / settings.learning_rate),
    ]
    return ByGroup(settings.learning_rate, groups, **options)


def scale_first_kernel(settings: Settings, model: Any) -> None:
    """Multiply the first latent weights of the first binary kernel as settings say."""
    if settings.first_layer_scale == 1:
        return
    kernel = next(filter(is_latent, model.trainable_variables))
    kernel.assign(kernel.constraint(kernel * np.float32(settings.first_layer_scale)))


def _adam(settings: Settings, **options: Any) -> Any:
    rate, decay = settings.learning_rate, settings.weight_decay or None
    return _decaying(
        tf.keras.optimizers.Adam(rate, beta_2=settings.beta_2, weight_decay=decay, **options)
    )


def _real_optimizer(settings: Settings) -> Any:
    if settings.real_optimizer == "adam":
        return _adam(settings)
    rate, decay = settings.learning_rate, settings.weight_decay or None
    return _decaying(
        tf.keras.optimizers.SGD(rate, momentum=settings.real_momentum, weight_decay=decay)
    )


def _decaying(optimizer: Any) -> Any:
    """The optimizer, whose decay leaves out what is added to a sum or scales one channel of it."""
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer
