"""From a plan to files: C, report and build files, as text; then to a folder, in one step.

sources = emit_sources(plan, origin)
files = emit_model(plan, origin, make_report(plan, origin, ...), sources)
write_project(directory, files, family=file_names(name))
"""

from cbcnn_codegen.emit.model import emit_model, emit_sources, file_names
from cbcnn_codegen.emit.write import COPIED, check_project, encode, write_project

__all__ = [
    "COPIED",
    "check_project",
    "emit_model",
    "emit_sources",
    "encode",
    "file_names",
    "write_project",
]
