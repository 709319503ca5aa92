"""Layers that act only in training."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig


def ignore(layer: LayerConfig, chain: Chain) -> None:
    """Pass the value on."""


LAYERS: Final = {
    "ActivityRegularization": ignore,
    "AlphaDropout": ignore,
    "Dropout": ignore,
    "GaussianDropout": ignore,
    "GaussianNoise": ignore,
    "Identity": ignore,
    "SpatialDropout1D": ignore,
    "SpatialDropout2D": ignore,
}
