"""A library of CMake: by `add_subdirectory`, `FetchContent`, or installed and found."""

from typing import Final

from cbcnn_codegen.projects.form import ProjectForm

FORM: Final = ProjectForm("cmake", {"CMakeLists.txt": "project/CMakeLists.txt.jinja"})
