"""The exponential function and its kin in float32: close to the real ones, whatever is asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_codegen.ir import Operation, exponential
from cbcnn_codegen.ops.elu import Elu
from cbcnn_codegen.ops.exponential import Exponential
from cbcnn_codegen.ops.gelu import Gelu, error_function
from cbcnn_codegen.ops.sigmoid import Sigmoid
from cbcnn_codegen.ops.softplus import Softplus
from cbcnn_codegen.ops.softsign import Softsign
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


REAL: dict[type[Operation], Callable[[NDArray[Any]], NDArray[Any]]] = {
    Exponential: np.exp,
    Sigmoid: lambda x: 1 / (1 + np.exp(-x)),
    Softplus: lambda x: np.logaddexp(0, x),
    Softsign: lambda x: x / (1 + np.abs(x)),
    Tanh: np.tanh,
}


@pytest.mark.parametrize("kind", REAL)
def test_functions_are_within_four_units_of_the_real_ones(kind: type[Operation]) -> None:
    x = X[np.abs(X) < 80]
    found = kind("op").compute(x[:, None, None, None])[:, 0, 0, 0]
    assert found.dtype == np.float32
    assert units(found, REAL[kind](x.astype(np.float64))) < 4


def test_the_error_function_is_within_three_units() -> None:
    x = X[np.abs(X) < 12]
    assert units(error_function(x), np.vectorize(math.erf)(x.astype(np.float64))) < 3


def test_gelu_is_that_of_tensorflow_which_takes_the_error_function_from_1() -> None:
    x = X[np.abs(X) < 80]
    real, found = x.astype(np.float64), Gelu("g").compute(x[:, None, None, None])[:, 0, 0, 0]
    wanted = real / 2 * (1 + np.vectorize(math.erf)(real / math.sqrt(2)))
    assert np.abs(found - wanted).max() < 1e-5


@pytest.mark.parametrize("op", [Elu("e"), Elu("e", 1.05, 1.76)])
def test_a_line_that_runs_into_an_exponential_function_takes_1_from_it(op: Elu) -> None:
    """As TensorFlow does, whose result for small numbers is coarse, too."""
    x = X[np.abs(X) < 80]
    real, found = x.astype(np.float64), op.compute(x[:, None, None, None])[:, 0, 0, 0]
    wanted = np.where(real > 0, real * op.above, np.expm1(real) * op.below)
    assert np.abs(found - wanted).max() < 1e-5
