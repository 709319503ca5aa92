"""Keras 3 is given only what is on the lists, whichever name of it the file tells lies with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cbcnn_inputs.errors import ModelFileError
from cbcnn_trainer.keras3.allowed import demand_allowed

SOUND = {
    "module": "keras",
    "class_name": "Sequential",
    "registered_name": None,
    "compile_config": {"loss": {"module": "theirs", "class_name": "Loss", "config": {}}},
    "config": {
        "layers": [
            {
                "module": "keras.layers",
                "class_name": "Dense",
                "registered_name": None,
                "config": {"name": "dense", "units": 3, "activation": "relu"},
            }
        ]
    },
}


def with_layer(**changes: Any) -> Any:
    """The model with another layer: keys of its entry, `config` of its options."""
    model = json.loads(json.dumps({**SOUND, "compile_config": None}))
    model["config"]["layers"][0].update(changes)
    return model


def option(value: Any) -> Any:
    return with_layer(config={"name": "dense", "units": 3, "activation": value})


HOSTILE = {
    "a layer of code": with_layer(class_name="Lambda"),
    "a layer of code under a harmless name": with_layer(
        class_name="Lambda", registered_name="cbcnn_layers>QuantDense"
    ),
    "a harmless layer under a registered name": with_layer(registered_name="theirs>Dense"),
    "a class of any module": with_layer(module="os", class_name="Dense"),
    "a module inside of a known one": with_layer(module="keras.src.saving", class_name="Dense"),
    "a package in the name": with_layer(class_name="theirs>Dense"),
    "a function of any module": option(
        {"module": "os", "class_name": "function", "config": "relu", "registered_name": "relu"}
    ),
    "a function that is none of activations": option(
        {"module": "builtins", "class_name": "function", "config": "eval"}
    ),
    "a function under a registered name": option(
        {
            "module": "builtins",
            "class_name": "function",
            "config": "relu",
            "registered_name": "eval",
        }
    ),
    "bytecode": option({"class_name": "__lambda__", "config": {"value": "4wEAAA=="}}),
    "a type": option({"class_name": "__typespec__", "module": "os", "config": []}),
    "no name": with_layer(class_name=["Dense"]),
    "code deep in a list": option({"any": [[{"class_name": "TFSMLayer", "config": {}}]]}),
}


@pytest.mark.parametrize("model", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_name_that_is_on_no_list_is_refused(model: Any) -> None:
    with pytest.raises(ModelFileError, match="needs code to load"):
        demand_allowed(model, "model.keras")


def test_a_sound_model_is_allowed_without_what_only_training_needs() -> None:
    checked = demand_allowed(SOUND, "model.keras")
    assert checked == {key: value for key, value in SOUND.items() if key != "compile_config"}


def test_layers_of_larq_become_those_of_this_package() -> None:
    clip = {"module": "larq.constraints", "class_name": "WeightClip", "config": {}}
    layer = {"class_name": "Larq>QuantDense", "config": {"kernel_constraint": clip}}
    checked = demand_allowed(layer, "model.h5")
    assert (checked["class_name"], checked["registered_name"]) == ("QuantDense", "QuantDense")
    inner = checked["config"]["kernel_constraint"]
    assert (inner["registered_name"], inner["module"]) == ("WeightClip", None)


def test_a_policy_of_keras_2_becomes_its_name() -> None:
    policy = {"class_name": "Policy", "config": {"name": "mixed_bfloat16"}, "module": "keras"}
    checked = demand_allowed(with_layer(config={"name": "dense", "dtype": policy}), "model.h5")
    assert checked["config"]["layers"][0]["config"]["dtype"] == "mixed_bfloat16"
