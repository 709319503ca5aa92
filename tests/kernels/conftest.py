"""Kernels built once for each combination of types."""

from __future__ import annotations

import pytest

from support.kernels import Kernels, Variant, build_kernels
from support.tools import require_tool

VARIANTS = (
    Variant(word_bits=32, threshold_bits=32, signed_pixels=False),
    Variant(word_bits=32, threshold_bits=16, signed_pixels=True),
    Variant(word_bits=64, threshold_bits=32, signed_pixels=True),
    Variant(word_bits=64, threshold_bits=16, signed_pixels=False),
    Variant(word_bits=64, threshold_bits=16, signed_pixels=True, isa="vector"),
)


@pytest.fixture(scope="session", params=VARIANTS, ids=str)
def kernels(request: pytest.FixtureRequest) -> Kernels:
    require_tool("gcc", "gcc")
    variant: Variant = request.param
    return Kernels(build_kernels(variant, "undefined"), variant)
