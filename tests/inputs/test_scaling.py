"""How images were scaled, as users write it: arithmetic in x, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbcnn_inputs.errors import UsageError
from cbcnn_inputs.scaling import UNSCALED, Rescale, apply, parse_rescale, usual_scalings


@pytest.mark.parametrize(
    ("text", "scale", "offset"),
    [
        ("1/127.5,-1", 1 / 127.5, -1),
        ("x/127.5-1", 1 / 127.5, -1),
        ("x / 127.5 - 1", 1 / 127.5, -1),
        ("(x-127.5)/127.5", 1 / 127.5, -1),
        ("2*(x/255)-1", 2 / 255, -1),
        ("0.00784313,-1", 0.00784313, -1),
        (" 1/128 , -(3-2) ", 1 / 128, -1),
        ("+x*.5+1e-3", 0.5, 1e-3),
        ("x", 1, 0),
        ("1,0", 1, 0),
        ("((((x))))", 1, 0),
    ],
)
def test_a_scaling_is_read_as_it_is_written(text: str, scale: float, offset: float) -> None:
    found = parse_rescale(text)
    assert found.scale == pytest.approx(scale, rel=1e-15)
    assert found.offset == pytest.approx(offset, rel=1e-15)


@given(
    st.integers(1, 999), st.integers(-999, 999), st.sampled_from(["(x-{m})/{s}", "x/{s}-{m}/{s}"])
)
def test_a_mean_and_a_deviation_are_a_scaling(deviation: int, mean: int, form: str) -> None:
    found = parse_rescale(form.format(m=f"({mean})", s=deviation))
    assert found.scale == pytest.approx(1 / deviation)
    assert found.offset == pytest.approx(-mean / deviation)


REFUSED = {
    "": "decimal",
    "1": "scale of 0",
    "1,2,3": "parts",
    "x,1": "parts",
    "0,1": "scale of 0",
    "0*x": "scale of 0",
    "x*x": "straight line",
    "1/x": "straight line",
    "2**2,1": "straight line",
    "7//2,1": "straight line",
    "1/0,1": "zero",
    "1e999,0": "finite",
    "nan,0": "decimal",
    "2x": "decimal",
    "0x10,1": "decimal",
    "(x": "no expression",
    "x 1": "no expression",
    "1,,": "decimal",
    "x(1)": "arithmetic",
    "y/255": "decimal",
    "(x-MEAN)/STD": "decimal",
    "x.real": "decimal",
    "x.e": "arithmetic",
    "__import__('os').system('touch PWNED')": "decimal",
    "1if x else 2": "decimal",
    "9" * 61 + ",1": "characters",
    "(" * 55 + "x": "expression",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_straight_line_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(UsageError, match="--rescale cannot be read") as refusal:
        parse_rescale(text)
    assert REFUSED[text] in str(refusal.value.found)
    assert "x/127.5-1" in str(refusal.value.allowed)


@given(st.text(alphabet="0123456789.eE+-*/()x ,", max_size=80) | st.text(max_size=20))
def test_any_text_is_a_scaling_or_refused(text: str) -> None:
    try:
        found = parse_rescale(text)
    except UsageError:
        return
    assert found.scale != 0
    assert np.isfinite(found).all()


def test_usual_scalings_are_named_as_they_can_be_typed() -> None:
    rng = np.random.default_rng(0)
    for dtype, low, high, least in (
        (np.uint8, 0, 256, "x/127.5-1"),
        (np.int8, -128, 128, "x/128"),
    ):
        images = rng.integers(low, high, (9, 4, 4), dtype=dtype)
        found = usual_scalings(images)
        assert found[0] == ("x", UNSCALED)
        assert {least} <= {name for name, _ in found}
        assert all(parse_rescale(name) == rescale for name, rescale in found)
        *_, (_, own) = found
        assert abs(float(apply(own, images).mean())) < 0.02
        assert float(apply(own, images).std()) == pytest.approx(1, abs=0.01)
        assert 2 * own.offset / own.scale == pytest.approx(round(2 * own.offset / own.scale))
    flat = np.full((2, 3), 7, np.uint8)
    assert not any("(x" in name for name, _ in usual_scalings(flat))


def test_scaling_is_the_float32_of_training_code() -> None:
    images = np.arange(256, dtype=np.uint8)
    expected = images.astype(np.float32) * np.float32(1 / 127.5) + np.float32(-1)
    found = apply(Rescale(1 / 127.5, -1), images)
    assert found.dtype == np.float32
    assert (found == expected).all()
