"""Binary convolution fused with max pooling, for training on a processor without a GPU.

TensorFlow convolves signs as it does any float32 values, stores the whole map in front of each
pooling, and multiplies a gradient of which three quarters are zero. The C of this package counts
bits instead, stores what pooling leaves, and skips the zeros. It is compiled for the processor at
hand when a training run first needs it; models that are saved do not depend on it.
"""
