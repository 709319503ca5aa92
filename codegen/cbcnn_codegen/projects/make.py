"""A Makefile that builds a static library for the target, with the target's flags."""

from typing import Final

from cbcnn_codegen.projects.form import ProjectForm

FORM: Final = ProjectForm("make", {"Makefile": "project/Makefile.jinja"})
