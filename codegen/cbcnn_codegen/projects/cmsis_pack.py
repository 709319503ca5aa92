"""A description of a CMSIS-Pack, which `zip` makes a pack."""

from typing import Final

from cbcnn_codegen.projects.form import ProjectForm

FORM: Final = ProjectForm(
    "cmsis-pack", {"cbcnn.{name}.pdsc": "project/cmsis_pack/model.pdsc.jinja"}
)
