"""Trains binarized CNNs with Larq for microcontrollers. Importing it does not import TensorFlow."""
