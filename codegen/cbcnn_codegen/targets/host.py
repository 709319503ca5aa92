"""The machine that the tool runs on: 64-bit words and, with GCC's vectors, 256 lanes at once.

The prices are read off the code: nothing counts instructions here.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets import narrow
from cbcnn_codegen.targets.floats import HARDWARE
from cbcnn_codegen.targets.joins import ARMV7M
from cbcnn_codegen.targets.target import NOT_FUSED, SMALL, Prices, Target, Toolchain

PRICES: Final[Prices] = {
    "block_words": 68.0,
    "blocks": 110.0,
    "bucket_codes": 0.0,
    "bucket_outputs": 60.0,
    "bucket_planes": 20.0,
    "bucket_sums": 370.0,
    "bucket_taps": 7.5,
    "conv_filters": 15.0,
    "conv_runs": 3.0,
    "conv_words": 3.0,
    "dense_groups": 7.0,
    "dense_units": 12.0,
    "dense_words": 3.0,
    "distinct_channels": 2250.0,
    "distinct_filters": 500.0,
    "distinct_kernels": 1500.0,
    "distinct_tables": 20000.0,
    "patch_words": 2.0,
    "patches": 500.0,
    "plane_colours": 20.0,
    "plane_filters": 0.0,
    "plane_groups": 8.0,
    "plane_sums": 150.0,
    "point_channels": 15.0,
    "point_words": 6.0,
    "pool_pixels": 20.0,
    "pool_words": 8.0,
    "quad_filters": 0.6,
    "quad_pairs": 1.0,
    "quad_sums": 0.6,
    "quad_taps": 25.0,
    "raised_filters": 15.0,
    "raised_patches": 250.0,
    "raised_rows": 83.33333333333333,
    "raised_runs": 3.6,
    "raised_words": 3.0,
    "sliced_blocks": 620.0,
    "sliced_filters": 60.0,
    "sliced_starts": 150.0,
    "sliced_words": 3000.0,
    **HARDWARE,
    **narrow.DSP,
    **ARMV7M,
    "values": 8.0,
}

_WORD_BITS: Final = 64
_VECTOR_BITS: Final = 256
_PROCESSOR: Final = "-march=native"

TARGET: Final = Target(
    name="host",
    title="this machine",
    word_bits=_WORD_BITS,
    lane_words=_VECTOR_BITS // _WORD_BITS,
    has_lists=True,
    pointer_bytes=8,
    isas=("vector", "portable"),
    prices=PRICES,
    compiler=("gcc",),
    toolchain=Toolchain(prefix="", packages="gcc", binutils="binutils"),
    flags=(),
    optimise=("-O3", NOT_FUSED, _PROCESSOR),
    optimise_for={"size": (*SMALL, _PROCESSOR)},
    library_flags=(),
    sizes_of="object",
    flash_bytes=None,
    ram_bytes=None,
    emulator=None,
)
