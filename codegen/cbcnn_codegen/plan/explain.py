"""Says in a sentence why a layer has the kernel that it has."""

from __future__ import annotations

from collections.abc import Sequence

from cbcnn_codegen.options import Optimize
from cbcnn_codegen.plan.plan import Candidate


def explain(
    chosen: Candidate, candidates: Sequence[Candidate], optimize: Optimize, limit: int | None
) -> str:
    """One line for a layer's row in the report.

    Args:
        chosen: one of the candidates.
        candidates: all kernels that fit.
        optimize: the mode.
        limit: bytes of scratch that balanced code may take; None for no limit.
    """
    costs = f"{_millions(chosen.instructions)} instructions"
    slowest = max(candidate.instructions for candidate in candidates)
    if slowest > chosen.instructions:
        costs += f" instead of {_millions(slowest)}"
    parts = [f"{_rule(chosen, candidates, optimize, limit)}: {costs}, {_memory(chosen)}"]
    fastest = min(candidates, key=lambda one: (one.instructions, one.scratch_bytes))
    if fastest.instructions < chosen.instructions:
        needs = f"{_millions(fastest.instructions)} instructions, {_memory(fastest)}"
        parts.append(f"{fastest.kernel} would take {needs}")
    return "; ".join(parts)


def _rule(
    chosen: Candidate, candidates: Sequence[Candidate], optimize: Optimize, limit: int | None
) -> str:
    if len(candidates) == 1:
        return "the only kernel that fits"
    among = f"of {len(candidates)} kernels"
    if optimize == "speed":
        return f"fastest {among}"
    if optimize == "balanced":
        if limit is None:
            return f"fastest {among}"
        if chosen.scratch_bytes > limit:
            return f"least scratch {among}, none keeps to {limit:,} bytes"
        return f"fastest {among} with at most {limit:,} bytes of scratch"
    return f"{'smallest RAM' if optimize == 'ram' else 'smallest flash'} {among}"


def _memory(candidate: Candidate) -> str:
    flash = candidate.table_bytes + candidate.code_bytes
    return f"{candidate.scratch_bytes:,} bytes of scratch, {flash:,} of flash"


def _millions(instructions: int) -> str:
    if instructions < 100_000:
        return f"{instructions:,}"
    return f"{instructions / 1e6:.1f} M"
