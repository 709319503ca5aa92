"""Trains on an accelerator, in JAX, what `prepare` has made of a recipe and a data set.

`prepare` needs the extra [train]. All else needs JAX, Keras 3, h5py and NumPy: no TensorFlow, no
Larq, no OpenCV, no click.
"""
