"""Makes build files for the generated C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.render import render
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import Plan

_TEMPLATES: Final = {"cmake": "CMakeLists.txt", "make": "Makefile"}
BUILD_FILES: Final = tuple(_TEMPLATES.values())


@dataclass(frozen=True)
class BuildView:
    """Everything in the templates of the build files."""

    name: str
    version: str
    target: str
    files: list[str]
    flags: list[str]
    compiler: str
    standard: str
    extensions: str
    archiver: str
    optimise: str
    target_flags: str
    dependencies: str


def emit_build_files(plan: Plan, origin: Origin, sources: Sequence[str]) -> dict[str, str]:
    """The build file that the options ask for, if any: name to text.

    Args:
        plan: of the C.
        origin: the model file.
        sources: names of the C files.
    """
    if plan.options.project is None:
        return {}
    target, name = plan.target, plan.options.name
    flags = [*target.flags, *target.library_flags]
    view = BuildView(
        name=name,
        version=origin.version,
        target=target.name,
        files=sorted(sources),
        flags=[*flags, *target.optimise],
        compiler=" ".join(target.compiler),
        standard=target.standard,
        extensions="ON" if target.standard.startswith("gnu") else "OFF",
        archiver=target.tool("ar"),
        optimise=" ".join(target.optimise),
        target_flags="".join(f" {flag}" for flag in flags),
        dependencies=" ".join([f"{name}.c", *sorted(set(sources) - {f"{name}.c"})]),
    )
    file = _TEMPLATES[plan.options.project]
    return {file: render(f"project/{file}.jinja", build=view)}
