"""A user's own pictures: found, decoded, fitted to the network, divided into parts, looked at.

    find_pictures -> decode -> fitted -> divide -> Dataset

`PictureFit` is the one definition of how a picture of any size becomes what the network sees. It
stands in the model file, so training, verifying and classifying prepare pictures alike.
"""

from __future__ import annotations

from typing import Final

from cbcnn_inputs.own_pictures.fit import PictureFit

FOLDER: Final = "folder"
"""What a data set of a user's own pictures is called, in settings and model files."""

__all__ = ["FOLDER", "PictureFit"]
