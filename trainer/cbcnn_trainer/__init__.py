"""Trains binarized CNNs with Larq for microcontrollers.

    from cbcnn_trainer import train, evaluate

Importing it does not import TensorFlow; training does.
"""

from __future__ import annotations

from cbcnn_trainer.api import Evaluated, Trained, evaluate, train

__all__ = ["Evaluated", "Trained", "evaluate", "train"]
