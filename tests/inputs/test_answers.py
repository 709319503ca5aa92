"""What scores mean: the first of the largest, or the sign of a single one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from cbcnn_inputs.answers import FUNCTIONS, class_count, decide, keeps_answer, plain_name


@pytest.mark.parametrize(("scores", "classes"), [(1, 2), (2, 2), (10, 10)])
def test_a_single_score_tells_two_classes_apart(scores: int, classes: int) -> None:
    assert class_count(scores) == classes


@pytest.mark.parametrize("kind", ["<i4", "<i8", "<f4"])
def test_a_single_score_means_class_1_from_zero_on(kind: str) -> None:
    scores = np.array([[-3], [-1], [0], [1], [3]], kind)
    assert decide(scores).tolist() == [0, 0, 1, 1, 1]


def test_both_zeros_are_not_negative() -> None:
    smallest = np.nextafter(np.float32(0), np.float32(1))
    scores = np.array([[0.0], [-0.0], [smallest], [-smallest]], np.float32)
    assert decide(scores).tolist() == [1, 1, 1, 0]


@given(arrays.arrays(np.float32, (6, 4), elements=st.floats(-9, 9, width=32)))
def test_of_several_scores_the_first_of_the_largest_wins(scores: NDArray[Any]) -> None:
    for row, answer in zip(scores.tolist(), decide(scores).tolist(), strict=True):
        assert answer == row.index(max(row))


def test_no_images_have_no_classes() -> None:
    assert decide(np.zeros((0, 1))).shape == decide(np.zeros((0, 3))).shape == (0,)


def test_what_keeps_an_answer_depends_on_how_many_scores_there_are() -> None:
    assert keeps_answer("softmax", 2)
    assert not keeps_answer("softmax", 1), "softmax of one score is 1"
    assert keeps_answer("hard_sigmoid", 1)
    assert not keeps_answer("hard_sigmoid", 2), "it makes ones of all large scores"
    assert not keeps_answer("relu", 1)


def test_other_names_of_a_function_are_known() -> None:
    assert plain_name("log_softmax_v2") == "log_softmax"
    assert plain_name("swish") == "swish"
    assert all(plain_name(name) == name for name in FUNCTIONS)
