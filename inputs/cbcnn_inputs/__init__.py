"""What the trainer and the generator both mean by their input files.

It reads data sets and images from files, defines the Image Compression Block in integers, holds the
one reader of model files and the errors of both. It needs only NumPy, OpenCV, Pillow and h5py, and
imports neither TensorFlow nor the packages above it.
"""
