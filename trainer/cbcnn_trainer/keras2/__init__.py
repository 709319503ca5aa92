"""Keras 2 with Larq, in TensorFlow: what trains and loads models of Larq's own layers."""
