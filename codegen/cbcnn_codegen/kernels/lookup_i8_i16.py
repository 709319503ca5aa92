"""Functions of 8-bit integers, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer, Table
from cbcnn_codegen.kernels.reals import map_fields
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.lookup import Lookup

CODE_BYTES: Final = 34


def offers(site: Site) -> Iterator[Offer]:
    """Takes all tables."""
    match site:
        case Site(op=Lookup() as op, reads=("int8",), writes="int16"):
            yield Offer(
                kernel="lookup_i8_i16",
                struct="lookup_t",
                fields=(map_fields(site),),
                tables=(Table("entries", "int16", op.entries, f"{len(op.entries)} entries"),),
                work={"lookup": site.source.shape.size},
                code_bytes=CODE_BYTES,
                leads=(None,),
            )
