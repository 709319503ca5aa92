"""The layers that one Keras has, for whoever builds networks and looks into them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cbcnn_trainer.framework import Framework


@dataclass(frozen=True)
class OtherSigns:
    """Layers whose sign of zero is -1.

    Attributes:
        conv: convolves with weights of -H and +H.
        dense: connects fully with such weights.
        activation: function that makes signs of activations.
    """

    conv: Any
    dense: Any
    activation: Callable[[Any], Any]


@dataclass(frozen=True)
class Kit:
    """Keras 2 with Larq, or Keras 3 with `cbcnn_layers`.

    Attributes:
        keras: the module `keras`.
        quantized: the module with `layers` and `quantizers` of Larq's names.
        framework: what a live model is walked through with.
        other_signs: or None, where there are no such layers.
        fused: gives the module of layers that compute a whole Binary Block 1, or is None.
    """

    keras: Any
    quantized: Any
    framework: Framework
    other_signs: OtherSigns | None = None
    fused: Callable[[], Any] | None = None
