"""Prints what `firmware_templates/Makefile` has to know of the targets, as variables of make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cbcnn_codegen.targets import TARGETS, Target


def make_variables(targets: Iterable[Target]) -> Iterator[str]:
    """`TARGETS`, those of other machines; `NAME`, compiler and flags; `NAME.tuned`, folders."""
    targets = tuple(targets)
    crossed = (target.name for target in targets if target.emulator or target.linux)
    yield f"TARGETS := {' '.join(crossed)}"
    for target in targets:
        command = (*target.compiler, *target.flags, *target.library_flags)
        yield f"{target.name} := {' '.join(command)}"
        yield f"{target.name}.tuned := {' '.join(target.isas[:-1])}"


if __name__ == "__main__":
    print("\n".join(make_variables(TARGETS)))
