"""The layers compute what Larq computed, and have its gradients, on the backend of this process.

`test_backends.py` runs this file on the others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from support.larq_cases import CASES, EDGES, LarqCase
from support.tools import require_module

require_module("keras", "train")

import cbcnn_layers  # noqa: E402
from support.keras_gradients import outputs_and_gradients  # noqa: E402

STORED = np.load(Path(__file__).parent / "data" / "larq_outputs.npz")
NEAR = 1e-5
"""How far a number may be off that is not exact."""


def stored(case: LarqCase) -> dict[str, npt.NDArray[Any]]:
    prefix = f"{case.name}/"
    keys = [key for key in STORED.files if key.startswith(prefix)]
    return {key.removeprefix(prefix): STORED[key] for key in keys}


def in_order(found: dict[str, npt.NDArray[Any]], kind: str) -> list[npt.NDArray[Any]]:
    return [found[f"{kind}_{index}"] for index in range(sum(kind in key for key in found))]


def demand_equal(case: LarqCase, found: npt.NDArray[Any], expected: npt.NDArray[Any]) -> None:
    if case.exact:
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_allclose(found, expected, rtol=NEAR, atol=NEAR)


def from_larq(case: LarqCase, config: dict[str, Any]) -> Any:
    """The object that Larq's own configuration describes."""
    return getattr(cbcnn_layers, case.kind).from_config(config)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_outputs_and_gradients_are_those_of_larq(case: LarqCase) -> None:
    expected = stored(case)
    layer = from_larq(case, json.loads(str(expected["config"])))
    layer.build(expected["x"].shape)
    weights = in_order(expected, "weight")
    assert [tuple(one.shape) for one in layer.weights] == [one.shape for one in weights]

    def compute(x: Any, *values: Any) -> Any:
        return layer.stateless_call(values, [], x)[0]

    output, gradients = outputs_and_gradients(
        compute, [expected["x"], *weights], expected["upstream"]
    )
    demand_equal(case, output, expected["y"])
    wanted = in_order(expected, "gradient")
    for found, one in zip(gradients, wanted, strict=True):
        demand_equal(case, found, one)


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.is_layer], ids=lambda case: case.name
)
def test_zeros_denormals_infinities_and_nan_are_quantized_as_larq_does(case: LarqCase) -> None:
    expected = stored(case)
    if "y_of_edges" not in expected:
        return
    quantizer = from_larq(case, case.options)
    edges = np.array(EDGES, np.float32)
    found, _ = outputs_and_gradients(quantizer, [edges], np.zeros_like(edges))
    expected_edges = expected["y_of_edges"]
    if case.kind == "NoOp":  # a denormal number that only passes through
        found, expected_edges = found[6:], expected_edges[6:]
    np.testing.assert_array_equal(found, expected_edges)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_configuration_has_the_options_of_larq(case: LarqCase) -> None:
    larqs = json.loads(str(stored(case)["config"]))
    left_out = {"activity_regularizer", "groups", *LEFT_OUT.get(case.kind, ())}
    own = from_larq(case, larqs).get_config()
    assert larqs.keys() - left_out <= own.keys()
    assert all(own[key] == larqs[key] for key in case.options if isinstance(larqs[key], float))


_KERNEL = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")
LEFT_OUT = dict.fromkeys(("QuantDepthwiseConv2D", "QuantSeparableConv2D"), _KERNEL)
"""What Keras 2 wrote for layers that have no such kernel."""


def test_every_class_of_the_package_has_a_case() -> None:
    assert {case.kind for case in CASES} | {"WeightClip"} == {
        name for name in cbcnn_layers.__all__ if name[0].isupper()
    }
