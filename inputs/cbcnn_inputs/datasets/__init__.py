"""Labelled images: public data sets, a synthetic one, and folders of your own."""

from __future__ import annotations

from cbcnn_inputs.datasets.images import LoadedImages, load_images
from cbcnn_inputs.datasets.registry import NAMES, Dataset, Split, class_names, load

__all__ = ["NAMES", "Dataset", "LoadedImages", "Split", "class_names", "load", "load_images"]
