"""Makes build files for the generated C."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.render import render
from cbcnn_codegen.emit.view import summarise
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import Plan
from cbcnn_codegen.projects import FORMS

HOMEPAGE: Final = "https://github.com/cbcnn/cbcnn"


@dataclass(frozen=True)
class PackFile:
    """A file of a CMSIS-Pack, and what it is there."""

    name: str
    category: str


@dataclass(frozen=True)
class BuildView:
    """Everything in the templates of the build files.

    Attributes:
        functions, macros: public ones, as the header has them.
        optimise_flags: those of `optimise` that choose no processor.
    """

    name: str
    version: str
    target: str
    homepage: str
    summary: str
    files: list[str]
    pack_files: list[PackFile]
    macro: str
    functions: list[str]
    macros: list[str]
    pixel_type: str
    optimise_flags: list[str]
    compiler: str
    standard: str
    extensions: str
    archiver: str
    optimise: str
    target_flags: str
    dependencies: str


def build_files(name: str) -> set[str]:
    """Names of the files that all forms together write for a model of this name."""
    return {file for form in FORMS for file in form.files_for(name)}


def emit_build_files(plan: Plan, origin: Origin, sources: Mapping[str, str]) -> dict[str, str]:
    """The files of the forms that the options ask for: name to text.

    Args:
        plan: of the C.
        origin: the model file.
        sources: the C files, name to text.
    """
    view = _view_build(plan, origin, sources)
    chosen = (form for form in FORMS if form.name in plan.options.project)
    return {
        file: render(template, build=view)
        for form in chosen
        for file, template in form.files_for(view.name).items()
    }


def _view_build(plan: Plan, origin: Origin, sources: Mapping[str, str]) -> BuildView:
    target, name = plan.target, plan.options.name
    flags = [*target.flags, *target.library_flags]
    header = sources[f"{name}.h"]
    return BuildView(
        name=name,
        version=origin.version,
        target=target.name,
        homepage=HOMEPAGE,
        summary=summarise(plan),
        files=sorted(sources),
        pack_files=[PackFile(file, _category(file)) for file in sorted(sources)],
        macro=name.upper(),
        functions=re.findall(rf"\b({name}_\w+)\(", header),
        macros=re.findall(rf"^#define ({name.upper()}_\w+) ", header, re.MULTILINE),
        pixel_type=f"{plan.graph.input.dtype}_t",
        optimise_flags=[flag for flag in target.optimise if not flag.startswith("-m")],
        compiler=" ".join(target.compiler),
        standard=target.standard,
        extensions="ON" if target.standard.startswith("gnu") else "OFF",
        archiver=target.tool("ar"),
        optimise=" ".join(target.optimise),
        target_flags="".join(f" {flag}" for flag in flags),
        dependencies=" ".join([f"{name}.c", *sorted(set(sources) - {f"{name}.c"})]),
    )


def _category(file: str) -> str:
    return "source" if file.endswith(".c") else "header"
