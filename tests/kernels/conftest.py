"""Kernels built once for each combination of types."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.kernels.build import Variant, build_kernels
from support.kernels.call import Kernels
from support.tools import require_tool

VARIANTS = (
    Variant(word_bits=32, threshold_bits=32, signed_pixels=False),
    Variant(word_bits=32, threshold_bits=16, signed_pixels=True),
    Variant(word_bits=64, threshold_bits=32, signed_pixels=True),
    Variant(word_bits=64, threshold_bits=16, signed_pixels=False),
    Variant(word_bits=64, threshold_bits=16, signed_pixels=True, isa="vector"),
    Variant(64, 16, signed_pixels=True, isa="vector", features=("avx2",)),
    Variant(64, 16, True, "vector", ("avx2", "avx512f", "avx512vl", "avx512_vpopcntdq")),
    Variant(word_bits=32, threshold_bits=16, signed_pixels=True, isa="mve"),
    Variant(word_bits=32, threshold_bits=32, signed_pixels=True, isa="rv32"),
)


def processor_features() -> set[str]:
    """What this machine's processor can do, as Linux names it; nothing elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return set()
    lines = (line.partition(":") for line in text.splitlines())
    return {name for key, _, names in lines if key.strip() == "flags" for name in names.split()}


def runs_here(variant: Variant) -> bool:
    """Whether this machine's processor has what the variant needs: no set-up can add it."""
    return set(variant.features) <= processor_features()


@pytest.fixture(scope="session", params=[v for v in VARIANTS if runs_here(v)], ids=str)
def kernels(request: pytest.FixtureRequest) -> Kernels:
    require_tool("gcc", "gcc")
    variant: Variant = request.param
    return Kernels(build_kernels(variant, "undefined"), variant)
