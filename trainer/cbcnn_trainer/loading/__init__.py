"""Live models from model files: rebuilt from checked values, never read by Keras."""

from cbcnn_trainer.loading.rebuild import rebuild

__all__ = ["rebuild"]
