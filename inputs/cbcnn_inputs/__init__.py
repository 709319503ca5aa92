"""What the trainer and the generator both mean by their input files.

Data sets and images as they lie in files, the Image Compression Block in integers, the one reader
of model files, and the errors of both sides. Needs NumPy, OpenCV, Pillow and h5py alone, and
imports neither TensorFlow nor the packages above it.
"""
