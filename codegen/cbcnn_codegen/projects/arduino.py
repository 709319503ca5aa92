"""A library folder of the Arduino IDE, named after the model, with an example sketch."""

from typing import Final

from cbcnn_codegen.projects.form import ProjectForm

FORM: Final = ProjectForm(
    "arduino",
    {
        "library.properties": "project/arduino/library.properties.jinja",
        "keywords.txt": "project/arduino/keywords.txt.jinja",
        "src/{name}.h": "project/arduino/src.h.jinja",
        "src/{name}.c": "project/arduino/src.c.jinja",
        "examples/Classify/Classify.ino": "project/arduino/Classify.ino.jinja",
    },
)
