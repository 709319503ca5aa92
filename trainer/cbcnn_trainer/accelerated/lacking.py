"""Settings of `cbcnn-train` that the loop in JAX lacks."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from cbcnn_inputs.errors import UsageError
from cbcnn_trainer.presets import Architecture, Augmentation
from cbcnn_trainer.settings import Settings

_LACKING: Final = (
    *("sign_of_zero", "exposure", "erasing", "balance", "reject"),
    *("real_optimizer", "real_learning_rate", "first_layer_rate", "first_layer_scale"),
    *("weight_decay", "sharpen_epochs", "feature_matching"),
)
"""Settings that the loop knows with their default alone."""


def demand_known(settings: Settings) -> None:
    """Demand settings that the loop has; who computes convolutions on a processor is none.

    Raises:
        UsageError: one that it lacks.
    """
    values = settings.values()
    known = {
        field.name: field.default
        for owner in (Settings, Architecture, Augmentation)
        for field in fields(owner)
    }
    found = [f"{name} {values[name]}" for name in _LACKING if values[name] != known[name]]
    if found:
        raise UsageError(
            "the loop for accelerators lacks a setting",
            found=", ".join(found),
            allowed="the other settings of cbcnn-train",
            suggestion="leave it out, or cbcnn-train",
        )
