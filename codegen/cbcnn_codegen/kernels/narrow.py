"""Shared by kernels of quantized networks: rescalings, and offers of the common kinds."""

from __future__ import annotations

from typing import Final

import numpy as np

from cbcnn_codegen.ir import Int32Array, Rescaling, Window
from cbcnn_codegen.kernels.geometry import window_field
from cbcnn_codegen.kernels.integers import UNROLLED
from cbcnn_codegen.kernels.offer import Field, Offer, Table
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.reals import map_fields
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.requantize import Requantize

_IN_PLACE: Final = {("int16", "int16"), ("int16", "int8"), ("int32", "int16"), ("int32", "int8")}
"""Layouts of which an element is read before one is written over it."""


def rescaling_field(to: Rescaling) -> Field:
    """A `cbcnn_rescaling_t`."""
    rows = _rows(to)
    step = 0 if len(rows) == 1 else rows.shape[1]
    numbers = (to.left, to.low, to.high, _bends(to), int(to.offset.any()), step)
    return Field("left, low, high, bends, offsets, step", numbers)


def rescaling_table(to: Rescaling) -> Table:
    """A row for each channel, or for all of them."""
    rows = _rows(to)
    return Table("scales", "int32", rows.ravel(), f"{len(rows)} rows x {rows.shape[1]}")


def _bends(to: Rescaling) -> int:
    """2 where numbers that are not positive have multipliers of their own, 1 where these are 0."""
    if to.negative is None:
        return 0
    return 2 if to.negative.any() else 1


def _rows(to: Rescaling) -> Int32Array:
    columns = [to.multiplier, to.bias]
    if to.offset.any():
        columns.append(to.offset)
    if to.negative is not None and to.negative.any():
        columns.append(to.negative)
    rows = np.stack(columns, axis=1)
    return rows[:1] if (rows == rows[0]).all() else rows


def offer_rescale(site: Site, op: Requantize, kernel: str, code_bytes: int) -> Offer:
    """Integers on another scale."""
    bends = int(op.rescaling.negative is not None)
    places = (site.source.layout, site.output.layout)
    return Offer(
        kernel=kernel,
        struct="rescale_t",
        fields=(
            map_fields(site),
            Field("shift", (site.image.shift,)),
            Field("offset", (site.image.offset,)),
            rescaling_field(op.rescaling),
        ),
        tables=(rescaling_table(op.rescaling),),
        work={
            f"narrow_{kernel}": site.source.shape.size,
            f"narrow_{kernel}_bent": bends * site.source.shape.size,
            "narrow_rescale_pixels": site.source.shape.height * site.source.shape.width,
        },
        code_bytes=code_bytes,
        leads=(0 if places in _IN_PLACE else None,),
    )


def offer_join_narrow(
    site: Site,
    kernel: str,
    code_bytes: int,
    shifts: tuple[int, int],
    right: int,
    leads: tuple[int | None, ...],
) -> Offer:
    """Two maps become one."""
    first, second = (source.shape for source in site.sources)
    broadcast = second[:2] != first[:2]
    return Offer(
        kernel=kernel,
        struct="join_i16_t",
        fields=(
            Field("pixels", (first.height * first.width,)),
            Field("channels of each", (first.channels,)),
            Field("", (0 if broadcast else second.channels,)),
            Field("shifts of each", (shifts[0],)),
            Field("", (shifts[1],)),
            Field("right", (right,)),
        ),
        tables=(),
        work={
            f"narrow_{kernel}": site.output.shape.size,
            f"narrow_{kernel}_pixels": first.height * first.width,
        },
        code_bytes=code_bytes,
        leads=leads,
    )


def offer_pool_narrow(site: Site, window: Window, left: int, kernel: str, code_bytes: int) -> Offer:
    """Pooling of integers."""
    output = site.output.shape
    return Offer(
        kernel=kernel,
        struct="pool_narrow_t",
        fields=(
            Field("input", tuple(site.source.shape)),
            window_field(window, "window"),
            Field("output", tuple(output)),
            Field("left", (left,)),
        ),
        tables=(),
        work={
            f"narrow_{kernel}_pooled": output.size * window.height * window.width,
            f"narrow_{kernel}_rows": output.size * window.height,
            "narrow_long_rows": output.size * window.height if window.width > UNROLLED else 0,
            f"narrow_{kernel}_pools": output.size,
        },
        code_bytes=code_bytes,
        leads=(lead_of_pixels(site, window),),
    )
