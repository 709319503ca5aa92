"""Turns a binarized Keras model into verified C for microcontrollers, without TensorFlow."""
