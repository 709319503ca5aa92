"""16-bit integers become signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from cbcnn_codegen.kernels.offer import Offer, Table
from cbcnn_codegen.kernels.packing import pack_channels
from cbcnn_codegen.kernels.reals import map_fields
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.threshold import Threshold

CODE_BYTES: Final = 106


def offers(site: Site) -> Iterator[Offer]:
    """Takes all thresholds."""
    match site:
        case Site(op=Threshold() as op, reads=("int16",), writes="pixel_words"):
            # No integer of 16 bits reaches more; all reach the smallest.
            never = op.thresholds > np.iinfo(np.int16).max
            limits = np.where(never, np.iinfo(np.int16).min, op.thresholds)
            limits = np.maximum(limits, np.iinfo(np.int16).min)
            complement = np.asarray(op.complement, bool) ^ never
            yield Offer(
                kernel="threshold_i16_b1",
                struct="threshold_i16_t",
                fields=(map_fields(site),),
                tables=(
                    Table("limits", "int16", limits, f"{len(op.thresholds)} channels"),
                    Table(
                        "complement",
                        "word",
                        pack_channels(complement, site.sizes.word_bits),
                        f"{len(op.thresholds)} channels",
                    ),
                ),
                work={"threshold_i16": site.source.shape.size},
                code_bytes=CODE_BYTES,
                leads=(None,),
            )
