"""The network between the model file and the C: typed, frozen operations in a chain.

Conventions. They are stated here and, for C, in `firmware_templates/kernels/portable/kernels.h`;
everything else refers to these two places.

- Maps are NHWC, shapes are `height, width, channels`. Weights are OHWI: output channel, row,
  column, input channel. A dense layer's weights are `units, height, width, channels` of the map
  it reads.
- A binary value is -1 or +1. In packed form +1 is bit 1 and -1 is bit 0; the lowest channel is in
  the lowest bit of a word; every pixel starts a new word; unused bits are 0.
- An accumulator is the exact integer sum of products that a binary convolution or dense layer
  makes.
- Padding pixels are not part of the map: a convolution names the integer `pad` that they count as
  (0 contributes nothing), max pooling ignores them.
- The image that the caller passes holds 8-bit integers `x`. The network computes on the integers
  `(x << shift) + offset`, which stand for the real numbers `scale * ((x << shift) + offset)`.

A graph goes through two levels. As read, it holds `Conv`, `Dense`, `BatchNorm`, `Relu`, `MaxPool`,
`Flatten` and `Sign`. After the passes it holds `BinarizeInput`, `BinaryConv`, `BinaryDense`,
`PoolSigns` and `Scores` alone, which are integer arithmetic up to the scores.
"""

from cbcnn_codegen.ir.graph import Graph, free_name
from cbcnn_codegen.ir.ops import (
    EXACT_FLOAT32,
    NO_PADDING,
    BatchNorm,
    BinarizeInput,
    BinaryConv,
    BinaryDense,
    BoolArray,
    Conv,
    Dense,
    Flatten,
    Float32Array,
    Input,
    Int8Array,
    Int32Array,
    Kind,
    Map,
    MaxPool,
    Op,
    Padding,
    PoolSigns,
    Product,
    Relu,
    Scores,
    Shape,
    Sign,
    Threshold,
    Window,
)
from cbcnn_codegen.ir.shapes import infer_map, same_padding

__all__ = [
    "EXACT_FLOAT32",
    "NO_PADDING",
    "BatchNorm",
    "BinarizeInput",
    "BinaryConv",
    "BinaryDense",
    "BoolArray",
    "Conv",
    "Dense",
    "Flatten",
    "Float32Array",
    "Graph",
    "Input",
    "Int8Array",
    "Int32Array",
    "Kind",
    "Map",
    "MaxPool",
    "Op",
    "Padding",
    "PoolSigns",
    "Product",
    "Relu",
    "Scores",
    "Shape",
    "Sign",
    "Threshold",
    "Window",
    "free_name",
    "infer_map",
    "same_padding",
]
