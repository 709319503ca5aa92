"""A library of PlatformIO, with a project that uses it."""

from typing import Final

from cbcnn_codegen.projects.arduino import CORE_HEADERS
from cbcnn_codegen.projects.form import ProjectForm

FORM: Final = ProjectForm(
    "platformio",
    {
        "library.json": "project/platformio/library.json.jinja",
        "examples/PlatformIO/platformio.ini": "project/platformio/platformio.ini.jinja",
        "examples/PlatformIO/src/main.cpp": "project/platformio/main.cpp.jinja",
    },
    headers=CORE_HEADERS,
)
