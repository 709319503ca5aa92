"""The form `arduino`: built by Arduino's builder with its core for AVR, run in simavr."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify.chip import build_chip, chip_command
from support.generated import read_graphs, varied_images
from support.tools import require_tool, unavailable
from support.user_projects import MODEL, write_net

HARDWARE = Path("/usr/share/arduino/hardware")
TWO = """
#include <net.h>
#include <other.h>
static uint32_t arena[NET_ARENA_BYTES / 4 + 1];
static int8_t image[NET_IMAGE_BYTES];
void setup() { Serial.begin(115200); }
void loop() { Serial.println(net_classify(image, arena) == other_classify(image, arena)); }
"""
SECONDS = 20.0


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models as libraries of Arduino, for the chip of an Uno."""
    require_tool("arduino-builder", "arduino-builder")
    require_tool("avr-gcc", "gcc-avr")
    if not (HARDWARE / "arduino" / "avr").is_dir():
        unavailable("the core for AVR is missing; Debian has it in the package arduino-core-avr")
    folder = tmp_path_factory.mktemp("libraries")
    for name in ("net", "other"):
        write_net(folder, "arduino", "atmega328p", name=name, optimize="ram")
    (folder / "main.c").unlink()
    return folder


def build(sketch: Path, libraries: Path, folder: Path) -> Path:
    """The program of a sketch for an Uno.

    The core's WString.cpp wants DECIMAL_DIG, which Debian's avr-gcc does not define in C++.
    """
    folder.mkdir(exist_ok=True)
    command = [
        *("arduino-builder", "-compile", "-quiet", "-fqbn", "arduino:avr:uno"),
        *("-hardware", "/usr/share/arduino-builder", "-hardware", str(HARDWARE)),
        *("-tools", "/usr/bin", "-libraries", str(libraries), "-build-path", str(folder)),
        *("-warnings", "all"),
        "-prefs=compiler.cpp.extra_flags=-DDECIMAL_DIG=__DECIMAL_DIG__",
        str(sketch),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (result.stdout + result.stderr).splitlines()
    assert result.returncode == 0, "\n".join(lines[-30:])
    ours = [line for line in lines if "warning" in line and str(HARDWARE) not in line]
    assert not ours
    return folder / f"{sketch.name}.elf"


def test_the_example_classifies_images_that_come_over_the_serial_line(
    libraries: Path, tmp_path: Path
) -> None:
    _, graph = read_graphs(MODEL)
    images = varied_images(graph, 3)
    expected = reference.run(graph, images, keep=()).classes
    sketch = libraries / "net" / "examples" / "Classify" / "Classify.ino"
    program = build(sketch, libraries, tmp_path / "built")
    chip = find_target("atmega328p").chip
    assert chip is not None
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listening:
        ours.settimeout(SECONDS)
        passed = [listening.fileno(), theirs.fileno()]
        command = [*chip_command(build_chip(tmp_path), chip, program), *map(str, passed)]
        with subprocess.Popen(command, pass_fds=passed) as process:
            address = listening.getsockname()
            with socket.create_connection(address, SECONDS) as line, line.makefile("rb") as answers:
                ours.sendall(ours.recv(1))  # somebody has connected: the chip may start
                assert answers.readline() == b"ready\r\n"
                for image, number in zip(images, expected, strict=True):
                    line.sendall(image.tobytes())
                    assert answers.readline() == f"{number}\r\n".encode()
            assert process.wait(SECONDS) == 0


def test_two_models_live_in_one_sketch(libraries: Path, tmp_path: Path) -> None:
    sketch = tmp_path / "two" / "two.ino"
    sketch.parent.mkdir()
    sketch.write_text(TWO)
    build(sketch, libraries, tmp_path / "built")
    built = {path.name for path in (tmp_path / "built" / "libraries").rglob("*.o")}
    assert built == {"net.c.o", "other.c.o"}
