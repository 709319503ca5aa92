"""Accuracy beside guessing: loud where a network hardly works, silent where it does."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cbcnn_inputs.chance import Accuracy, at_most, chance_warning, judge

RNG = np.random.default_rng(7)


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 16))
def test_the_binomial_distribution_is_summed_exactly(right: int, images: int, part: int) -> None:
    share = Fraction(part, 16)
    exact = sum(
        comb(images, count) * share**count * (1 - share) ** (images - count)
        for count in range(min(right, images) + 1)
    )
    if right <= images and part:
        assert at_most(right, images, part / 16) == pytest.approx(float(exact))


def test_a_sum_over_ten_thousand_images_keeps_its_digits() -> None:
    assert at_most(5000, 10_000, 0.5) == pytest.approx(0.504, abs=1e-3)
    assert at_most(9_999, 10_000, 0.5) == pytest.approx(1.0)
    assert at_most(100, 10_000, 0.5) < 1e-300


def guesses(images: int, classes: int, share: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Labels, and answers of which a share is looked up and the rest guessed."""
    labels = RNG.integers(0, classes, images)
    answers = np.where(RNG.random(images) < share, labels, RNG.integers(0, classes, images))
    return labels, answers


@pytest.mark.parametrize("classes", [2, 3, 10, 43, 100, 1000])
@pytest.mark.parametrize("images", [100, 1000, 12_630])
def test_guessing_is_told_and_working_is_not(classes: int, images: int) -> None:
    assert judge(*guesses(images, classes, 0.0), classes).is_near_chance
    assert not judge(*guesses(images, classes, 0.75), classes).is_near_chance


def test_the_wrong_scaling_of_a_working_network_is_told() -> None:
    """18.4 % in place of 66.8 %, as was seen: by no test of chance alone is that guessing."""
    assert Accuracy(10_000, 1840, 0.1).is_near_chance
    assert not Accuracy(10_000, 6680, 0.1).is_near_chance


def test_a_quarter_right_of_a_hundred_classes_is_no_guessing() -> None:
    assert not Accuracy(10_000, 2500, 0.01).is_near_chance
    assert Accuracy(10_000, 200, 0.01).is_near_chance


@pytest.mark.parametrize(("images", "right"), [(1, 0), (1, 1), (3, 1), (5, 0), (5, 5)])
def test_a_handful_of_images_says_nothing(images: int, right: int) -> None:
    assert not Accuracy(images, right, 0.1).is_near_chance


def test_one_answer_for_all_images_is_chance_however_often_it_is_right() -> None:
    labels = np.repeat([0, 1], [95, 5])
    assert judge(labels, np.zeros(100, np.int64), 2).expected == pytest.approx(0.95)
    balanced = np.arange(1000) % 10
    assert judge(balanced, np.zeros(1000, np.int64), 10).is_near_chance


def test_images_of_one_class_are_compared_with_all_classes() -> None:
    labels = np.full(200, 3)
    right = judge(labels, np.where(np.arange(200) < 180, 3, 4), 10)
    assert right.expected == 0.1
    assert not right.is_near_chance
    assert judge(labels, RNG.integers(0, 10, 200), 10).is_near_chance


def test_swapped_labels_are_told() -> None:
    labels, answers = guesses(400, 10, 0.9)
    assert judge((labels + 1) % 10, answers, 10).is_near_chance


def test_the_warning_names_what_to_check() -> None:
    text = chance_warning(Accuracy(500, 50, 0.1), 10, scaling="Use --rescale.")
    assert text is not None
    for word in ("NEAR CHANCE", "10.0%", "500", "x/127.5-1", "--rescale", "colour", "label order"):
        assert word in text
    assert chance_warning(Accuracy(500, 450, 0.1), 10, scaling="") is None
