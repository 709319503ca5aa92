"""What the trainer and the generator both mean by their input files.

Data sets and images as they lie in files, the Image Compression Block in integers, the one reader
of model files, and the errors of both sides. Needs NumPy, OpenCV and h5py alone, and imports
neither TensorFlow nor the packages above it.
"""

import os

# OpenCV reads this once, when it is first imported. What it has to say about a damaged image is
# said by `DataError`; its own functions for this differ between its versions.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
