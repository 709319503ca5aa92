"""Larq's layers for Keras 3: on TensorFlow, JAX or PyTorch, with NumPy 2, from Python 3.10 on.

Classes, options, and what files say of them are Larq's, so a script changes one import::

    import cbcnn_layers as larq

    larq.layers.QuantConv2D(64, 3, kernel_quantizer="ste_sign", kernel_constraint="weight_clip")

Importing the package is enough for Keras to load `.h5` files that Larq has written. The package
needs NumPy and Keras alone; which backend computes is Keras's choice (`KERAS_BACKEND`).
"""

from cbcnn_layers import constraints, layers, quantizers
from cbcnn_layers.constraints import WeightClip
from cbcnn_layers.layers import (
    QuantConv2D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSeparableConv2D,
)
from cbcnn_layers.quantizers import (
    ApproxSign,
    DoReFa,
    MagnitudeAwareSign,
    NoOp,
    SteHeaviside,
    SteSign,
    SteTern,
    SwishSign,
)

__all__ = [
    "ApproxSign",
    "DoReFa",
    "MagnitudeAwareSign",
    "NoOp",
    "QuantConv2D",
    "QuantDense",
    "QuantDepthwiseConv2D",
    "QuantSeparableConv2D",
    "SteHeaviside",
    "SteSign",
    "SteTern",
    "SwishSign",
    "WeightClip",
    "constraints",
    "layers",
    "quantizers",
]
