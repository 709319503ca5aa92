"""A module of Zephyr."""

from typing import Final

from cbcnn_codegen.projects.form import ProjectForm

FORM: Final = ProjectForm(
    "zephyr",
    {
        "zephyr/module.yml": "project/zephyr/module.yml.jinja",
        "zephyr/CMakeLists.txt": "project/zephyr/CMakeLists.txt.jinja",
        "zephyr/Kconfig": "project/zephyr/Kconfig.jinja",
    },
)
