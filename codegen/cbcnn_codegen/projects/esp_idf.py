"""A component of ESP-IDF; its CMake file is also that of the form `cmake`."""

from typing import Final

from cbcnn_codegen.projects.cmake import LISTS
from cbcnn_codegen.projects.form import ProjectForm

FORM: Final = ProjectForm(
    "esp-idf",
    {
        **LISTS,
        "idf_component.yml": "project/esp_idf/idf_component.yml.jinja",
        "Kconfig": "project/esp_idf/Kconfig.jinja",
    },
)
