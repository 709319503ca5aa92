"""Makes all files of a generated model except its `report.json`."""

from __future__ import annotations

from collections.abc import Mapping

from cbcnn_codegen.emit.project import build_files, emit_build_files
from cbcnn_codegen.emit.render import render
from cbcnn_codegen.emit.report_view import view_report
from cbcnn_codegen.emit.view import make_view
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.page import view_page
from cbcnn_codegen.plan import Plan
from cbcnn_codegen.report import REPORT, REPORT_PAGE, REPORT_TEXT, Report


def file_names(name: str) -> set[str]:
    """Names of all files that the tool writes for a model of this name, with any options."""
    sources = (f"{name}.h", f"{name}.c", f"{name}_weights.h")
    return {*sources, *build_files(name), REPORT_TEXT, REPORT_PAGE, REPORT}


def emit_sources(plan: Plan, origin: Origin) -> dict[str, str]:
    """The C files: name to text."""
    view = make_view(plan, origin)
    name = plan.options.name
    files = {
        f"{name}.h": render("model/model.h.jinja", model=view),
        f"{name}.c": render("model/model.c.jinja", model=view),
    }
    if plan.options.split_weights:
        files[f"{name}_weights.h"] = render("model/weights.h.jinja", model=view)
    return files


def emit_model(
    plan: Plan, origin: Origin, report: Report, sources: Mapping[str, str]
) -> dict[str, str]:
    """The C files, build files and the reports to read: name to text.

    The same arguments give the same text, on any machine.

    Args:
        plan: to print.
        origin: the model file.
        report: of the plan.
        sources: from `emit_sources`.
    """
    files = {**sources, **emit_build_files(plan, origin, sources)}
    return {
        **files,
        REPORT_TEXT: render("model/report.md.jinja", report=view_report(report)),
        REPORT_PAGE: render("page/report.html.jinja", page=view_page(report)),
    }
