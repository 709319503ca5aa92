"""What to say about layers that cannot be generated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_inputs.model_files.limits import quote

_REAL_WEIGHTS: Final = "whose weights are not binary"
_BRANCH: Final = "which joins branches"
_AVERAGE: Final = "whose results are not integers of the next binary layer"
_LEVELS: Final = "which has more than two values"
_CODE: Final = "which needs code to load, and a model file's code is never executed"

_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "Add": (_BRANCH, "a model without shortcuts"),
    "AveragePooling2D": (_AVERAGE, "MaxPool2D"),
    "Average": (_BRANCH, "a model without branches"),
    "Concatenate": (_BRANCH, "a model without branches"),
    "Conv2D": (_REAL_WEIGHTS, "QuantConv2D with kernel_quantizer='ste_sign'"),
    "Dense": (_REAL_WEIGHTS, "QuantDense with kernel_quantizer='ste_sign'"),
    "DepthwiseConv2D": (_REAL_WEIGHTS, "QuantConv2D with kernel_quantizer='ste_sign'"),
    "GlobalAveragePooling2D": (_AVERAGE, "GlobalMaxPool2D, or Flatten and QuantDense"),
    "Lambda": (_CODE, "a layer that says what it computes"),
    "MagnitudeAwareSign": (
        "whose scale depends on the images",
        "SteSign(), or magnitude_aware_sign as kernel_quantizer",
    ),
    "Multiply": (_BRANCH, "a model without branches"),
    "PReLU": ("which is not the plain max(x, 0)", "ReLU"),
    "LeakyReLU": ("which is not the plain max(x, 0)", "ReLU"),
    "QuantDepthwiseConv2D": ("which treats every channel by itself", "QuantConv2D"),
    "QuantSeparableConv2D": ("which treats every channel by itself", "QuantConv2D"),
    "DoReFa": (_LEVELS, "SteSign()"),
    "DoReFaQuantizer": (_LEVELS, "SteSign()"),
    "SteHeaviside": ("whose values are 0 and 1", "SteSign()"),
    "SteTern": (_LEVELS, "SteSign()"),
    "SeparableConv2D": (_REAL_WEIGHTS, "QuantConv2D with kernel_quantizer='ste_sign'"),
    "ZeroPadding2D": ("which adds zeros of its own", "padding='same' in the convolution"),
}
_CODE_KINDS: Final = ("TFOpLambda", "SlicingOpLambda", "Wrapper", "TimeDistributed")


def refuse_unknown(layer: LayerConfig, chain: Chain, known: Sequence[str]) -> None:
    """Refuse a layer of a class that no converter takes."""
    reason, suggestion = _REASONS.get(layer.kind, (None, None))
    if reason is None and ("." in layer.kind or ">" in layer.kind or layer.kind in _CODE_KINDS):
        reason, suggestion = _CODE, "the layers of Keras and Larq that are allowed"
    found = quote(layer.kind)[1:-1]
    chain.refuse(
        layer.refused(
            f"{found}, {reason}" if reason else f"a layer of the class {found}",
            ", ".join(known),
            suggestion,
        )
    )
    chain.lose_track()
