"""The bound of what TensorFlow rounds in sums, against float32 sums in many orders."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbcnn_codegen.ir.sum_error import SumError
from cbcnn_codegen.read.input_domain import Domain, Scaling, find_domain
from cbcnn_codegen.read.rounding import Values, WeightSizes, mean_error, sum_error

Float32Array = npt.NDArray[np.float32]
Generator = np.random.Generator


def weights(size: float, terms: int, *, are_summed: bool = True, mean: float = 0.0) -> WeightSizes:
    return WeightSizes(np.array([size], np.float32), terms, are_summed, np.array([mean]))


def in_order(terms: Float32Array) -> float:
    total = np.float32(0)
    for term in terms:
        total = np.float32(total + term)
    return float(total)


def in_pairs(terms: Float32Array) -> float:
    while len(terms) > 1:
        if len(terms) % 2:
            terms = np.append(terms, np.float32(0))
        terms = terms[::2] + terms[1::2]
    return float(terms[0])


def in_blocks(terms: Float32Array) -> float:
    return in_order(np.array([in_order(part) for part in np.array_split(terms, 5)], np.float32))


ORDERS = {"one by one": in_order, "pairs": in_pairs, "blocks": in_blocks}


def draw_signs(rng: Generator, terms: int) -> npt.NDArray[np.float64]:
    """Of all orders: mixed, first all of one sign, and all of one sign."""
    signs = rng.choice([-1.0, 1.0], terms)
    style = rng.integers(0, 4)
    if style == 1:
        signs = np.sort(signs)
    elif style == 2:
        signs[:] = 1
    elif style == 3:
        signs = np.repeat(signs[: terms // 8 + 1], 8)[:terms]
    return signs


def meant(size: np.float32, scale: float, s: int) -> float:
    """The generator's own number for an accumulator."""
    return float(np.float32(s) * (np.float32(scale) * size))


@pytest.mark.parametrize("order", ORDERS)
@given(seed=st.integers(0, 2**32 - 1), terms=st.sampled_from([1, 2, 3, 9, 27, 100, 576]))
def test_a_sum_of_plus_and_minus_h_stays_within_its_bound(
    order: str, seed: int, terms: int
) -> None:
    rng = np.random.default_rng(seed)
    size = np.float32(2.0 ** rng.integers(-20, 20) * rng.uniform(0.5, 1))
    signs = draw_signs(rng, terms)
    found = ORDERS[order]((signs * size).astype(np.float32))
    error = sum_error(weights(float(size), terms), Values())
    bound = 0.0 if error is None else float(error.bound(signs.sum()).item())
    assert abs(found - meant(size, 1.0, int(signs.sum()))) <= bound


@pytest.mark.parametrize("order", ORDERS)
@given(
    seed=st.integers(0, 2**32 - 1),
    terms=st.sampled_from([1, 4, 25, 200]),
    scale=st.sampled_from([1.0, 1 / 128, 1 / 255, 1 / 127.5, 0.00784314]),
    are_summed=st.booleans(),
)
def test_a_sum_of_scaled_pixels_stays_within_its_bound(
    order: str, seed: int, terms: int, scale: float, are_summed: bool
) -> None:
    rng = np.random.default_rng(seed)
    size = np.float32(rng.choice([1.0, 0.5, 0.3, rng.uniform(0.01, 3)]))
    offset = -1.0 if 0.007 < scale < 0.01 else 0.0
    scaling = Scaling().then(scale, offset, "test") if scale != 1 else Scaling()
    domain = find_domain(scaling, "uint8")
    pixels, signs = rng.integers(0, 256, terms), draw_signs(rng, terms)
    image = pixels.astype(np.float32)
    for factor, shift in scaling.steps:
        image = image * np.float32(factor) + np.float32(shift)
    weight = size if are_summed else np.float32(1)
    found = ORDERS[order](image * (signs * weight).astype(np.float32))
    found = found if are_summed else float(np.float32(found) * size)
    s = int((signs * ((pixels << domain.shift) + domain.offset)).sum())
    read = Values(domain.largest, domain.scale, domain.rounding(scaling))
    error = sum_error(weights(float(size), terms, are_summed=are_summed), read)
    bound = 0.0 if error is None else float(error.bound(np.array(s)).item())
    assert abs(found - meant(size, domain.scale, s)) <= bound


@given(seed=st.integers(0, 2**32 - 1), terms=st.sampled_from([1, 2, 9, 75, 300]))
def test_a_mean_of_magnitudes_is_off_by_no_more_than_its_error(seed: int, terms: int) -> None:
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(terms, 3)).astype(np.float32)
    kernel[:, 1] = np.float32(0.3) * rng.choice([-1, 1], terms)
    kernel[:, 2] = rng.integers(-8, 9, terms) * 0.125
    error = mean_error(kernel)
    for channel in range(3):
        magnitudes = np.abs(kernel[:, channel])
        exact = magnitudes.astype(np.float64).mean()
        for total in ORDERS.values():
            found = float(np.float32(np.float32(total(magnitudes)) / np.float32(terms)))
            limit = error[channel] * exact
            assert abs(found - exact) <= limit or found == np.float32(exact)
    assert error[2] == 0, "eighths are summed without rounding"
    if terms > 2:
        assert error[0] > 0


@pytest.mark.parametrize("size", [1.0, 0.25, 2.0**-30, 0.75, 3.0, 1.25])
def test_short_numbers_are_summed_exactly(size: float) -> None:
    assert sum_error(weights(size, 1152), Values()) is None


@pytest.mark.parametrize(
    ("size", "values"),
    [
        (0.3, Values()),
        (1 / 3, Values()),
        (1.0, Values(255, 1 / 255, 1e-5)),
        (0.75, Values(255 * 2**13)),
        (1.0 + 2.0**-20, Values()),
    ],
)
def test_long_numbers_are_not(size: float, values: Values) -> None:
    error = sum_error(weights(size, 32), values)
    assert isinstance(error, SumError)
    assert error.bound(np.array([0])) > 0


def test_a_mean_that_may_differ_makes_every_sum_uncertain_but_that_of_zero() -> None:
    error = sum_error(weights(1.0, 9, mean=1e-6), Values())
    assert error is not None
    assert error.bound(np.array(9)) > 8e-6
    assert error.bound(np.array(0)) < 1e-5


def test_an_image_alone_makes_no_rounding_of_weights() -> None:
    error = sum_error(weights(1.0, 9), Values(255, 1 / 255, 1e-5))
    assert error is not None
    assert error.rounding.tolist() == [0]
    assert error.likely(np.array([3])).tolist() == [0]


def test_what_is_likely_never_exceeds_the_bound() -> None:
    for terms in (4, 9, 1000):
        error = sum_error(weights(0.3, terms), Values())
        assert error is not None
        sums = np.arange(-terms, terms + 1)
        assert (error.likely(sums) <= error.bound(sums)).all()
        assert (error.likely(sums) > 0).all()


@pytest.mark.parametrize(
    ("scale", "offset", "exact"),
    [(1 / 128, -1.0, True), (1 / 256, 0.0, True), (1 / 127.5, -1.0, False), (1 / 255, 0.0, False)],
)
def test_only_some_scalings_are_rounded(scale: float, offset: float, exact: bool) -> None:
    scaling = Scaling().then(scale, offset, "test")
    off = find_domain(scaling, "uint8").rounding(scaling)
    assert (off == 0) == exact
    assert off < 1e-4


def test_the_steps_of_a_scaling_are_rounded_one_by_one() -> None:
    twice = Scaling().then(1 / 3, 0.0, "a").then(3.0, 0.0, "b")
    assert Domain("uint8").rounding(twice) > 0
    assert Domain("uint8").rounding(Scaling().then(4.0, 0.0, "a").then(0.25, 0.0, "b")) == 0


@settings(max_examples=30)
@given(terms=st.integers(2, 64), size=st.floats(0.25, 0.5, width=32))
def test_the_bound_is_reached_within_two_orders_of_magnitude(terms: int, size: float) -> None:
    """A bound that is far too large would call everything uncertain."""
    error = sum_error(weights(size, terms), Values())
    if error is not None:
        assert error.bound(np.array(0)).item() < terms**2 * 2.0**-24 * size
