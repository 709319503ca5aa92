"""Words of 8 and 16 bits, for which `kernels/narrow` has files of its own."""

from __future__ import annotations

from typing import get_args

import pytest

from cbcnn_codegen.kernels import known_kernels
from support.complete import COMPLETE
from support.kernels.build import Variant, build_kernels
from support.kernels.call import Kernels
from support.kernels.compare import check_case
from support.layers import LayerKind
from support.tools import require_tool

WITH_LANES = ("sliced", "bucket", "interleaved", "distinct", "quad")
NOT_DRAWN = {"sign_f32_b1", "float_b1_f32", "rescale_b1_i8", "scores_b1_i8"}
"""Of networks of floats, and of what a network puts out; whole networks have them."""
BITS = (8, 16) if COMPLETE else (8,)


@pytest.fixture(scope="module", params=BITS)
def narrow(request: pytest.FixtureRequest) -> Kernels:
    require_tool("gcc", "gcc")
    variant = Variant(request.param, 16, signed_pixels=request.param == 16, isa="narrow")
    return Kernels(build_kernels(variant, "undefined"), variant)


def test_every_layer_on_narrow_words_equals_the_reference(narrow: Kernels) -> None:
    used: set[str] = set()
    for seed in range(100 if COMPLETE else 30):
        for kind in get_args(LayerKind):
            used |= check_case(narrow, narrow.draw_case(seed, kind))
    for seed in range(160):
        for draw in (narrow.draw_integers, narrow.draw_narrow, narrow.draw_block):
            used |= check_case(narrow, draw(seed))
    packed = {name for name in known_kernels() if "b1" in name.split("_")}
    lanes = {name for name in packed if name.split("_")[1] in WITH_LANES}
    assert not used & lanes, "they are made for registers of 32 bits"
    assert used >= packed - lanes - NOT_DRAWN
