"""Calls of Larq's quantizers and layers whose outputs and gradients are known.

The numbers are multiples of 1/64, and upstream gradients are integers, so sums of them are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_TINY: Final = 2.0**-126
EDGES: Final = (0.0, -0.0, _TINY, -_TINY, _TINY / 4, -_TINY / 4, np.inf, -np.inf, np.nan)
"""Where TensorFlow has ways of its own: it takes numbers of less than 2^-126 for zero."""

LIMITS: Final = (0.0, 1.0, -1.0, 0.5, -0.5, 1.25, -1.25, 1.265625, 0.0625, -0.0625, 1 / 6, 0.5)
"""Where gradients end and thresholds lie."""


@dataclass(frozen=True)
class LarqCase:
    """One object, and whether every number that it makes is exact.

    Attributes:
        kind: the class.
        options: its arguments.
        shape: of the input; of a quantizer `(N,)`, or one of weights.
    """

    name: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = (400,)
    exact: bool = True

    @property
    def is_layer(self) -> bool:
        """Does it have weights?"""
        return self.kind.startswith("Quant")

    def inputs(self) -> Floats:
        """What goes in, the same numbers on every machine."""
        rng = np.random.default_rng(len(self.name))
        x = (rng.integers(-128, 129, self.shape) / 64).astype(np.float32)
        if self.shape == LarqCase.shape:
            x[: len(LIMITS)] = LIMITS
        return x


_BINARY: Final = {
    "input_quantizer": "ste_sign",
    "kernel_quantizer": "ste_sign",
    "kernel_constraint": "weight_clip",
}
_MAPS: Final = (2, 7, 6, 4)
_WEIGHTS: Final = (3, 3, 4, 5)


def _conv(name: str, exact: bool = True, **options: Any) -> LarqCase:
    return LarqCase(
        name, "QuantConv2D", {"filters": 5, "kernel_size": 3, **_BINARY, **options}, _MAPS, exact
    )


CASES: Final = (
    LarqCase("ste_sign", "SteSign"),
    LarqCase("ste_sign_wide", "SteSign", {"clip_value": 1.25}),
    LarqCase("ste_sign_unclipped", "SteSign", {"clip_value": None}),
    LarqCase("approx_sign", "ApproxSign"),
    LarqCase("swish_sign", "SwishSign", exact=False),
    LarqCase("swish_sign_flat", "SwishSign", {"beta": 2.0}, exact=False),
    LarqCase("ste_heaviside", "SteHeaviside"),
    LarqCase("ste_tern", "SteTern", {"threshold_value": 0.0625}),
    LarqCase("ste_tern_default", "SteTern"),
    LarqCase("ste_tern_of_weights", "SteTern", {"ternary_weight_networks": True}, _WEIGHTS),
    LarqCase("magnitude_aware_sign", "MagnitudeAwareSign", {}, _WEIGHTS, exact=False),
    LarqCase("dorefa", "DoReFa", exact=False),
    LarqCase("dorefa_3", "DoReFa", {"k_bit": 3}, exact=False),
    LarqCase("dorefa_weights", "DoReFa", {"mode": "weights"}, _WEIGHTS, exact=False),
    LarqCase("no_op", "NoOp", {"precision": 1}),
    _conv("conv"),
    _conv("conv_same", padding="same", use_bias=False),
    _conv("conv_pad_one", padding="same", pad_values=1.0, strides=2),
    _conv("conv_pad_dilated", padding="same", pad_values=-0.25, dilation_rate=2),
    _conv("conv_groups", filters=6, groups=2, use_bias=False),
    _conv("conv_wide_window", kernel_size=(2, 4), padding="same", pad_values=1.0),
    _conv("conv_image", input_quantizer=None, activation="relu"),
    _conv("conv_ternary", kernel_quantizer="ste_tern", input_quantizer="approx_sign"),
    _conv("conv_dorefa", False, input_quantizer="dorefa_quantizer"),
    _conv("conv_magnitude", False, kernel_quantizer="magnitude_aware_sign"),
    LarqCase("dense", "QuantDense", {"units": 5, **_BINARY}, (3, 24)),
    LarqCase("dense_on_maps", "QuantDense", {"units": 5, **_BINARY, "use_bias": False}, _MAPS),
    LarqCase(
        "depthwise",
        "QuantDepthwiseConv2D",
        {
            "kernel_size": 3,
            "padding": "same",
            "depth_multiplier": 2,
            "input_quantizer": "ste_sign",
            "depthwise_quantizer": "ste_sign",
            "depthwise_constraint": "weight_clip",
        },
        _MAPS,
    ),
    LarqCase(
        "depthwise_pad_one",
        "QuantDepthwiseConv2D",
        {
            "kernel_size": 3,
            "strides": 2,
            "padding": "same",
            "pad_values": 1.0,
            "input_quantizer": "ste_heaviside",
            "depthwise_quantizer": "ste_sign",
            "use_bias": False,
        },
        _MAPS,
    ),
    LarqCase(
        "separable",
        "QuantSeparableConv2D",
        {
            "filters": 5,
            "kernel_size": 3,
            "padding": "same",
            "pad_values": 1.0,
            "input_quantizer": "ste_sign",
            "depthwise_quantizer": "ste_sign",
            "pointwise_quantizer": "ste_sign",
            "depthwise_constraint": "weight_clip",
            "pointwise_constraint": "weight_clip",
        },
        _MAPS,
    ),
)
