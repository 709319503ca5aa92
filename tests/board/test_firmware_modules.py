"""Which module of the firmware's C may know which: by what they include and by what they call.

A module is a header with the sources of its name. The arrows are the table below; a module that
includes, calls or reads another one than those fails here, and so does a circle.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from cbcnn_codegen.board.build import write_firmware
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import find_target
from support.firmware_builds import code_for, golden_images
from support.tools import require_tool

Arrows = dict[str, set[str]]

ALLOWED = {
    "vectors": "faults line startup ticks",
    "startup": "board caches machine main registers stack",
    "main": "link machine network",
    "faults": "board bytes link machine protocol registers",
    "link": "bytes commands config crc32 frame line machine protocol request stack",
    "commands": "config golden inference machine network provoke request stack ticks",
    "inference": "config crc32 golden image network request stack",
    "golden": "config crc32 network",
    "image": "config crc32 network protocol",
    "network": "bytes config machine stack ticks",
    "provoke": "protocol registers stack",
    "machine": "board caches line protocol registers steps ticks",
    "ticks": "board protocol registers steps",
    "line": "uart",
    "uart": "board registers",
    "caches": "board registers",
    "board": "steps",
    "steps": "registers",
    "frame": "bytes crc32 protocol",
    "request": "bytes protocol",
    "stack": "",
    "text": "",
    "crc32": "",
    "bytes": "",
    "protocol": "",
    "registers": "",
    "config": "",
}
"""From the vector table down to what knows nothing: module, and what it may know."""

PARTS = {
    "board_data": "board",
    "golden_run": "golden",
    "result": "inference",
    **{path.stem: "uart" for path in firmware_path("firmware").glob("uart_*.c")},
}
"""Files that are part of a module of another name."""

INCLUDE = re.compile(r'^#include "([^"]+)\.h"', re.MULTILINE)


@pytest.fixture(scope="module")
def project() -> Path:
    """Everything that the firmware can consist of: every UART, golden images, faults on demand."""
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = find_board("netduinoplus2")
    options = FirmwareOptions(golden=golden_images(board.target), provokes=True)
    folder = write_firmware(code_for(board.target), board, options, force=True)
    for driver in firmware_path("firmware").glob("uart_*.c"):
        (folder / driver.name).write_text(driver.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def sources(folder: Path) -> list[Path]:
    """Every C file but the generated model, which is part of network.c."""
    return [path for path in sorted(folder.glob("*.[ch]")) if path.stem != "signs"]


def module_of(path: Path) -> str:
    return PARTS.get(path.stem, path.stem)


def add(arrows: Arrows, source: str, ends: Iterable[str]) -> None:
    arrows.setdefault(source, set()).update(set(ends) - {source})


def includes(files: Iterable[Path]) -> Arrows:
    """Modules that the files of a module include."""
    arrows: Arrows = {}
    for path in files:
        names = INCLUDE.findall(path.read_text(encoding="utf-8"))
        add(arrows, module_of(path), (PARTS.get(name, name) for name in names))
    return arrows


def references(files: Iterable[Path], folder: Path) -> Arrows:
    """Modules whose functions and variables the compiled files of a module name."""
    target = find_target(find_board("netduinoplus2").target)
    defined: dict[str, str] = {}
    used: dict[str, set[str]] = {}
    for path in files:
        if path.suffix == ".c":
            made = folder / f"{path.stem}.o"
            command = [*target.compiler, *target.flags, "-std=c99", "-O0", "-I", str(folder)]
            subprocess.run([*command, "-c", str(path), "-o", str(made)], check=True)
            listing = ["arm-none-eabi-nm", "--extern-only", "--format=posix", str(made)]
            symbols = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
            for line in symbols.splitlines():
                name, kind, *_ = line.split()
                if kind == "U":
                    used.setdefault(module_of(path), set()).add(name)
                else:
                    defined[name] = module_of(path)
    arrows: Arrows = {}
    for module, names in used.items():
        add(arrows, module, (defined[name] for name in names if name in defined))
    return arrows


def merge(*graphs: Arrows) -> Arrows:
    merged: Arrows = {}
    for graph in graphs:
        for module, ends in graph.items():
            add(merged, module, ends)
    return merged


def find_circle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules that know each other in a ring; none where there is no ring."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_knows_itself_by_others(project: Path) -> None:
    arrows = merge(includes(sources(project)), references(sources(project), project))
    assert find_circle(arrows) == []


def test_modules_know_what_the_table_says_and_nothing_else(project: Path) -> None:
    arrows = merge(includes(sources(project)), references(sources(project), project))
    allowed = {module: set(ends.split()) for module, ends in ALLOWED.items()}
    assert {module: arrows.get(module, set()) for module in allowed} == allowed
    assert set(arrows) <= set(allowed)


def test_what_is_called_is_included(project: Path) -> None:
    """A header declares what its own module holds, so that includes tell every arrow."""
    included = includes(sources(project))
    for module, ends in references(sources(project), project).items():
        reached: set[str] = set()
        left = [module]
        while left:
            new = included.get(left.pop(), set()) - reached
            reached |= new
            left += new
        assert ends - {"main"} <= reached, module


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("network.c", '#include "link.h"\n'),
        ("line.h", '#include "machine.h"\n'),
        ("ticks.c", "uint32_t machine_clock_hz(void);\nuint32_t (*of)(void) = machine_clock_hz;\n"),
        ("line.c", "void machine_idle(void);\nvoid (*wait)(void) = machine_idle;\n"),
    ],
)
def test_a_circle_is_found(name: str, line: str, project: Path, tmp_path: Path) -> None:
    """The test can fail: the arrows that went are put back, by an include or behind its back."""
    for path in sources(project):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "signs.c").write_bytes((project / "signs.c").read_bytes())
    (tmp_path / "signs.h").write_bytes((project / "signs.h").read_bytes())
    changed = tmp_path / name
    changed.write_text(changed.read_text(encoding="utf-8") + line, encoding="utf-8")
    files = sources(tmp_path)
    arrows = includes(files) if "#include" in line else references(files, tmp_path)
    circle = find_circle(merge(includes(sources(project)), arrows))
    assert module_of(changed) in circle
