"""Rebuilds live models from the checked values of model files; Keras never reads the files."""

from cbcnn_trainer.keras2.loading.rebuild import rebuild

__all__ = ["rebuild"]
