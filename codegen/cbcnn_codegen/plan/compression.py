"""Checks that the Image Compression Block can make the network's input, and names its kernels."""

from __future__ import annotations

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Input
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.preprocessing import MAX_PIXELS


def check_compression(block: ImageCompression, image: Input) -> None:
    """Demand an input that the block can make: one channel, and few enough pixels to count.

    Raises:
        UnsupportedLayerError: it is another one.
    """
    pixels = image.shape.height * image.shape.width
    if image.shape.channels == 1 and pixels <= MAX_PIXELS and image.dtype == block.output_type:
        return
    raise UnsupportedLayerError(
        "the Image Compression Block of this model does not make the network's input",
        found=f"an input of {'x'.join(map(str, image.shape))}, {image.dtype}",
        allowed=f"one channel, at most {MAX_PIXELS} pixels, {block.output_type}",
    )


def compression_kernels(block: ImageCompression | None) -> tuple[str, ...]:
    """The kernels of the block, in the order of their calls."""
    if block is None:
        return ()
    mapped = block.equalise or block.standardise_scale is not None
    wanted = {
        "luma_rgb888_u8": block.luma,
        "luma_rgb565_u8": block.luma,
        "count_levels_u8": mapped,
        "equalise_levels": block.equalise,
        "standardise_levels": block.standardise_scale is not None,
        "map_levels_u8": mapped,
    }
    return tuple(name for name, is_wanted in wanted.items() if is_wanted)
