"""Maxima and averages over windows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from cbcnn_codegen.ir import NO_PADDING, Operation, Padding, Shape, Window, same_padding
from cbcnn_codegen.ops.average_pool import LANES, AveragePool
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.read.chain import Chain, Kind
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers.shapes import flatten
from cbcnn_inputs.model_files.limits import MAX_VALUES, quote


def convert_max_pool(layer: LayerConfig, chain: Chain) -> None:
    """A MaxPool2D of any size and stride."""
    _convert_pool(layer, chain, MaxPool, _pooled(chain))


def _pooled(chain: Chain) -> Kind | None:
    """What maxima are: what they are taken of, and of the image real numbers."""
    return "reals" if chain.kind == "plane" else None


def convert_average_pool(layer: LayerConfig, chain: Chain) -> None:
    """An AveragePooling2D of any size and stride."""
    _convert_pool(layer, chain, AveragePool, "reals")


def _convert_pool(
    layer: LayerConfig, chain: Chain, make: Callable[[str, Window], Operation], kind: Kind | None
) -> None:
    size = layer.pair("pool_size", (2, 2))
    strides = layer.pair("strides", size)
    padding = padding_of(layer)
    if not has_channels_last(layer, chain) or not is_map(layer, chain):
        chain.lose_track()
        return
    if chain.shape is None:
        return
    window = place_window(layer, Window(*size, *strides), padding, chain.shape)
    chain.emit(make(layer.name, window), kind)
    chain.dimensions = (*output_size(layer, window, chain.shape), chain.shape.channels)


def convert_global_max_pool(layer: LayerConfig, chain: Chain) -> None:
    """A GlobalMaxPool2D: one window as large as the map."""
    _convert_global_pool(layer, chain, MaxPool, _pooled(chain))


def convert_global_average_pool(layer: LayerConfig, chain: Chain) -> None:
    """A GlobalAveragePooling2D: one window as large as the map, in the order of a whole map."""
    _convert_global_pool(layer, chain, partial(AveragePool, lanes=LANES), "reals")


def _convert_global_pool(
    layer: LayerConfig, chain: Chain, make: Callable[[str, Window], Operation], kind: Kind | None
) -> None:
    keep = layer.get("keepdims") is True
    if not has_channels_last(layer, chain) or not is_map(layer, chain):
        chain.lose_track()
        return
    if chain.shape is None:
        return
    height, width, channels = chain.shape
    chain.emit(make(layer.name, Window(height, width, 1, 1)), kind)
    chain.dimensions = (1, 1, channels)
    if not keep:
        flatten(chain.part_of(layer, "flatten"), chain)


def has_channels_last(layer: LayerConfig, chain: Chain) -> bool:
    """Whether channels are the last axis; remembers a problem if not."""
    data_format = layer.get("data_format")
    if data_format in (None, "channels_last"):
        return True
    chain.refuse(
        layer.refused(
            f"data_format={quote(data_format)}",
            "data_format='channels_last'",
            "keras.backend.set_image_data_format('channels_last')",
        )
    )
    return False


def is_map(layer: LayerConfig, chain: Chain) -> bool:
    """Whether the layer reads a map with channels; remembers a problem if not."""
    dimensions = chain.dimensions
    if dimensions is None or len(dimensions) == 3:
        return True
    chain.refuse(
        layer.refused(
            f"a value of shape {dimensions}",
            "a map: height, width, channels",
            "Reshape((height, width, 1)) in front of it" if len(dimensions) == 2 else None,
        )
    )
    return False


def padding_of(layer: LayerConfig) -> str:
    """Valid, same, or, for convolutions along one axis, causal."""
    along_one = layer.kind.endswith("Conv1D")
    return layer.choice("padding", "valid", ("valid", "same", "causal")[: 2 + along_one])


def place_window(layer: LayerConfig, window: Window, padding: str, shape: Shape) -> Window:
    """The window with its padding on a map of this shape."""
    size = (shape.height, shape.width)
    around = same_padding(size, window) if padding == "same" else NO_PADDING
    if padding == "causal":
        around = Padding(0, window.width - 1, 0, 0)
    placed = window._replace(padding=around)
    output_size(layer, placed, shape)
    return placed


def output_size(layer: LayerConfig, window: Window, shape: Shape) -> tuple[int, int]:
    """Rows and columns of the output.

    Raises:
        ModelFileError: the window is larger than the map, or the output is absurdly large.
    """
    rows, columns = window.output_size(shape.height, shape.width)
    if rows < 1 or columns < 1 or rows * columns * shape.channels > MAX_VALUES:
        raise layer.damaged(
            "window", tuple(window[:2]), f"a window that fits the map {tuple(shape)}"
        )
    return rows, columns


LAYERS: Final = {
    "AveragePooling2D": convert_average_pool,
    "GlobalAveragePooling2D": convert_global_average_pool,
    "GlobalMaxPooling2D": convert_global_max_pool,
    "MaxPooling2D": convert_max_pool,
}
