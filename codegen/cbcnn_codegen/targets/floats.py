"""What kernels of floats cost: with a unit for float32, and without one.

The prices were fitted once to what emulated cores count over five small networks, each family by
itself; `python -m benchmarks.fit_costs` does not repeat them yet, so they only rank kernels and
estimate. With a unit a fused multiply-add is one instruction, so a product takes three or four with
its loads; without one integers do it, see `multiply_add.h`, and the compiler's library the rest.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.target import Prices

HARDWARE: Final[Prices] = {
    "real_add": 6.08,
    "real_affine": 18.37,
    "real_average_pooled": 20.0,
    "real_average_pools": 30.0,
    "real_clip": 11.25,
    "real_concatenate": 7.02,
    "real_conv_filters": 96.18,
    "real_conv_pixels": 194.72,
    "real_conv_products": 3.38,
    "real_conv_runs": 11.56,
    "real_conv_singles": 5.36,
    "real_conv_tiled": 1.8,
    "real_depthwise_outputs": 19.91,
    "real_depthwise_products": 4.08,
    "real_depthwise_taps": 41.45,
    "real_dorefa": 17.76,
    "real_float_b1_f32": 9.82,
    "real_float_i32_f32": 7.47,
    "real_float_plane_f32": 6.05,
    "real_max_pooled": 9.22,
    "real_max_pools": 0.0,
    "real_multiply": 6.01,
    "real_norm": 12.38,
    "real_signs": 16.54,
    "real_slope": 10.89,
    "real_step": 9.18,
}
"""Of a Cortex-M4F, and of all that have a unit for float32."""

ARMV7M_SOFTWARE: Final[Prices] = {
    "real_add": 52.62,
    "real_affine": 100.43,
    "real_average_pooled": 68.44,
    "real_average_pools": 0.0,
    "real_clip": 76.8,
    "real_concatenate": 7.49,
    "real_conv_filters": 0.0,
    "real_conv_pixels": 410.86,
    "real_conv_products": 232.34,
    "real_conv_runs": 296.89,
    "real_conv_singles": 180.78,
    "real_conv_tiled": 232.34,
    "real_depthwise_outputs": 0.0,
    "real_depthwise_products": 229.08,
    "real_depthwise_taps": 74.01,
    "real_dorefa": 194.24,
    "real_float_b1_f32": 9.83,
    "real_float_i32_f32": 40.15,
    "real_float_plane_f32": 30.06,
    "real_max_pooled": 36.99,
    "real_max_pools": 15.39,
    "real_multiply": 38.02,
    "real_norm": 252.09,
    "real_signs": 74.93,
    "real_slope": 61.61,
    "real_step": 46.27,
}
"""Of a Cortex-M3."""

ARMV6M_SOFTWARE: Final[Prices] = {
    "real_add": 72.3,
    "real_affine": 207.67,
    "real_average_pooled": 106.65,
    "real_average_pools": 42.46,
    "real_clip": 75.77,
    "real_concatenate": 12.54,
    "real_conv_filters": 0.0,
    "real_conv_pixels": 512.31,
    "real_conv_products": 392.06,
    "real_conv_runs": 393.75,
    "real_conv_singles": 330.75,
    "real_conv_tiled": 392.06,
    "real_depthwise_outputs": 0.0,
    "real_depthwise_products": 383.64,
    "real_depthwise_taps": 102.11,
    "real_dorefa": 428.82,
    "real_float_b1_f32": 10.38,
    "real_float_i32_f32": 125.6,
    "real_float_plane_f32": 51.13,
    "real_max_pooled": 34.05,
    "real_max_pools": 44.37,
    "real_multiply": 125.63,
    "real_norm": 518.47,
    "real_signs": 69.88,
    "real_slope": 87.93,
    "real_step": 42.5,
}
"""Of a Cortex-M0+."""

RV32_SOFTWARE: Final[Prices] = {
    "real_add": 76.14,
    "real_affine": 199.13,
    "real_average_pooled": 95.59,
    "real_average_pools": 105.1,
    "real_clip": 50.04,
    "real_concatenate": 26.63,
    "real_conv_filters": 0.0,
    "real_conv_pixels": 221.75,
    "real_conv_products": 267.52,
    "real_conv_runs": 251.2,
    "real_conv_singles": 253.85,
    "real_conv_tiled": 267.52,
    "real_depthwise_outputs": 0.0,
    "real_depthwise_products": 267.19,
    "real_depthwise_taps": 57.71,
    "real_dorefa": 262.09,
    "real_float_b1_f32": 9.17,
    "real_float_i32_f32": 88.38,
    "real_float_plane_f32": 51.12,
    "real_max_pooled": 21.25,
    "real_max_pools": 28.15,
    "real_multiply": 116.59,
    "real_norm": 416.27,
    "real_signs": 45.4,
    "real_slope": 71.93,
    "real_step": 28.22,
}
"""Of RV32IMAC."""
