"""Settings of `cbcnn-train` that only some of what trains has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

from cbcnn_inputs.errors import UsageError
from cbcnn_trainer.presets import Architecture, Augmentation
from cbcnn_trainer.settings import Settings

_OF_KERAS_2: Final = (
    *("real_optimizer", "real_learning_rate", "first_layer_rate", "first_layer_scale"),
    *("erasing", "sharpen_epochs", "feature_matching"),
)

OF_KERAS_3: Final = ("sign_of_zero", "convolution", *_OF_KERAS_2)
"""What `--backend tensorflow`, `jax` and `torch` know with the default alone."""

OF_ACCELERATORS: Final = (
    *("sign_of_zero", "exposure", "balance", "reject", "weight_decay"),
    *_OF_KERAS_2,
)
"""The same of the loop for accelerators; who computes convolutions on a processor is none there."""


def demand_defaults(settings: Settings, lacking: Sequence[str], who: str) -> None:
    """Demand that settings which `who` lacks have the value that leaves them out, their default.

    Raises:
        UsageError: names those that have another one.
    """
    values = settings.values()
    known = {
        field.name: field.default
        for owner in (Settings, Architecture, Augmentation)
        for field in fields(owner)
    }
    found = [f"{name} {values[name]}" for name in lacking if values[name] != known[name]]
    if found:
        raise UsageError(
            f"{who} lacks a setting",
            found=", ".join(found),
            allowed="the other options of cbcnn-train",
            suggestion="leave it out, or cbcnn-train --backend larq",
        )
