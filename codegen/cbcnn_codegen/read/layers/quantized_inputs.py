"""The `input_quantizer` option of Larq's layers."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers.activations import apply, binarize
from cbcnn_codegen.read.quantizers import (
    SIGN_NAMES,
    Function,
    Named,
    custom_cure,
    quantizer,
    signed_bits,
)
from cbcnn_inputs.model_files.limits import quote


def quantize_input(layer: LayerConfig, chain: Chain) -> None:
    """Emit what a layer does to the values that it reads."""
    named = quantizer(layer.get("input_quantizer"))
    match named.function:
        case Function.SIGN:
            binarize(chain.part_of(layer, "input_quantizer"), 1, chain)
        case Function.SIGN_ZERO_NEGATIVE:
            binarize(chain.part_of(layer, "input_quantizer"), -1, chain)
        case Function.IDENTITY:
            pass
        case Function.TERNARY if not named.options.get("ternary_weight_networks"):
            apply(layer, chain.part_of(layer, "input_quantizer"), named, chain)
        case Function.DOREFA if _is_one_bit(named):
            binarize(chain.part_of(layer, "input_quantizer"), -1, chain)
            chain.note(
                f"layer {quote(layer.name)} takes DoReFa's weights of one bit for its input: +1 "
                "where it is positive; TensorFlow rounds numbers below 2^-24 of the largest to 0"
            )
        case Function.SIGNED_DOREFA if signed_bits(named, "activations") is not None:
            apply(layer, chain.part_of(layer, "input_quantizer"), named, chain)
        case Function.DOREFA | Function.HEAVISIDE if named.options.get("mode") != "weights":
            apply(layer, chain.part_of(layer, "input_quantizer"), named, chain)
        case _:
            found = f"input_quantizer={named.name}"
            if named.function is not Function.OTHER:
                found += ", whose scale depends on the image"
            cure = custom_cure(named, "input_quantizer='ste_sign'")
            chain.refuse(layer.refused(found, _INPUT_NAMES, cure))
            chain.kind = "signs"


_INPUT_NAMES: Final = (
    f"{SIGN_NAMES}, ste_heaviside, ste_tern with a fixed threshold, dorefa_quantizer"
)


def _is_one_bit(named: Named) -> bool:
    """Is it DoReFa's quantizer of weights, with two levels?"""
    return named.options.get("mode") == "weights" and named.options.get("k_bit", 2) == 1
