"""Trains binarized CNNs with Larq for microcontrollers.

Importing this package does not import TensorFlow. The generator shares four small modules with it,
which need NumPy and OpenCV alone: `errors`, `metadata`, `preprocessing` and `datasets`.
"""
