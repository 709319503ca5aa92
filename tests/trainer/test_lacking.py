"""What only Keras 2 has is refused by all other loops, by its name; the rest has an effect."""

from __future__ import annotations

from typing import Any

import pytest

from cbcnn_inputs.errors import UsageError
from cbcnn_trainer import settings
from cbcnn_trainer.lacking import OF_ACCELERATORS, OF_KERAS_3, demand_defaults
from cbcnn_trainer.settings import SETTINGS
from support.effects import EFFECTS

CHANGED: dict[str, Any] = {
    "sign_of_zero": -1,
    "convolution": "fused",
    "exposure": 0.1,
    "erasing": 0.5,
    "balance": 0.5,
    "reject": 0.01,
    "real_optimizer": "sgd",
    "real_learning_rate": 0.1,
    "first_layer_rate": 0.1,
    "first_layer_scale": 3.0,
    "weight_decay": 0.1,
    "sharpen_epochs": 2,
    "feature_matching": 1.0,
}
BOTH = [(lacking, name) for lacking in (OF_ACCELERATORS, OF_KERAS_3) for name in lacking]


@pytest.mark.parametrize(("lacking", "name"), BOTH)
def test_a_setting_that_is_lacking_is_refused_by_name(lacking: tuple[str, ...], name: str) -> None:
    demand_defaults(settings.resolve("mnist", {}), lacking, "it")
    with pytest.raises(UsageError, match="it lacks a setting") as caught:
        demand_defaults(settings.resolve("mnist", {name: CHANGED[name]}), lacking, "it")
    assert caught.value.found == f"{name} {CHANGED[name]}"


OF_ALL = """
    filters units residuals shortcuts residual_relu downsampling ending kernel_size pool_size
    first_stride first_order binary binary_kernels kernel_scale activation_gradient gradient_window
    norm_momentum
    validation_fraction preset dataset train_images seed epochs batch_size
    preprocessing standardise_scale size fit channels test_fraction group_by
    schedule warmup_epochs learning_rate final_learning_rate
    """
"""Settings of what both loops get from rooms that they share: the network's description, the data,
and the rate of each step."""


def test_every_setting_is_effective_or_refused_on_keras_3() -> None:
    """A new setting needs a line in one of these; `test_backends` trains with each effect."""
    known = {*OF_KERAS_3, *EFFECTS, *OF_ALL.split(), "real_momentum"}  # of --real-optimizer sgd
    assert SETTINGS.keys() - known == set()
