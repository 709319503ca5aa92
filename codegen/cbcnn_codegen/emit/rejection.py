"""The C of a network that may give no answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from cbcnn_codegen.emit.text import format_call
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
        scores: number of scores.
    """

    rate: str
    lead_type: str
    lead: str
    is_empty: bool
    scores: str
    classify_prototype: str
    classify_definition: str
    decide_prototype: str
    decide_definition: str


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
    return RejectionView(
        rate=f"{rejection.rate:.3g}",
        lead_type=_LEADS[scores.type],
        lead=lead,
        is_empty=rejection.lead <= 0,
        scores="1" if plan.scores.count == 1 else f"{plan.options.name.upper()}_CLASSES",
        classify_prototype=_declare_classify(plan, ";"),
        classify_definition=_declare_classify(plan, ""),
        decide_prototype=_declare_decide(plan, ";"),
        decide_definition=_declare_decide(plan, ""),
    )


def _declare_classify(plan: Plan, tail: str) -> str:
    parameters = [f"const {plan.graph.input.dtype}_t *image", "void *arena"]
    return format_call(f"size_t {plan.options.name}_classify_or_reject", parameters, tail)


def _declare_decide(plan: Plan, tail: str) -> str:
    prefix = plan.options.name
    return format_call(
        f"size_t {prefix}_decide", ["size_t answer", f"const {prefix}_score_t *scores"], tail
    )
