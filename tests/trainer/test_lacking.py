"""What only the loop of Keras 2 has is refused by the loop for accelerators."""

from __future__ import annotations

from typing import Any

import pytest

from cbcnn_inputs.errors import UsageError
from cbcnn_trainer import settings
from cbcnn_trainer.accelerated.lacking import demand_known


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sign_of_zero", -1),
        ("exposure", 0.1),
        ("erasing", 0.5),
        ("balance", 0.5),
        ("reject", 0.01),
        ("real_optimizer", "sgd"),
        ("real_learning_rate", 0.1),
        ("first_layer_rate", 0.1),
        ("first_layer_scale", 3.0),
        ("weight_decay", 0.1),
        ("sharpen_epochs", 2),
        ("feature_matching", 1.0),
    ],
)
def test_a_setting_that_the_loop_lacks_is_refused_by_name(name: str, value: Any) -> None:
    demand_known(settings.resolve("mnist", {}))
    with pytest.raises(UsageError, match="lacks a setting") as caught:
        demand_known(settings.resolve("mnist", {name: value}))
    assert caught.value.found == f"{name} {value}"
