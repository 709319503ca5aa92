"""Settings of training that change the weights, each with a value and what else it asks for."""

from __future__ import annotations

from typing import Any

_ENTROPY: dict[str, Any] = {"loss": "cross-entropy"}
_TAUGHT: dict[str, Any] = {**_ENTROPY, "distillation": 0.5}

EFFECTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "loss": ("cross-entropy", {}),
    "label_smoothing": (0.5, _ENTROPY),
    "rate_change": ("step", {"epochs": 2}),
    "beta_2": (0.5, {}),
    "weight_average": (0.9, {}),
    "weight_decay": (0.1, {}),
    "balance": (1.0, {}),
    "precision": ("bfloat16", {}),
    "reestimate_norms": (True, {}),
    "selection": ("last", {}),
    "reject": (0.2, {}),
    "distillation": (0.9, _ENTROPY),
    "temperature": (9.0, _TAUGHT),
    "teacher_view": ("original", {**_TAUGHT, "rotation": 30.0}),
    "mirror": (True, {"dataset": "gtsrb"}),
    **{name: (0.5, {}) for name in ("shift", "zoom", "brightness", "contrast", "blur")},
    **{name: (0.5, {}) for name in ("noise", "cutout", "exposure")},
    "rotation": (30.0, {}),
    "mixup": (1.0, {}),
    "cutmix": (1.0, {}),
}
"""The last ones change images."""

OF_TRAINING = [
    name
    for name, (_, others) in EFFECTS.items()
    if name not in ("reestimate_norms", "selection", "reject", "mirror")
    and "distillation" not in (name, *others)
]
"""Those that change the weights of an epoch without any other model; the others are met by the run
that is resumed, or by tests of what they are."""
