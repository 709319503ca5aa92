"""Settings of how weights descend: schedule, optimizers, groups of weights. No TensorFlow here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from cbcnn_trainer.declared import Range
from cbcnn_trainer.presets import Recipe, training


@dataclass(frozen=True, kw_only=True)
class Descent(Recipe):
    """A recipe with everything about its learning rates and optimizers.

    Latent weights are the real numbers behind binary kernels; all other weights are real: those of
    batch norms, and of real layers.
    """

    schedule: Literal["exponential", "cosine"] = training(
        "How the learning rate falls: by one factor each epoch, or along half a cosine wave.",
        "exponential",
    )
    warmup_epochs: int = training(
        "Epochs in which the learning rate first rises evenly to its first value.", 0
    )
    rate_change: Literal["epoch", "step"] = training(
        "When the learning rate changes: once before each epoch, or before each batch.", "epoch"
    )
    beta_2: float = training(
        "Share of its past that Adam's mean of squared gradients keeps with each step.",
        0.999,
        Range(0, 0.99999),
    )
    weight_average: float = training(
        "Momentum of a moving average over the steps that takes the place of the weights after "
        "each epoch: 0.99, say; 0 for none.",
        0.0,
        Range(0, 0.9999),
    )
    real_optimizer: Literal["adam", "sgd"] = training(
        "Optimizer of the real weights, those of batch norms and real layers; latent weights of "
        "binary kernels keep Adam.",
        "adam",
    )
    real_learning_rate: float | None = training(
        "Learning rate of the real weights in the first epoch after the warm-up; it rises and "
        "falls in proportion to the other.",
        None,
        Range(0, 10, above=True),
        {"same": None},
    )
    real_momentum: float = training(
        "Share of its past direction that --real-optimizer sgd keeps with each step.",
        0.9,
        Range(0, 0.9999),
    )
    first_layer_rate: float = training(
        "Multiplies the learning rate of the first binary kernel.", 1.0, Range(0, 1e3, above=True)
    )
    first_layer_scale: float = training(
        "Multiplies the initial latent weights of the first binary kernel, which stay within their "
        "limit.",
        1.0,
        Range(0, 1e3, above=True),
    )
    weight_decay: float = training(
        "Takes this share of the learning rate of each kernel's weights away with each step, "
        "latent ones too: 0.1, say. Meant for a first stage with --no-binary-kernels.",
        0.0,
        Range(0, 10),
    )
    sharpen_epochs: int = training(
        "First epochs in which activations are clip(slope * x, -1, 1) with a slope that grows "
        "from 1 to 16 and not yet signs; validation and the saved model have signs always.",
        0,
    )

    @property
    def has_groups(self) -> bool:
        """Whether not all weights have one optimizer and one learning rate."""
        other = (self.real_optimizer, self.real_learning_rate) != ("adam", None)
        return other or self.first_layer_rate != 1

    def rate_of(self, epoch: int, step: int = 0, steps: int = 1) -> float:
        """Learning rate of a step: after the warm-up it falls, first to final inclusive.

        It falls by one factor each epoch, or along half a cosine wave.

        Args:
            epoch: counted from 0.
            step: of the epoch, counted from 0; matters where `rate_change` is "step".
            steps: of each epoch.
        """
        if self.rate_change == "epoch":
            step, steps = 0, 1
        first, final = self.learning_rate, self.final_learning_rate
        done, warm, last = epoch * steps + step, self.warmup_epochs * steps, self.epochs * steps - 1
        if done < warm:
            return first * (done + 1) / (warm + 1)
        progress = (done - warm) / max(last - warm, 1)
        if self.schedule == "cosine":
            return final + (first - final) * (1 + math.cos(math.pi * progress)) / 2
        return float(first * (final / first) ** progress)


ADDED_LATER: Final[Mapping[str, Any]] = {
    "rate_change": "epoch",
    "beta_2": 0.999,
    "real_optimizer": "adam",
    "real_learning_rate": None,
    "real_momentum": 0.9,
    "first_layer_rate": 1,
    "first_layer_scale": 1,
    "weight_decay": 0,
    "sharpen_epochs": 0,
}
"""Values that leave the text of a run as it was before these settings were there."""
