"""Floats become signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.reals import map_fields
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.sign import Sign

CODE_BYTES: Final = 108


def offers(site: Site) -> Iterator[Offer]:
    """Takes both signs of zero."""
    match site:
        case Site(op=Sign(zero=zero), reads=("reals",), writes="pixel_words"):
            yield Offer(
                kernel="sign_f32_b1",
                struct="sign_f32_t",
                fields=(map_fields(site), Field("zero fires", (int(zero > 0),))),
                tables=(),
                work={"real_signs": site.source.shape.size},
                code_bytes=CODE_BYTES,
                leads=(None,),
            )
