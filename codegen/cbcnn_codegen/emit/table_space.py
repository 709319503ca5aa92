"""Constant tables in an address space of their own, where the target has one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cbcnn_codegen.emit.tables import TableView
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.plan import Plan
from cbcnn_codegen.targets import TableSpace


def choose_space(plan: Plan, tables: Sequence[TableView]) -> TableSpace | None:
    """The first space of the target that has room for all tables; None if it has no spaces.

    Raises:
        UsageError: none has room.
    """
    spaces = plan.target.table_spaces
    if not spaces:
        return None
    size = sum(table.bytes for table in tables)
    for space in spaces:
        if space.most_bytes is None or size <= space.most_bytes:
            return space
    raise UsageError(
        f"the tables are too large for {plan.target.name}",
        found=f"{size:,} bytes",
        allowed=f"{spaces[-1].most_bytes:,} bytes",
    )


def demand_spaced_tables(plan: Plan, kernels: str, space: TableSpace | None) -> None:
    """Raise if a chosen kernel's descriptor points to a table without naming its space.

    Compilers convert such pointers without a word, and the kernel would read something else.

    Args:
        plan: of the C.
        kernels: from `bundle_kernels`.
        space: from `choose_space`.

    Raises:
        UsageError: with the kernels.
    """
    if space is None:
        return
    wrong = sorted(
        {
            offer.kernel
            for offer in plan.offers
            if any(offer.tables)
            and re.search(
                r"^    const \w+ \*", _members(kernels, f"{plan.options.name}_{offer.struct}"), re.M
            )
        }
    )
    if wrong:
        raise UsageError(
            f"there are no kernels for target {plan.target.name} that compute this model",
            found=f"{', '.join(wrong)}: tables that are read like any other memory",
            allowed=f"kernels that read tables in {space.qualifier}",
        )


def _members(kernels: str, struct: str) -> str:
    """The members of a struct in the text of the kernels."""
    found = re.search(rf"^typedef struct {{\n([^}}]*)}} {struct};", kernels, re.M)
    return found[1] if found else ""
