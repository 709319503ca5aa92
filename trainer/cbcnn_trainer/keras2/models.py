"""Networks of Larq's layers, or of those whose sign of zero is -1, in Keras 2."""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any, Final

from cbcnn_trainer import networks
from cbcnn_trainer.keras2 import framework
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.layers import BinaryConv2D, BinaryDense, binary_tanh
from cbcnn_trainer.kit import Kit, OtherSigns

KIT: Final = Kit(
    tf.keras,
    larq,
    framework,
    OtherSigns(BinaryConv2D, BinaryDense, binary_tanh),
    partial(importlib.import_module, "cbcnn_trainer.keras2.fused.layers"),
)

build_model: Final[Any] = partial(networks.build_model, KIT)
"""See `networks.build_model`."""
