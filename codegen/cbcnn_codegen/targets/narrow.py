"""What kernels of quantized networks cost: integers of 8 and 16 bits."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.target import Prices

ARMV7M: Final[Prices] = {
    "narrow_add_i16_i16": 10.0,
    "narrow_average_pool_i16_i16_pooled": 8.0,
    "narrow_average_pool_i16_i16_pools": 30.0,
    "narrow_concatenate_i16_i16": 7.0,
    "lookup": 6.0,
    "narrow_depthwise_outputs": 40.0,
    "narrow_depthwise_products": 7.0,
    "narrow_depthwise_rows": 15.0,
    "narrow_max_pool_i16_i16_pooled": 9.0,
    "narrow_max_pool_i16_i16_pools": 20.0,
    "narrow_max_pool_i8_i8_pooled": 9.0,
    "narrow_max_pool_i8_i8_pools": 20.0,
    "narrow_multiply_i16_i16": 11.0,
    "patch_outputs": 25.0,
    "patch_pixels": 100.0,
    "patch_products": 40.0,
    "patch_quads": 20.0,
    "patch_singles": 40.0,
    "patch_taps": 10.0,
    "narrow_rescale_b1_i16": 20.0,
    "narrow_rescale_b1_i8": 20.0,
    "narrow_rescale_i16_i16": 20.0,
    "narrow_rescale_i16_i32": 20.0,
    "narrow_rescale_i16_i8": 20.0,
    "narrow_rescale_i32_i16": 20.0,
    "narrow_rescale_i32_i8": 20.0,
    "narrow_rescale_plane_i16": 20.0,
    "threshold_i16": 10.0,
}
"""Of a Cortex-M3."""

DSP: Final[Prices] = ARMV7M
ARMV6M: Final[Prices] = ARMV7M
RV32: Final[Prices] = ARMV7M
