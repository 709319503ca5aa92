"""A library of CMake: by `add_subdirectory`, `FetchContent`, or installed and found."""

from typing import Final

from cbcnn_codegen.projects.form import ProjectForm

LISTS: Final = {"CMakeLists.txt": "project/CMakeLists.txt.jinja"}
"""Serves whichever build system reads it: plain CMake or ESP-IDF."""

FORM: Final = ProjectForm("cmake", LISTS)
