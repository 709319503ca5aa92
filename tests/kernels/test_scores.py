"""Scores in C against the float32 operations that they stand for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.kernels.fixed_point import is_identity, to_fixed_point
from cbcnn_codegen.ops.scores import Scores, affine_scores
from support.kernels.call import Kernels

LARGEST = 2000
Float32Array = npt.NDArray[np.float32]


def draw_scores(seed: int, classes: int = 50) -> tuple[Scores, npt.NDArray[np.int32]]:
    """Constants as batch norms leave them, with zeros, negative ones and ties, and accumulators."""
    rng = np.random.default_rng(seed)
    multiplier = rng.normal(0, 10.0 ** rng.integers(-2, 2), classes).astype(np.float32)
    offset = rng.normal(0, 10.0 ** rng.integers(-1, 3), classes).astype(np.float32)
    multiplier[::7] = 0
    offset[::5] = 0
    accumulators = rng.integers(-LARGEST, LARGEST + 1, classes).astype(np.int32)
    accumulators[1], accumulators[2] = LARGEST, -LARGEST
    return Scores("scores", multiplier, offset), accumulators


def test_fixed_point_scores_equal_float32(kernels: Kernels) -> None:
    for seed in range(300):
        scores, accumulators = draw_scores(seed)
        fixed = to_fixed_point(scores, LARGEST)
        best, values = kernels.scores_i64(fixed, accumulators)
        expected = affine_scores(accumulators, scores.multiplier, scores.offset)
        real = np.ldexp(values.astype(np.float64), -fixed.fraction_bits)
        np.testing.assert_array_equal(real, expected, err_msg=f"seed {seed}")
        assert best == int(np.argmax(expected))


def test_float_scores_round_twice(kernels: Kernels) -> None:
    for seed in range(100):
        scores, accumulators = draw_scores(seed)
        best, values = kernels.scores_f32(scores, accumulators)
        expected = affine_scores(accumulators, scores.multiplier, scores.offset)
        np.testing.assert_array_equal(values, expected, err_msg=f"seed {seed}")
        assert best == int(np.argmax(expected))


def test_half_way_cases_round_to_even(kernels: Kernels) -> None:
    """Products of 25 bits that lie in the middle of two float32 values."""
    multiplier = np.array([2**23 + 1, 2**23 + 3, -(2**23) - 1, 2**24 - 1], np.float32)
    scores = Scores("scores", multiplier, np.zeros(4, np.float32))
    accumulators = np.full(4, 2 + 1, np.int32)
    _, values = kernels.scores_i64(to_fixed_point(scores, 3), accumulators)
    np.testing.assert_array_equal(values, (multiplier * np.float32(3)).astype(np.int64))


def test_the_first_of_equal_scores_wins(kernels: Kernels) -> None:
    accumulators = np.array([-3, 5, 5, 4], np.int32)
    assert kernels.scores_i32(accumulators) == 1
    scores = Scores("scores", np.full(4, 2, np.float32), np.zeros(4, np.float32))
    assert kernels.scores_i64(to_fixed_point(scores, 5), accumulators)[0] == 1
    assert kernels.scores_f32(scores, accumulators)[0] == 1


def test_scores_below_zero_have_a_largest_one(kernels: Kernels) -> None:
    accumulators = np.array([-7, -3, -9], np.int32)
    scores = Scores("scores", np.ones(3, np.float32), np.zeros(3, np.float32))
    assert kernels.scores_i64(to_fixed_point(scores, 9), accumulators)[0] == 1
    assert kernels.scores_i32(accumulators) == 1


def test_scores_that_are_their_accumulators_are_seen() -> None:
    ones, zeros = np.ones(3, np.float32), np.zeros(3, np.float32)
    assert is_identity(Scores("scores", ones, zeros))
    assert not is_identity(Scores("scores", ones, ones))


def test_constants_too_far_apart_are_refused() -> None:
    scores = Scores("scores", np.array([1e-30, 1.0], np.float32), np.zeros(2, np.float32))
    with pytest.raises(UsageError, match="--scores float"):
        to_fixed_point(scores, 100)
