"""Labelled images: the public data sets, a synthetic one, and whatever lies in a user's folder.

Nothing here imports TensorFlow, except to download a data set when asked to.
"""

from __future__ import annotations

from cbcnn_trainer.datasets.images import LoadedImages, load_images
from cbcnn_trainer.datasets.registry import NAMES, Dataset, Split, class_names, load

__all__ = ["NAMES", "Dataset", "LoadedImages", "Split", "class_names", "load", "load_images"]
