"""Which module of the firmware's C may know which: by what they include and by what they call.

A module is a header with the sources of its name. The arrows are the table below; a module that
includes, calls or reads another one than those fails here, and so does a circle.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from cbcnn_codegen.board.build import write_firmware
from cbcnn_codegen.board.capacity import firmware_core
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import find_target
from support.firmware_builds import code_for, golden_images
from support.generated import generate_code
from support.tiny_boards import tiny_model
from support.tools import require_tool

Arrows = dict[str, set[str]]

COMMON = {
    "main": "link machine network",
    "link": "bytes commands config crc32 frame line machine protocol request stack tables",
    "commands": "config golden inference machine network provoke request stack ticks",
    "inference": "config crc32 golden image network request stack tables",
    "golden": "config crc32 network tables",
    "image": "config crc32 network protocol",
    "network": "bytes config core stack ticks",
    "machine": "board core line protocol steps ticks",
    "line": "board uart",
    "uart": "board registers",
    "board": "steps",
    "steps": "registers tables",
    "frame": "bytes crc32 protocol",
    "request": "bytes protocol tables",
    "stack": "",
    "text": "tables",
    "crc32": "tables",
    "tables": "",
    "bytes": "",
    "protocol": "",
    "registers": "",
    "config": "",
}
"""From the program down to what knows nothing: module, and what it may know."""

OWN = {
    "netduinoplus2": {
        "vectors": "faults line startup ticks",
        "startup": "board caches core main registers stack",
        "faults": "board bytes link machine protocol registers",
        "core": "caches registers",
        "caches": "board registers",
        "provoke": "protocol registers stack",
        "ticks": "board protocol registers steps",
    },
    "ch32v003": {
        "vectors": "faults line startup",
        "startup": "main stack",
        "faults": "machine protocol",
        "core": "registers",
        "provoke": "",
        "ticks": "protocol registers",
    },
    "arduino-uno": {
        "vectors": "line ticks",
        "startup": "stack",
        "core": "",
        "provoke": "",
        "ticks": "protocol",
    },
}
"""What is each family's own, by a board of it."""

PARTS = {
    "board_data": "board",
    "golden_run": "golden",
    "result": "inference",
    "stack_pointer": "stack",
    **{path.stem: "uart" for path in firmware_path("firmware").rglob("uart_*.c")},
}
"""Files that are part of a module of another name."""

INCLUDE = re.compile(r'^#include "([^"]+)\.h"', re.MULTILINE)


@cache
def written(name: str) -> Path:
    """Everything that a family's firmware can consist of: every UART, golden images, faults."""
    board = find_board(name)
    target, family = find_target(board.target), firmware_core(board).family
    require_tool(target.compiler[0], target.toolchain.packages)
    has_faults = firmware_path("firmware", family, "provoke.c").is_file()
    if board.ram_bytes > 16 * 1024:
        options = FirmwareOptions(golden=golden_images(board.target), provokes=has_faults)
        project = code_for(board.target)
    else:  # a chip for a small network
        options = FirmwareOptions()
        place = Path(tempfile.mkdtemp(prefix="cbcnn-test-modules-"))
        project = generate_code(
            tiny_model(), place, board.target, optimize="ram", measure=True, name="signs"
        )
    folder = write_firmware(project, board, options, force=True)
    for driver in firmware_path("firmware", family).glob("uart_*.c"):
        (folder / driver.name).write_text(driver.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def project() -> Path:
    """The family with most modules."""
    return written("netduinoplus2")


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


def references(files: Iterable[Path], folder: Path, board: str = "netduinoplus2") -> Arrows:
    """Modules whose functions and variables the compiled files of a module name."""
    target = find_target(find_board(board).target)
    defined: dict[str, str] = {}
    used: dict[str, set[str]] = {}
    for path in files:
        if path.suffix == ".c":
            made = folder / f"{path.stem}.o"
            flags = [*target.flags, *target.library_flags, f"-std={target.standard}"]
            command = [*target.compiler, *flags, "-O0", "-I", str(folder)]
            subprocess.run([*command, "-c", str(path), "-o", str(made)], check=True)
            listing = [target.tool("nm"), "--extern-only", "--format=posix", str(made)]
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


@pytest.mark.parametrize("board", OWN)
def test_modules_know_what_the_table_says_and_nothing_else(board: str) -> None:
    project = written(board)
    arrows = merge(includes(sources(project)), references(sources(project), project, board))
    table = {**COMMON, **OWN[board]}
    allowed = {module: set(ends.split()) for module, ends in table.items()}
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
