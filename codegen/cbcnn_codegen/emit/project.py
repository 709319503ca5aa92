"""Makes build files for the generated C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.render import render
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import Plan
from cbcnn_codegen.projects import FORMS

BUILD_FILES: Final = tuple(file for form in FORMS for file in form.files)


@dataclass(frozen=True)
class BuildView:
    """Everything in the templates of the build files.

    Attributes:
        optimise_flags: those of `optimise` that choose no processor.
    """

    name: str
    version: str
    target: str
    files: list[str]
    macro: str
    optimise_flags: list[str]
    compiler: str
    standard: str
    extensions: str
    archiver: str
    optimise: str
    target_flags: str
    dependencies: str


def emit_build_files(plan: Plan, origin: Origin, sources: Sequence[str]) -> dict[str, str]:
    """The files of the forms that the options ask for: name to text.

    Args:
        plan: of the C.
        origin: the model file.
        sources: names of the C files.
    """
    target, name = plan.target, plan.options.name
    flags = [*target.flags, *target.library_flags]
    view = BuildView(
        name=name,
        version=origin.version,
        target=target.name,
        files=sorted(sources),
        macro=name.upper(),
        optimise_flags=[flag for flag in target.optimise if not flag.startswith("-m")],
        compiler=" ".join(target.compiler),
        standard=target.standard,
        extensions="ON" if target.standard.startswith("gnu") else "OFF",
        archiver=target.tool("ar"),
        optimise=" ".join(target.optimise),
        target_flags="".join(f" {flag}" for flag in flags),
        dependencies=" ".join([f"{name}.c", *sorted(set(sources) - {f"{name}.c"})]),
    )
    chosen = (form for form in FORMS if form.name in plan.options.project)
    return {
        file: render(template, build=view)
        for form in chosen
        for file, template in form.files.items()
    }
