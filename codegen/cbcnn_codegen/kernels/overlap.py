"""How far a kernel's output may reach over its input.

A kernel that writes in the order in which it reads frees its input as it goes. Its output may
overlap the input if it starts `lead` bytes before it: when an output byte is written, the input
byte in its place is no longer needed. `kernels.h` states for every kernel what it keeps to.
"""

from __future__ import annotations

from cbcnn_codegen.ir import Window
from cbcnn_codegen.kernels.geometry import ONE_PIXEL
from cbcnn_codegen.kernels.site import Site


def lead_of_pixels(site: Site, window: Window, pool: Window | None = None) -> int:
    """For kernels that make one output pixel after the other, row by row.

    While a kernel works on an output pixel it writes nothing else of the output. The input that it
    still needs starts with the first pixel under its window or under one of the next row's. Those
    need no look here: where the next row's first pixel is made, more of the output is written and
    no more of the input is free, so its own lead is larger.

    Args:
        site: whose first source the window slides over.
        window: of the operation on its input.
        pool: the pooling behind it; None for none.
    """
    rows, columns = (_first_needed(site, axis, window, pool or ONE_PIXEL) for axis in range(2))
    source_bytes = site.sources[0].pixel_bytes(site.sizes)
    output_bytes = site.output.pixel_bytes(site.sizes)
    pixels = (row * site.sources[0].shape.width + column for row in rows for column in columns)
    ends = ((i + 1) * output_bytes - pixel * source_bytes for i, pixel in enumerate(pixels))
    return max(0, *ends)


def lead_of_words(site: Site) -> int:
    """For dense kernels that write a word, or an accumulator, when its units are done.

    Each needs the whole input, so all but the last must lie before it.
    """
    items = site.output.pixel_items(site.sizes)
    return (items - 1) * site.sizes.item_bytes(site.output.element)


def _first_needed(site: Site, axis: int, window: Window, pool: Window) -> list[int]:
    """For each output row (axis 0) or column (axis 1) the first one of the input under it."""
    step, stride = ((of.stride_height, of.stride_width)[axis] for of in (pool, window))
    before, padding = pool.padding[axis], window.padding[axis]
    pooled = (max(i * step - before, 0) for i in range(site.output.shape[axis]))
    return [max(i * stride - padding, 0) for i in pooled]
