"""A library folder of the Arduino IDE, named after the model, with an example sketch."""

from typing import Final

from cbcnn_codegen.projects.form import ProjectForm

_CORE: Final = """
    binary client eeprom hardwareserial hardwareserial_private hid ipaddress pins_arduino
    pluggableusb print printable server softwareserial spi stream twi udp usbapi usbcore usbdesc
    wcharacter wire wiring_private wmath wprogram wstring
    """

CORE_HEADERS: Final = frozenset(_CORE.split())
"""Headers of the core and of the libraries that come with it."""

FORM: Final = ProjectForm(
    "arduino",
    {
        "library.properties": "project/arduino/library.properties.jinja",
        "keywords.txt": "project/arduino/keywords.txt.jinja",
        "src/{name}.h": "project/arduino/src.h.jinja",
        "src/{name}.c": "project/arduino/src.c.jinja",
        "examples/Classify/Classify.ino": "project/arduino/Classify.ino.jinja",
    },
    headers=CORE_HEADERS,
)
