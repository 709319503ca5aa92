"""Gradients of a function of arrays on the backend that Keras 3 uses in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def outputs_and_gradients(
    function: Callable[..., Any], arguments: Sequence[Array], upstream: Array
) -> tuple[Array, list[Array]]:
    """What a function makes, and the gradients of all of its arguments."""
    match keras.backend.backend():
        case "jax":
            import jax

            output, pull = jax.vjp(function, *map(jax.numpy.asarray, arguments))
            return np.asarray(output), [np.asarray(one) for one in pull(upstream)]
        case "torch":
            import torch

            tensors = [torch.tensor(one, requires_grad=True) for one in arguments]
            output = function(*tensors)
            output.backward(torch.tensor(upstream))
            gradients = [one.grad.numpy() for one in tensors]
            return output.detach().numpy(), gradients
        case "tensorflow":
            import tensorflow as tf

            tensors = [tf.constant(one) for one in arguments]
            with tf.GradientTape() as tape:
                tape.watch(tensors)
                output = function(*tensors)
            found = tape.gradient(output, tensors, tf.constant(upstream))
            return output.numpy(), [one.numpy() for one in found]
    raise AssertionError(f"no gradients on {keras.backend.backend()}")
