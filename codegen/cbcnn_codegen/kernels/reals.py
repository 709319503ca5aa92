"""Shared by kernels of floats: descriptors, tables, and offers of the common kinds."""

from __future__ import annotations

import numpy as np

from cbcnn_codegen.ir import Float32Array, Window
from cbcnn_codegen.kernels.geometry import window_field
from cbcnn_codegen.kernels.offer import Field, Offer, Table
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.to_float import ToFloat


def map_fields(site: Site) -> Field:
    """A `cbcnn_elements_t`: the map that is read, as pixels that are treated alike."""
    height, width, channels = site.sources[0].shape
    return Field("", members=(Field("pixels", (height * width,)), Field("channels", (channels,))))


def channel_table(role: str, values: Float32Array) -> Table:
    """One number for each channel."""
    return Table(role, "float", values.astype(np.float32), f"{len(values)} channels")


def value_table(role: str, *values: float) -> Table:
    """Numbers that hold for all channels."""
    count = "1 number" if len(values) == 1 else f"{len(values)} numbers"
    return Table(role, "float", np.array(values, np.float32), count)


def offer_elements(site: Site, kernel: str, struct: str, code_bytes: int, *tables: Table) -> Offer:
    """A function of single numbers, which may take the place of what it reads."""
    fields = map_fields(site)
    return Offer(
        kernel=kernel,
        struct=struct,
        fields=fields.members if struct == "elements_t" else (fields,),
        tables=tables,
        work={f"real_{kernel.partition('_')[0]}": site.source.shape.size},
        code_bytes=code_bytes,
        leads=(0,),
    )


def offer_to_float(
    site: Site, op: ToFloat, kernel: str, code_bytes: int, leads: tuple[int | None, ...]
) -> Offer:
    """Integers become floats."""
    return Offer(
        kernel=kernel,
        struct="to_float_t",
        fields=(
            map_fields(site),
            Field("shift", (site.image.shift,)),
            Field("offset", (site.image.offset,)),
        ),
        tables=(value_table("scale", op.scale),),
        work={f"real_{kernel}": site.source.shape.size},
        code_bytes=code_bytes,
        leads=leads,
    )


def offer_join(
    site: Site, kernel: str, code_bytes: int, leads: tuple[int | None, ...], each: str = ""
) -> Offer:
    """Two maps become one; `each` is a piece of work for each pixel."""
    first, second = (source.shape for source in site.sources)
    return Offer(
        kernel=kernel,
        struct="join_f32_t",
        fields=(
            Field("pixels", (first.height * first.width,)),
            Field("channels of each", (first.channels,)),
            Field("", (second.channels,)),
        ),
        tables=(),
        work={
            f"real_{kernel.partition('_')[0]}": site.output.shape.size,
            **({each: first.height * first.width} if each else {}),
        },
        code_bytes=code_bytes,
        leads=leads,
    )


def offer_pool(site: Site, window: Window, lanes: int, kernel: str, code_bytes: int) -> Offer:
    """Pooling of floats; sums in several lanes are those of a whole map."""
    output, name = site.output.shape, f"real_{kernel.partition('_')[0]}"
    pooled = output.size * window.height * window.width
    return Offer(
        kernel=kernel,
        struct="pool_f32_t",
        fields=(
            Field("input", tuple(site.source.shape)),
            window_field(window, "window"),
            Field("output", tuple(output)),
            Field("lanes", (lanes,)),
        ),
        tables=(),
        work={
            f"{name}_{'lanes' if lanes > 1 else 'pooled'}": pooled,
            f"{name}_pools": output.size,
        },
        code_bytes=code_bytes,
        leads=(lead_of_pixels(site, window),),
    )
