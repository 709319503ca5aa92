"""The network between the model file and the C: named values with types, and operations on them.

This page states the conventions, as `firmware_templates/kernels/portable/kernels.h` does for C;
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
  `(x << shift) + offset`.

The operations are in `ops/`. A graph goes through two levels: as read it holds what Keras and Larq
compute; after the passes every operation left is one of integers, up to the scores, that a kernel
can compute.
"""

from cbcnn_codegen.ir.exponential import exponential, log1p
from cbcnn_codegen.ir.fixed_point import Fixed, Line, Rescaling
from cbcnn_codegen.ir.graph import (
    Graph,
    Input,
    Level,
    Node,
    chain_graph,
    free_name,
)
from cbcnn_codegen.ir.multiply_add import multiply_add
from cbcnn_codegen.ir.operation import Monotone, Obstacle, Operation, Product
from cbcnn_codegen.ir.output_form import OutputForm
from cbcnn_codegen.ir.rounding import (
    ALTERNATIVES,
    CONTRACT,
    LIKELY,
    MOVED,
    Rounding,
    flush_denormals,
)
from cbcnn_codegen.ir.sum_error import Float64Array, SumError
from cbcnn_codegen.ir.values import (
    EXACT_FLOAT32,
    FLOAT32,
    SIGNS,
    Array,
    BoolArray,
    Element,
    Float32Array,
    FloatArray,
    Int8Array,
    Int32Array,
    Shape,
    ValueType,
    common_dtype,
    integers,
)
from cbcnn_codegen.ir.windows import NO_PADDING, Padding, Window, same_padding

__all__ = [
    "ALTERNATIVES",
    "CONTRACT",
    "EXACT_FLOAT32",
    "FLOAT32",
    "LIKELY",
    "MOVED",
    "NO_PADDING",
    "SIGNS",
    "Array",
    "BoolArray",
    "Element",
    "Fixed",
    "Float32Array",
    "Float64Array",
    "FloatArray",
    "Graph",
    "Input",
    "Int8Array",
    "Int32Array",
    "Level",
    "Line",
    "Monotone",
    "Node",
    "Obstacle",
    "Operation",
    "OutputForm",
    "Padding",
    "Product",
    "Rescaling",
    "Rounding",
    "Shape",
    "SumError",
    "ValueType",
    "Window",
    "chain_graph",
    "common_dtype",
    "exponential",
    "flush_denormals",
    "free_name",
    "integers",
    "log1p",
    "multiply_add",
    "same_padding",
]
