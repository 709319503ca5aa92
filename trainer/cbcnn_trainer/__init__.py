"""Trains binarized CNNs with Larq for microcontrollers.

    from cbcnn_trainer import train, evaluate

Importing it does not import TensorFlow; training does. The names are found when they are asked for:
the rooms `accelerated` and `keras3` also run where the packages that these two need are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cbcnn_trainer.api import Evaluated, Trained, evaluate, train

__all__ = ["Evaluated", "Trained", "evaluate", "train"]


def __getattr__(name: str) -> Any:
    """One of the names of `api`, or an AttributeError."""
    if name in __all__:
        from cbcnn_trainer import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
