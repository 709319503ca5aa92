"""The exponential function and its kin in float32: close to the real ones, whatever is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_codegen.ir import Operation, exponential
from cbcnn_codegen.ops.elu import Elu
from cbcnn_codegen.ops.sigmoid import Sigmoid
from cbcnn_codegen.ops.tanh import Tanh

X = np.concatenate(
    [np.linspace(-90, 90, 40_001), np.linspace(-1, 1, 20_001), [0.0, -0.0, 1e-30, -1e-30, 3e38]]
).astype(np.float32)


def units(found: NDArray[Any], wanted: NDArray[Any]) -> float:
    """The largest difference in units in the last place of the wanted number."""
    unit = np.spacing(np.abs(wanted).astype(np.float32)).astype(np.float64)
    return float((np.abs(found.astype(np.float64) - wanted) / unit).max())


def test_the_exponential_function_is_within_two_units() -> None:
    inside = X[(X > -86) & (X < 88)]
    assert units(exponential(inside), np.exp(inside.astype(np.float64))) < 2


def test_it_neither_overflows_nor_makes_denormal_numbers() -> None:
    ends = exponential(np.array([-3e38, -87, 89, 3e38], np.float32))
    assert np.isfinite(ends).all()
    assert (ends >= np.finfo(np.float32).tiny).all()


@pytest.mark.parametrize("op", [Sigmoid("s"), Tanh("t")])
def test_functions_are_within_four_units_of_the_real_ones(op: Operation) -> None:
    x = X[np.abs(X) < 80]
    real, found = x.astype(np.float64), op.compute(x[:, None, None, None])[:, 0, 0, 0]
    wanted = np.tanh(real) if isinstance(op, Tanh) else 1 / (1 + np.exp(-real))
    assert found.dtype == np.float32
    assert units(found, wanted) < 4


@pytest.mark.parametrize("op", [Elu("e"), Elu("e", 1.05, 1.76)])
def test_a_line_that_runs_into_an_exponential_function_takes_1_from_it(op: Elu) -> None:
    """As TensorFlow does, whose result for small numbers is coarse, too."""
    x = X[np.abs(X) < 80]
    real, found = x.astype(np.float64), op.compute(x[:, None, None, None])[:, 0, 0, 0]
    wanted = np.where(real > 0, real * op.above, np.expm1(real) * op.below)
    assert np.abs(found - wanted).max() < 1e-5
