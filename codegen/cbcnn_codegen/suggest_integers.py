"""Suggests integers for real-valued layers where a processor has no unit for floats."""

from __future__ import annotations

from cbcnn_codegen.errors import CbcnnError
from cbcnn_codegen.ir import FLOAT32, Graph
from cbcnn_codegen.options import Options
from cbcnn_codegen.passes import lower, lower_unfused
from cbcnn_codegen.plan import Plan, make_plan
from cbcnn_codegen.targets import Target


def suggest_integers(read: Graph, graph: Graph, target: Target, options: Options) -> str | None:
    """One sentence for the user, with what integers would save; None where they save nothing.

    The costs of a quantized network do not depend on its ranges, so it needs no calibration.

    Args:
        read: the network as read.
        graph: the same, lowered.
        target: of its code.
        options: of its code.
    """
    if graph.level != 2 or target.has_float_unit:
        return None
    quantized = _plan_quantized(read, target, options)
    if quantized is None:
        return None
    plan = make_plan(graph, target, options)
    before, after = (of.weights_bytes + of.constants_bytes for of in (plan, quantized))
    return (
        f"{target.name} has no unit for float32, in which this network computes: estimated "
        f"{_instructions(plan):.1f} million instructions, {before:,} bytes of tables. In integers "
        f"it would take {_instructions(quantized):.1f} million and {after:,} bytes: --real-layers "
        "int8 --calibrate DATA makes such a network, which is another one (level 3)"
    )


def _plan_quantized(read: Graph, target: Target, options: Options) -> Plan | None:
    floats = lower_unfused(read).types.items()
    ranges = {name: 1.0 for name, of in floats if of.element == FLOAT32}
    try:
        return make_plan(lower(read, ranges), target, options)
    except CbcnnError:
        return None  # then there is nothing to suggest


def _instructions(plan: Plan) -> float:
    """Estimated, in millions."""
    return sum(step.instructions for step in plan.steps) / 1e6
