"""Floats of a map at other places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.gathering import along_field, gather_work
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.gather import Gather

CODE_BYTES: Final = 286


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Gather() as op, reads=("reals",)):
            shape, output = site.source.shape, site.output.shape
            yield Offer(
                kernel="gather_f32_f32",
                struct="gather_f32_t",
                fields=(
                    along_field("rows", op.rows, shape),
                    along_field("columns", op.columns, shape),
                    along_field("channels", op.channels, shape),
                ),
                tables=(value_table("fill", op.fill),),
                work=gather_work(op, shape, output),
                code_bytes=CODE_BYTES,
                leads=(None,),
            )
