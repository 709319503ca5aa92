"""Trains binarized CNNs with Larq for microcontrollers.

Importing this package does not import TensorFlow. The generator shares four small modules with it,
which need NumPy and OpenCV alone: `errors`, `metadata`, `preprocessing` and `datasets`.
"""

import os

# OpenCV reads this once, when it is first imported. What it has to say about a damaged image is
# said by `DataError`; its own functions for this differ between its versions.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
