"""The strings in the templates of a firmware project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.board.capacity import firmware_core
from cbcnn_codegen.board.golden import Golden
from cbcnn_codegen.boards import Board, RegisterStep
from cbcnn_codegen.targets import Target
from cbcnn_codegen.verify.build import WARNINGS
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.answers import class_count
from cbcnn_inputs.installation import tool_version

SYSTEM_HANDLERS: Final = 15
"""Exceptions 1 to 15 of a Cortex-M, reset the first, SysTick the last; interrupts follow."""

LINKER_FLAGS: Final = (
    "-Wl,--gc-sections",
    "-Wl,--fatal-warnings",
    "-Wl,-Map=firmware.map",
)
SECTION_FLAGS: Final = ("-ffunction-sections", "-fdata-sections")

_SCORE_TYPES: Final = {"int32": 0, "int64": 1, "float": 2}
_PIXEL_TYPES: Final = {"uint8": 0, "int8": 1}
_PLANE, _RGB888, _RGB565, _GREY = (1 << bit for bit in range(4))


@dataclass(frozen=True)
class StepTable:
    """A table in `board.c`; `value` is what points to it."""

    name: str
    rows: list[str]
    value: str


@dataclass(frozen=True)
class BoardView:
    """Everything in `board.c`, `board.h` and `board.ld`."""

    version: str
    title: str
    mcu: str
    flash_origin: str
    flash_bytes: str
    ram_origin: str
    ram_bytes: str
    stack_bytes: str
    boot_bytes: str | None
    defines: list[str]
    uart_interrupt: str
    handler_count: str
    handlers: list[str]
    step_tables: list[StepTable]


@dataclass(frozen=True)
class ConfigView:
    """Everything in `config.h`."""

    version: str
    name: str
    board: str
    prefix: str
    macro: str
    source: str
    defines: list[str]


@dataclass(frozen=True)
class GoldenImageView:
    """The name of an image's table and its rows."""

    name: str
    rows: list[str]


@dataclass(frozen=True)
class GoldenView:
    """Everything in `golden.c`."""

    version: str
    name: str
    count: str
    images: list[GoldenImageView]
    table: list[str]


@dataclass(frozen=True)
class FirmwareBuildView:
    """Everything in the build files."""

    version: str
    board: str
    name: str
    tool_prefix: str
    target_flags: str
    optimise: str
    standard: str
    warnings: str
    linker_flags: str
    cmake_linker_flags: str
    sources: list[str]
    objects: list[str]
    model_files: str


def view_board(board: Board, stack_bytes: int) -> BoardView:
    """Vector table, registers and memory of a board."""
    handlers = _handlers(board)
    return BoardView(
        version=tool_version(),
        title=board.title,
        mcu=board.mcu,
        flash_origin=f"{board.flash_origin:#010x}",
        flash_bytes=str(board.flash_bytes),
        ram_origin=f"{board.ram_origin:#010x}",
        ram_bytes=str(board.ram_bytes),
        stack_bytes=str(stack_bytes),
        boot_bytes=None if board.boot is None else str(board.boot.size),
        defines=_board_defines(board),
        uart_interrupt=str(board.uart.interrupt),
        handler_count=str(len(handlers)),
        handlers=handlers,
        step_tables=[
            _step_table("clock", board.clock.steps),
            _step_table("pins", board.uart.steps),
            _step_table("timer", () if board.timer is None else board.timer.steps),
            _step_table("led_on", board.led_on),
            _step_table("led_off", board.led_off),
        ],
    )


def _handlers(board: Board) -> list[str]:
    """The table up to the UART's interrupt: no other one is ever enabled."""
    names = ["fault_entry"] * (SYSTEM_HANDLERS + board.uart.interrupt + 1)
    names[0], names[SYSTEM_HANDLERS - 1], names[-1] = (
        "startup_reset",
        "ticks_wrap",
        "line_interrupt",
    )
    return [f"{name}," for name in names]


def _board_defines(board: Board) -> list[str]:
    defines = {
        "RESET_HZ": f"{board.clock.reset_hz}U",
        "CLOCK_HZ": f"{board.clock.hz}U",
        "UART": f"{board.uart.base:#010x}U",
        f"UART_{board.uart.driver.upper()}": "1",
        "UART_HZ": f"{board.clock.hz // board.uart.divider}U",
        "UART_INTERRUPT": f"{board.uart.interrupt}U",
        "BAUD": f"{board.uart.baud}U",
        "RING_BYTES": f"{board.link.ring_bytes}U",
        **{name: str(int(has)) for name, has in firmware_core(board).features.items()},
        "TIMER_HZ": f"{board.clock.hz // (1 if board.timer is None else board.timer.divider)}U",
    }
    if board.timer is not None:
        defines["TIMER"] = f"{board.timer.base:#010x}U"
        defines[f"TIMER_{board.timer.driver.upper()}"] = "1"
    return [f"#define BOARD_{name} {value}" for name, value in defines.items()]


def _step_table(name: str, steps: Sequence[RegisterStep]) -> StepTable:
    rows = [
        f"{{STEP_{step.kind.upper()}, {step.address:#010x}U, {step.mask:#010x}U, "
        f"{step.value:#010x}U}},"
        for step in steps
    ]
    return StepTable(name, rows, f"{{{name}_steps, {len(rows)}}}")


def view_config(
    project: Project, board: Board, provokes: bool, *, spends_image: bool
) -> ConfigView:
    """Facts for which the portable part of the firmware is compiled."""
    macro = project.prefix.upper()
    stack = project.ram_bytes.stack
    values = {
        "BOARD_NAME": f'"{board.name}"',
        "NETWORK_TOOL_VERSION": f'"{tool_version()}"',
        "NETWORK_NAME": f'"{project.name}"',
        "NETWORK_SHA256_BYTES": _initialiser(bytes.fromhex(project.model_sha256)),
        "NETWORK_PIXEL": f"{project.input.dtype}_t",
        "NETWORK_PIXEL_TYPE": f"{_PIXEL_TYPES[project.input.dtype]}U",
        "NETWORK_SCORE_TYPE": f"{_SCORE_TYPES[project.scores.type]}U",
        "NETWORK_FRACTION_BITS": f"{project.scores.fraction_bits}U",
        "NETWORK_HEIGHT": f"{project.input.shape.height}U",
        "NETWORK_WIDTH": f"{project.input.shape.width}U",
        "NETWORK_CHANNELS": f"{project.input.shape.channels}U",
        "NETWORK_SCORES": f"{project.scores.count}U",
        "NETWORK_CLASSES": f"{class_count(project.scores.count)}U",
        "NETWORK_IMAGE_BYTES": f"{project.input.bytes}U",
        "NETWORK_ARENA_BYTES": f"{project.ram_bytes.arena}U",
        "NETWORK_STACK_BYTES": f"{stack or 0}U",
        "NETWORK_LAYERS": f"{len(project.layers)}U",
        "NETWORK_FORMATS": f"{_formats(project)}U",
        "LINK_MAX_PAYLOAD": f"{board.link.payload_bytes}U",
        "LINK_BUFFERS": f"{board.link.buffers}",
    }
    if project.camera is not None:
        values["NETWORK_CAMERA_HEIGHT"] = f"{project.camera.height}U"
        values["NETWORK_CAMERA_LINE_BYTES"] = f"{project.camera.line_bytes}U"
    flags = {
        "NETWORK_SPENDS_IMAGE": spends_image,
        "NETWORK_HAS_LUMA": project.has_luma,
        "NETWORK_HAS_CAMERA": project.camera is not None,
        "NETWORK_CAMERA_HAS_CHROMA": project.camera is not None and project.camera.camera.is_planar,
        "NETWORK_HAS_REJECTION": project.rejection is not None,
        "NETWORK_HAS_COMPRESSION": project.has_compression,
        "NETWORK_HAS_CLASS_NAMES": bool(project.options.class_names),
        "NETWORK_PROVOKES": provokes,
    }
    defines = [f"#define {name} {value}" for name, value in values.items()]
    defines += [f"#define {name} 1" for name, is_set in flags.items() if is_set]
    return ConfigView(
        version=tool_version(),
        name=project.name,
        board=board.name,
        prefix=project.prefix,
        macro=macro,
        source=project.sources[0],
        defines=defines,
    )


def _initialiser(data: bytes) -> str:
    """Bytes in braces, eight per line of a macro."""
    rows = [
        "    " + " ".join(f"0x{byte:02x}," for byte in data[first : first + 8]) + " \\\n"
        for first in range(0, len(data), 8)
    ]
    return "{ \\\n" + "".join(rows) + "}"


def _formats(project: Project) -> int:
    """Bits of the image formats that the model's Image Compression Block takes."""
    grey = _GREY if project.has_compression else 0
    colour = _RGB888 | _RGB565 if project.has_luma else 0
    return _PLANE | grey | colour


def view_golden(project: Project, golden: Sequence[Golden]) -> GoldenView:
    """Tables of the golden images, and a last entry that is none."""
    images = [
        GoldenImageView(f"plane_{number}", _rows(image.plane.reshape(-1).tolist()))
        for number, image in enumerate(golden)
    ]
    table = [
        f"{{{view.name}, 0x{image.scores_crc:08x}U, {image.class_index}U}},"
        for view, image in zip(images, golden, strict=True)
    ]
    return GoldenView(
        tool_version(), project.name, str(len(images)), images, [*table, "{NULL, 0, 0},"]
    )


def _rows(values: Sequence[int], per_row: int = 16) -> list[str]:
    return [
        ", ".join(map(str, values[first : first + per_row])) + ","
        for first in range(0, len(values), per_row)
    ]


def view_build(
    project: Project, board: Board, target: Target, sources: Sequence[str]
) -> FirmwareBuildView:
    """Compiler, flags and files."""
    flags = [*target.flags, *target.library_flags, *SECTION_FLAGS]
    link_flags = firmware_core(board).link_flags
    return FirmwareBuildView(
        version=tool_version(),
        board=board.name,
        name=project.name,
        tool_prefix=target.toolchain.prefix,
        target_flags="".join(f" {flag}" for flag in flags),
        optimise=" ".join(target.optimise),
        standard=target.standard,
        warnings=" ".join((*WARNINGS, *target.unheeded)),
        linker_flags=" ".join((*link_flags, *LINKER_FLAGS)),
        cmake_linker_flags=" ".join(
            flag.replace("board.ld", "${CMAKE_CURRENT_SOURCE_DIR}/board.ld") for flag in link_flags
        ),
        sources=list(sources),
        objects=[f"{source.removesuffix('.c')}.o \\" for source in sources],
        model_files=" ".join(sorted({*project.sources, project.header})),
    )
