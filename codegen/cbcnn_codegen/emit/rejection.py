"""The C of a network that may give no answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from cbcnn_codegen.plan import Plan

_LEADS: Final = {"int32": "uint32_t", "int64": "uint64_t", "float": "double"}


@dataclass(frozen=True)
class RejectionView:
    """Strings of the templates.

    Attributes:
        rate: share of the validation images that it rejects at most, for people.
        lead_type: unsigned, so that no difference of two scores overflows.
        lead: an image with a smaller one is rejected.
        is_empty: no lead is smaller.
    """

    rate: str
    lead_type: str
    lead: str
    is_empty: bool


def view_rejection(plan: Plan) -> RejectionView | None:
    """The threshold in units of the C's scores; None for a model that always answers.

    Integer scores are the float32 scores times a power of two, exactly. An integer lead is smaller
    than a threshold if and only if it is smaller than the threshold rounded up.
    """
    rejection = plan.graph.rejection
    if rejection is None:
        return None
    scores = plan.scores.format
    if scores.type == "float":
        lead = repr(rejection.lead)
    else:
        scaled = Fraction(rejection.lead) * 2**scores.fraction_bits
        lead = f"UINT{scores.type[3:]}_C({math.ceil(scaled)})"
    return RejectionView(f"{rejection.rate:.3g}", _LEADS[scores.type], lead, rejection.lead <= 0)
