"""Networks of `cbcnn_layers`, in Keras 3."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from cbcnn_trainer import networks
from cbcnn_trainer.keras3 import framework
from cbcnn_trainer.keras3.backend import cbcnn_layers, keras
from cbcnn_trainer.kit import Kit

KIT: Final = Kit(keras, cbcnn_layers, framework)

build_model: Final[Any] = partial(networks.build_model, KIT)
"""See `networks.build_model`."""
