"""The form `platformio`: packed by PlatformIO; its example built as its native platform does."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from support.tools import require_module, require_tool
from support.user_projects import run, write_net

TWO = """
#include <net.h>
#include <other.h>
static uint64_t arena[NET_ARENA_BYTES / 8 + 1];
static int8_t image[NET_IMAGE_BYTES];
int main() { return net_classify(image, arena) == other_classify(image, arena) ? 0 : 1; }
"""


def pack(folder: Path, package: Path) -> set[str]:
    """Names of the files in the package that `pio pkg pack` makes; it checks the manifest."""
    settings = {
        "PLATFORMIO_CORE_DIR": str(package.parent / "core"),
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "No",
    }
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "platformio", "pkg", "pack", folder, "-o", package],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    with tarfile.open(fileobj=io.BytesIO(package.read_bytes())) as packed:
        return set(packed.getnames())


def test_the_library_is_packed(tmp_path: Path) -> None:
    require_module("platformio", "dev")
    net = write_net(tmp_path, "platformio", "host")
    files = pack(net, tmp_path / "net.tar.gz")
    assert {"library.json", "net.c", "net.h", "examples/PlatformIO/platformio.ini"} <= files


def test_the_example_and_two_models_in_one_program_build(tmp_path: Path) -> None:
    """PlatformIO would download its platform; these are the paths that the manifests give it."""
    require_tool("g++", "g++")
    objects: list[str] = []
    for name in ("net", "other"):
        net = write_net(tmp_path, "platformio", "host", name=name)
        manifest = json.loads((net / "library.json").read_text())["build"]
        assert manifest["srcFilter"] == ["-<*>", f"+<{name}.c>"]
        source, objects = net / manifest["srcDir"] / f"{name}.c", [*objects, f"{name}.o"]
        run("gcc", "-c", source, "-o", f"{name}.o", folder=tmp_path)
    flags = ("-Wall", "-Wextra", "-Werror", "-Inet", "-Iother")
    run("g++", *flags, "net/examples/PlatformIO/src/main.cpp", *objects, "-o", "a", folder=tmp_path)
    assert run("./a", folder=tmp_path) == "class 1\n"
    (tmp_path / "two.cpp").write_text(TWO)
    run("g++", *flags, "two.cpp", *objects, "-o", "two", folder=tmp_path)
    run("./two", folder=tmp_path)
