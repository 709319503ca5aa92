"""Values for the weights of a drawn model, so that the hard cases are common.

Means that tie with a sum, gamma that is negative or zero, no variance, latent weights of both zeros
and of numbers that TensorFlow takes for zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Float32Array = npt.NDArray[np.float32]

TINY: Final = -1e-39
"""A number that float32 has and TensorFlow flushes to zero."""


def fill(model: Any, rng: np.random.Generator, unit: float) -> None:
    """Give every layer of a Keras model its values; one step of the image is worth `unit`."""
    filler = _Filler(rng, unit)
    for layer in leaves(model):
        filler.fill(layer)


def leaves(model: Any) -> Iterator[Any]:
    """The layers of a model in order, those of the models in it too."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


@dataclass
class _Filler:
    """Goes through the layers.

    Attributes:
        unit: what one step of the integers at this place is worth.
        spread: how far they usually are from 0, in such steps.
    """

    rng: np.random.Generator
    unit: float
    spread: float = 128.0

    def fill(self, layer: Any) -> None:
        kind = type(layer).__name__
        if hasattr(layer, "kernel"):
            self._fill_product(layer)
        elif kind == "BatchNormalization":
            self._fill_norm(layer)
            self.unit, self.spread = 1.0, 1.0
        elif kind == "Rescaling":
            self.unit *= layer.scale
        if kind.endswith("Sign") or _is_sign(getattr(layer, "activation", None)):
            self.unit, self.spread = 1.0, 1.0

    def _fill_product(self, layer: Any) -> None:
        if getattr(layer, "input_quantizer", None) is not None:
            self.unit, self.spread = 1.0, 1.0
        shape = tuple(layer.kernel.shape)
        values, worth = self._kernel(layer, shape)
        layer.kernel.assign(values)
        self.unit *= worth
        self.spread *= math.prod(shape[:-1]) ** 0.5
        if layer.bias is not None:
            bias = self.rng.normal(0, self.spread, shape[-1])
            ties = self.rng.random(shape[-1]) < 0.4
            bias[ties] = np.round(bias[ties])
            layer.bias.assign((bias * self.unit).astype(np.float32))

    def _kernel(self, layer: Any, shape: tuple[int, ...]) -> tuple[Float32Array, float]:
        """Latent weights, and what a product of 1 is worth at most."""
        if hasattr(layer, "H"):
            return self._latent(shape, layer.scale), layer.scale
        quantizer = type(layer.kernel_quantizer).__name__
        if quantizer not in ("NoneType", "NoOp", "MagnitudeAwareSign"):
            return self._latent(shape, 1.0), 1.0
        scale = np.exp2(self.rng.integers(-3, 3, shape[-1]))
        signs = self.rng.choice(np.array([-1, 1]), shape)
        return (signs * scale).astype(np.float32), float(scale.max())

    def _latent(self, shape: tuple[int, ...], scale: float) -> Float32Array:
        values = np.clip(self.rng.normal(0, 0.5, shape), -1, 1) * scale
        special = self.rng.random(shape)
        for index, value in enumerate((0.0, -0.0, TINY)):
            values[(special >= 0.03 * index) & (special < 0.03 * (index + 1))] = value
        return values.astype(np.float32)

    def _fill_norm(self, layer: Any) -> None:
        rng, channels = self.rng, int(layer.moving_mean.shape[0])
        deviation = self.spread * self.unit
        mean, beta = rng.normal(0, self.spread, channels), rng.normal(0, 1, channels)
        ties = rng.random(channels) < 0.4
        mean[ties], beta[ties] = np.round(mean[ties]), 0
        gamma = rng.normal(0, 1, channels)
        gamma[rng.random(channels) < 0.1] = 0
        variance = rng.uniform(0, 2 * deviation**2, channels)
        variance[rng.random(channels) < 0.05] = 0
        given = {
            "gamma": gamma,
            "beta": beta,
            "moving_mean": mean * self.unit,
            "moving_variance": variance,
        }
        for name, values in given.items():
            if getattr(layer, name) is not None:
                getattr(layer, name).assign(values.astype(np.float32))


def _is_sign(activation: Any) -> bool:
    names = (type(activation).__name__, getattr(activation, "__name__", ""))
    return any(name.endswith(("Sign", "binary_tanh")) for name in names)
