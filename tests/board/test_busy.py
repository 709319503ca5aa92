"""A command sees its request as it was, whatever arrives while it is carried out."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.verify.build import WARNINGS, run_compiler
from support.fuzzing import FUZZ
from support.tools import require_tool

CONFIG = '#define BOARD_NAME "none"\n#define LINK_MAX_PAYLOAD 256U\n#define LINK_BUFFERS 2\n'


def run_link(folder: Path, link: Path) -> subprocess.CompletedProcess[str]:
    """Serve requests that cross, by this link and a machine without hardware."""
    require_tool("gcc", "gcc")
    (folder / "config.h").write_text(CONFIG, encoding="utf-8")
    firmware = firmware_path("firmware")
    includes = [flag for path in (folder, FUZZ, firmware) for flag in ("-I", str(path))]
    sources = [Path(__file__).parent / "busy_link.c", FUZZ / "fuzz_machine.c", link]
    sources += [firmware / "frame.c", firmware / "crc32.c"]
    command = ["gcc", "-std=c99", *WARNINGS, *includes, *map(str, sources)]
    run_compiler("busy_link", [*command, "-o", str(folder / "busy_link")])
    return subprocess.run([folder / "busy_link"], capture_output=True, text=True, check=False)


def test_a_request_that_arrives_meanwhile_changes_nothing(tmp_path: Path) -> None:
    result = run_link(tmp_path, firmware_path("firmware", "link.c"))
    assert result.returncode == 0, result.stderr


def test_a_link_that_receives_into_pixels_is_found(tmp_path: Path) -> None:
    """The test can fail: what keeps the pixels is taken out."""
    text = firmware_path("firmware", "link.c").read_text(encoding="utf-8")
    rule = "memory.packet_is_used = LINK_BUFFERS == 1 || pixels != NULL;"
    assert text.count(rule) == 1
    link = tmp_path / "link.c"
    link.write_text(text.replace(rule, "memory.packet_is_used = false;"), encoding="utf-8")
    assert "not so: " in run_link(tmp_path, link).stderr


def test_a_command_gets_nothing_that_points_to_where_its_request_arrived() -> None:
    """The copy is the rule: no field of a request is a pointer, and only pixels stay in place."""
    text = firmware_path("firmware", "request.h").read_text(encoding="utf-8")
    fields = re.search(r"struct request \{(.*?)\n\};", text, re.DOTALL)
    assert fields is not None
    assert "*" not in fields[1]
    commands = firmware_path("firmware", "commands.c").read_text(encoding="utf-8")
    handlers = re.findall(r"return (\w+)\(request, (.*?)answer\);", commands)
    taking_pixels = [name for name, between in handlers if "pixels" in between]
    assert len(handlers) > len(taking_pixels)
    assert taking_pixels == ["inference_image"]
