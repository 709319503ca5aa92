"""All files of a generated model."""

from __future__ import annotations

from cbcnn_codegen.emit.project import BUILD_FILES, emit_build_files
from cbcnn_codegen.emit.render import render
from cbcnn_codegen.emit.report import REPORT, REPORT_TEXT, make_report, report_text
from cbcnn_codegen.emit.report_view import view_report
from cbcnn_codegen.emit.source import Source
from cbcnn_codegen.emit.view import make_view
from cbcnn_codegen.measure import Measured
from cbcnn_codegen.plan import Plan


def file_names(name: str) -> set[str]:
    """Names of all files that the tool writes for a model of this name, with any options."""
    sources = (f"{name}.h", f"{name}.c", f"{name}_weights.h")
    return {*sources, *BUILD_FILES, REPORT_TEXT, REPORT}


def emit_sources(plan: Plan, source: Source) -> dict[str, str]:
    """The C files: name to text."""
    view = make_view(plan, source)
    name = plan.options.name
    files = {
        f"{name}.h": render("model/model.h.jinja", model=view),
        f"{name}.c": render("model/model.c.jinja", model=view),
    }
    if plan.options.split_weights:
        files[f"{name}_weights.h"] = render("model/weights.h.jinja", model=view)
    return files


def emit_model(
    plan: Plan,
    source: Source,
    measured: Measured | None = None,
    sources: dict[str, str] | None = None,
) -> dict[str, str]:
    """All files of a generated model: name to text.

    The same arguments give the same text, on any machine.

    Args:
        plan: to print.
        source: the model file.
        measured: by the target's compiler, for the report; None leaves code and stack unknown.
        sources: from `emit_sources`, if they are at hand.
    """
    files = dict(emit_sources(plan, source) if sources is None else sources)
    files |= emit_build_files(plan, source, list(files))
    draft = make_report(plan, source, measured, files)
    files[REPORT_TEXT] = render("model/report.md.jinja", report=view_report(draft))
    files[REPORT] = report_text(make_report(plan, source, measured, files))
    return files
