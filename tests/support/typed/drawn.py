"""What a model file holds of all that is read: layers, functions, quantizers, and operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cbcnn_codegen.ir import Graph, Monotone, Operation
from cbcnn_codegen.ops import all_operations
from cbcnn_codegen.read.layers import converters
from cbcnn_codegen.read.operations import NAMES

IN_CHAINS: Final = {"BinaryConv2D", "BinaryDense"}
"""Layers of the CBCNN authors, which `chain.py` draws."""
OF_OLD_FILES: Final = {
    *("DoReFaQuantizer", "__operators__.mul", "exp", "math.divide", "nn.sigmoid"),
    *("nn.softplus", "nn.tanh", "pad", "squeeze", "transpose"),
}
"""Names that versions of Keras and Larq wrote that are not installed."""
OF_OTHERS: Final = {"STCustomDoReFa", "SignedDorefa"}
"""Of a class that Larq has not, and what is read of it; `test_live_graphs.py` has a network."""
_BY_ANOTHER_NAME: Final = {
    "AvgPool1D": "AveragePooling1D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "MaxPool1D": "MaxPooling1D",
}


def wanted() -> set[str]:
    """All that a file may hold, and every operation of networks that are not quantized."""
    layers = {kind for kind in converters() if not kind.startswith("tf.")}
    operations = {of.__name__ for of in all_operations().values() if not of.is_quantized}
    return (layers | NAMES | operations) - IN_CHAINS - OF_OLD_FILES - OF_OTHERS


def drawn(architecture: Mapping[str, Any], read: Graph, lowered: Graph) -> set[str]:
    """What of it a model has, as it is read and as it is lowered."""
    ops = [*read.ops, *lowered.ops, *_folded_halves(read, lowered)]
    return {*_names(architecture), *(type(op).__name__ for op in ops)}


def _folded_halves(read: Graph, lowered: Graph) -> Iterator[Operation]:
    """The parts of functions that fall and rise, where only comparisons are left of them."""
    if lowered.level == 1:
        for op in read.ops:
            if isinstance(op, Monotone) and not op.is_monotone:
                yield from op.halves() or ()


def _names(value: Any) -> Iterator[str]:
    """Names of classes and functions anywhere in a description."""
    if isinstance(value, Mapping):
        for key in ("class_name", "function"):
            if isinstance(value.get(key), str):
                name = value[key].rpartition(">")[2]
                yield _BY_ANOTHER_NAME.get(name, name)
        value = [*value.values()]
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
