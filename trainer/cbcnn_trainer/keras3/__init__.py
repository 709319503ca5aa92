"""Keras 3 with `cbcnn_layers`: TensorFlow, JAX or PyTorch, no Larq."""
