"""From a plan to files: C, report and build files, as text; then to a folder, whole or not at all.

sources = emit_sources(plan, source)
files = emit_model(plan, source, measure(plan, sources))
write_project(directory, files, force=False)
"""

from cbcnn_codegen.emit.model import emit_model, emit_sources
from cbcnn_codegen.emit.source import Source
from cbcnn_codegen.emit.write import write_project

__all__ = [
    "Source",
    "emit_model",
    "emit_sources",
    "write_project",
]
