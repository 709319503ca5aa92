"""The firmware's C is as clean as the kernels': format, clang-tidy, cppcheck."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.board.build import write_firmware
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import find_target
from support.commands import ROOT
from support.firmware_builds import code_for, golden_images, program
from support.fuzzing import FUZZ
from support.tools import require_tool

OWN = [*sorted((ROOT / "examples" / "stm32").rglob("*.[ch]")), *sorted(FUZZ.glob("*.[ch]"))]


@pytest.fixture(scope="module")
def project() -> Path:
    """A firmware project with everything in it: golden images, an example, faults on demand."""
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = find_board("netduinoplus2")
    options = FirmwareOptions(golden_images(board.target), program("camera"), provokes=True)
    return write_firmware(code_for(board.target, camera=True), board, options, force=True)


def lint(*command: str | Path) -> None:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def sources(project: Path) -> list[Path]:
    """All C files but the generated model, whose kernels have their own lint."""
    places = [firmware_path("firmware", name) for name in (".", "cortex_m")]
    drivers = sorted(
        path for place in places for kind in ("uart_*.c", "boot_*.c") for path in place.glob(kind)
    )
    own = [path for path in sorted(project.glob("*.c")) if not path.name.startswith("uart_")]
    return [*(path for path in own if path.name != "signs.c"), *drivers]


def arm_flags() -> list[str]:
    """What makes clang read the code as the cross compiler does."""
    listing = subprocess.run(
        ["arm-none-eabi-gcc", "-E", "-v", "-x", "c", "/dev/null"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    folders = listing.split("#include <...> search starts here:\n")[1].split("End of")[0].split()
    system = [flag for folder in folders for flag in ("-isystem", folder)]
    cpu = next(flag for flag in find_target("cortex-m4").flags if flag.startswith("-mcpu"))
    return ["-std=c99", "--target=arm-none-eabi", cpu, "-mthumb", *system]


def test_everything_is_formatted(project: Path) -> None:
    require_tool("clang-format", "clang-format")
    written = sorted(firmware_path("firmware").rglob("*.[ch]"))
    generated = [path for path in project.glob("*.[ch]") if path.name != "signs.c"]
    style = (ROOT / ".clang-format").read_text(encoding="utf-8")
    (project / ".clang-format").write_text(style, encoding="utf-8")
    lint("clang-format", "--dry-run", "--Werror", *written, *generated, *OWN)


def test_clang_tidy_finds_nothing(project: Path) -> None:
    require_tool("clang-tidy", "clang-tidy")
    config = f"--config-file={ROOT / '.clang-tidy'}"
    # The model is part of network.c; what the analyzer thinks of kernels, their own lint says.
    network = project / "network.c"
    others = [path for path in sources(project) if path != network]
    flags: list[str | Path] = ["--", "-I", project, *arm_flags()]
    lint("clang-tidy", "--quiet", config, *others, *flags)
    lint("clang-tidy", "--quiet", config, "--checks=-clang-analyzer-*", network, *flags)


def test_cppcheck_finds_nothing(project: Path) -> None:
    require_tool("cppcheck", "cppcheck")
    checks = "--enable=warning,style,performance,portability"
    options = ["--quiet", "--std=c99", checks, "--error-exitcode=1", "--inline-suppr"]
    options += ["--suppress=missingIncludeSystem", f"-I{project}"]
    lint("cppcheck", *options, *sources(project))
