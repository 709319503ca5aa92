"""The C of a network that answers with a class: scores of one vector, and the largest of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.outputs import SCORE_TYPES
from cbcnn_codegen.emit.text import format_call, format_define
from cbcnn_codegen.plan import Plan

_INDENT: Final = 4
_RESULTS: Final = {"int32": "int32_t", "float": "float"}


@dataclass(frozen=True)
class AnswerView:
    """The strings of a network that answers with a class.

    Attributes:
        scores: macros for the number of scores.
        result: what the last layer makes, of which the scores are made.
    """

    classes: str
    scores: list[str]
    has_one_score: bool
    score_type: str
    score_is_float: bool
    fraction_bits: str
    result: str
    result_type: str
    result_name: str
    scores_call: str
    classify_call: str


def view_answer(plan: Plan) -> AnswerView:
    """The strings of the network."""
    scores, macro = plan.scores, plan.options.name.upper()
    return AnswerView(
        classes=str(plan.graph.classes),
        scores=[format_define(f"{macro}_SCORES", "1")] if scores.count == 1 else [],
        has_one_score=scores.count == 1,
        score_type=SCORE_TYPES[scores.format.type],
        score_is_float=scores.format.type == "float",
        fraction_bits=str(scores.format.fraction_bits),
        result=scores.site.source.name,
        result_type=f"{_RESULTS[scores.site.source.element]} *",
        result_name=_result_name(plan),
        scores_call=_call_scores(plan, "(void)" if scores.count == 1 else "return ", "scores"),
        classify_call=_call_scores(plan, "return ", "NULL"),
    )


def _result_name(plan: Plan) -> str:
    """The output of the last layer, of which the scores are made."""
    return "values" if plan.scores.site.source.layout == "reals" else "accumulators"


def _call_scores(plan: Plan, head: str, scores: str) -> str:
    prefix = plan.options.name
    arguments = [f"&{prefix}_scores", _result_name(plan), scores]
    return format_call(f"{head}{prefix}_{plan.scores.offer.kernel}", arguments, ";", _INDENT)
