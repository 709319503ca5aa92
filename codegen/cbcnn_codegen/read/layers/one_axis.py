"""Layers that work along one axis: those of two axes, on maps of one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cbcnn_codegen.ir import Float32Array
from cbcnn_codegen.read.chain import Arrays, Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers import moves, pooling, products, reals, transposed
from cbcnn_codegen.read.layers.training import LAYERS as IDLE

Converter = Callable[[LayerConfig, Chain], None]

_ROW_AND_COLUMN: Final = (
    "output_padding",
    "kernel_size",
    "strides",
    "dilation_rate",
    "pool_size",
    "size",
)
_MARGINS: Final = ("ZeroPadding1D", "Cropping1D")
_KERNEL_AXES: Final = 4
"""Of a kernel over maps; those along one axis have one axis less."""


def _on_a_row(
    convert: Callable[[LayerConfig, Chain], None],
) -> Callable[[LayerConfig, Chain], None]:
    """The converter for the layer along one axis, of that along two."""

    def converted(layer: LayerConfig, chain: Chain) -> None:
        if chain.dimensions is not None and len(chain.dimensions) != 2:
            found = f"a value of shape {chain.dimensions}"
            chain.refuse(layer.refused(found, "a sequence: steps, channels", "Reshape"))
            chain.lose_track()
            return
        weights, chain.weights = chain.weights, _Rows(chain.weights)
        chain.dimensions = chain.dimensions and (1, *chain.dimensions)
        convert(replace(layer, options=_widen(layer)), chain)
        chain.weights = weights
        if chain.dimensions is not None and len(chain.dimensions) > 1:
            chain.dimensions = chain.dimensions[1:]

    return converted


@dataclass(frozen=True)
class _Rows:
    """Reads kernels along one axis as kernels of one row."""

    weights: Arrays

    def read(
        self, layer: LayerConfig, name: str, index: int, shape: tuple[int | None, ...]
    ) -> Float32Array:
        """One array of a layer; see `Weights.read`."""
        if len(shape) < _KERNEL_AXES:
            return self.weights.read(layer, name, index, shape)
        return self.weights.read(layer, name, index, shape[1:])[None]

    def read_all(self, layer: LayerConfig) -> list[Float32Array]:
        """The arrays of a layer; see `Weights.read_all`."""
        return self.weights.read_all(layer)


def _widen(layer: LayerConfig) -> Mapping[str, Any]:
    """The options of the layer of two axes."""
    widened = dict(layer.options)
    for key in _ROW_AND_COLUMN:
        if (value := widened.get(key)) is not None:
            widened[key] = [1, *(value if isinstance(value, list) else [value])]
    for key in ("padding", "cropping") if layer.kind in _MARGINS else ():
        if (value := widened.get(key)) is not None:
            widened[key] = [0, value]
    return widened


LAYERS: Final = {
    "AveragePooling1D": _on_a_row(pooling.convert_average_pool),
    "Conv1D": _on_a_row(reals.convert_conv),
    "Conv1DTranspose": _on_a_row(transposed.convert_transposed),
    "Cropping1D": _on_a_row(moves.convert_cropping),
    "DepthwiseConv1D": _on_a_row(reals.convert_depthwise),
    "GlobalAveragePooling1D": _on_a_row(pooling.convert_global_average_pool),
    "GlobalMaxPooling1D": _on_a_row(pooling.convert_global_max_pool),
    "MaxPooling1D": _on_a_row(pooling.convert_max_pool),
    "QuantConv1D": _on_a_row(products.convert_quant_conv),
    "QuantSeparableConv1D": _on_a_row(products.convert_quant_separable),
    "RepeatVector": moves.convert_repeat_vector,
    "SeparableConv1D": _on_a_row(reals.convert_separable),
    "UpSampling1D": _on_a_row(moves.convert_up_sampling),
    "ZeroPadding1D": _on_a_row(moves.convert_zero_padding),
}

_SHORT: Final = {"AvgPool1D", "GlobalAvgPool1D", "GlobalMaxPool1D", "MaxPool1D"}
_PASSING: Final = {"InputLayer", "Rescaling", "Activation", *IDLE}
_RENAMING: Final = {"Flatten", "Reshape"}


def reads_sequences(layers: Sequence[LayerConfig]) -> bool:
    """Is a value of rank 2 steps x channels, and not an image without an axis for its channel?

    It is where some layer works along one axis, and where the first one that does anything reads
    the last axis as channels.
    """
    kinds = [layer.kind for layer in layers]
    if any(kind in LAYERS or kind in _SHORT for kind in kinds):
        return True
    first = next((kind for kind in kinds if kind not in _PASSING), "Flatten")
    return first not in _RENAMING
