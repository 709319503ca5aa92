"""Limits of weights while they are trained."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cbcnn_layers.registry import register


@register("weight_clip")
class WeightClip(keras.constraints.Constraint):  # type: ignore[misc]
    """Clips weights to [-clip_value, clip_value] after every step.

    Args:
        clip_value: the largest magnitude.
    """

    def __init__(self, clip_value: float = 1) -> None:
        self.clip_value = clip_value

    def __call__(self, w: Any) -> Any:
        """The weights, clipped."""
        return ops.clip(w, -self.clip_value, self.clip_value)

    def get_config(self) -> dict[str, Any]:
        """The options, as a file holds them."""
        return {"clip_value": self.clip_value}
