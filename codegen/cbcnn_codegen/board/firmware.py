"""A complete firmware project for a board, around generated code: files as text, nothing decided.

The C is in `firmware_templates/firmware/`; this adds what depends on the board and the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cbcnn_codegen.board.capacity import (
    demand_classes,
    firmware_core,
    has_image_in_arena,
    stack_reserve,
)
from cbcnn_codegen.board.firmware_views import (
    view_board,
    view_build,
    view_config,
    view_golden,
)
from cbcnn_codegen.board.golden import Golden
from cbcnn_codegen.boards import Board
from cbcnn_codegen.emit import COPIED
from cbcnn_codegen.emit.render import render
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.report import GENERATOR, REPORT, FileHash, encode
from cbcnn_codegen.targets import Target, find_target, target_for
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.installation import tool_version
from cbcnn_inputs.regular import read_text

CORE: Final = (
    "commands.c",
    "crc32.c",
    "frame.c",
    "golden_run.c",
    "image.c",
    "inference.c",
    "link.c",
    "network.c",
    "text.c",
)
MACHINE: Final = ("line.c", "machine.c", "stack.c", "steps.c")
"""What boards of all families have; the rest is in the folder of the board's own."""

_GENERATED_SOURCES: Final = ("board.c", "golden.c", "vectors.c")
_BOARD_FILES: Final = ("board.c", "board.h", "board.ld", "vectors.c")
_INFO_BYTES: Final = 84
"""Of the answer to `info`, without three texts and their lengths."""

_NAMED: Final = ("boot_", "uart_")
"""How files begin that a board chooses one of."""

_MAIN: Final = "main.c"
_NETWORK: Final = "network.c"
_PROVOKE: Final = "provoke.c"


@dataclass(frozen=True)
class FirmwareOptions:
    """A user's choices.

    Attributes:
        golden: images for the self-test.
        main: a program of one's own instead of the one that serves the link and no more, and
            other files that it needs.
        provokes: for tests, firmware that does forbidden things when told to.
    """

    golden: tuple[Golden, ...] = ()
    main: tuple[Path, ...] = ()
    provokes: bool = False


def file_names(project: Project, board: Board) -> set[str]:
    """Names of all files that the tool writes for a board, with any options; not of a program."""
    folders = (firmware_path("firmware"), _family(board))
    own = {path.name.removesuffix(".jinja") for folder in folders for path in folder.iterdir()}
    return {*own, *_model_files(project), REPORT}


@dataclass(frozen=True)
class FirmwareReport:
    """Contents of the folder: its own files may be overwritten, edited ones not."""

    generator: str
    tool_version: str
    board: str
    target: str
    name: str
    model_sha256: str
    sources: tuple[str, ...]
    files: tuple[FileHash, ...]


def emit_firmware(
    project: Project,
    board: Board,
    options: FirmwareOptions,
    generated: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """All files of the project, name to text.

    Args:
        project: the generated code.
        board: to write for.
        options: golden images and a program.
        generated: the files of the generated code, name to text, if they are not written yet.

    Raises:
        UsageError: the code was generated for another processor or has no classes, or a file cannot
            be read.
    """
    demand_classes(project)
    demand_target(project, board)
    _demand_short_names(project, board)
    model = {
        name: _read(project.folder / name) if generated is None else generated[name]
        for name in _model_files(project)
    }
    files: dict[str, str] = {}
    sources = [*CORE, *MACHINE, *_own_sources(board), board.uart.source]
    sources += [] if board.boot is None else [board.boot.source]
    sources += [_PROVOKE] if options.provokes else []
    own = {path.name: _copy(path) for path in options.main}
    sources += [] if options.main else [_MAIN]
    folders = (firmware_path("firmware"), _family(board))
    headers = sorted({path.name for folder in folders for path in folder.glob("*.h")})
    for name in (*sources, *headers):
        files[name] = _read(source_path(board, name))
    files.update(_generated(project, board, options))
    _demand_no_clash("a file of the program", own, files, "another name for it")
    _demand_no_clash("the model", model, files, "generate it with another --name")
    files.update(own)
    files.update(model)
    own_sources = [name for name in own if name.endswith(".c")]
    compiled = sorted(
        [*sources, *_GENERATED_SOURCES, *own_sources, *project.sources[1:]], key=_network_first
    )
    build = view_build(project, board, firmware_target(project, board), compiled)
    for name in ("Makefile", "CMakeLists.txt"):
        files[name] = render(f"firmware/{name}.jinja", build=build)
    files[REPORT] = _report(project, board, compiled, files)
    return files


def _family(board: Board) -> Path:
    """The folder with what processors of the board's kind have of their own."""
    return firmware_path("firmware", firmware_core(board).family)


def source_path(board: Board, name: str) -> Path:
    """A file of the firmware: the family's own, else the one that all share."""
    own = _family(board) / name
    return own if own.is_file() else firmware_path("firmware", name)


def _own_sources(board: Board) -> list[str]:
    """What a family always has: all but what boards name, and faults on demand."""
    names = (path.name for path in _family(board).glob("*.c"))
    return [name for name in names if not name.startswith(_NAMED) and name != _PROVOKE]


def _network_first(name: str) -> tuple[bool, str]:
    """Linkers place tables in this order, and those of a model may need the lowest addresses."""
    return name != _NETWORK, name


def _generated(project: Project, board: Board, options: FirmwareOptions) -> dict[str, str]:
    view = view_board(board, stack_reserve(project, board))
    family = _family(board)
    files = {}
    for name in _BOARD_FILES:
        folder = family.name if (family / f"{name}.jinja").is_file() else "."
        files[name] = render(f"firmware/{folder}/{name}.jinja".replace("/./", "/"), board=view)
    spends_image = has_image_in_arena(project, board)
    config = view_config(project, board, options.provokes, spends_image=spends_image)
    files["config.h"] = render("firmware/config.h.jinja", config=config)
    golden = view_golden(project, options.golden)
    files["golden.c"] = render("firmware/golden.c.jinja", golden=golden)
    return files


def firmware_target(project: Project, board: Board) -> Target:
    """Compiler and flags with which the generated code was measured."""
    return target_for(find_target(board.target, project.word_bits), project.options.optimize)


def demand_target(project: Project, board: Board) -> None:
    """Raise unless the code was generated for the board's processor."""
    if project.target != board.target:
        raise UsageError(
            f"the code in {project.folder} is for another processor than the board's",
            found=f"{project.target}",
            allowed=f"{board.target}, for {board.title}",
            suggestion=f"cbcnn-codegen MODEL --board {board.name} -o DIR",
        )


def _demand_short_names(project: Project, board: Board) -> None:
    """Raise unless the answer to `info` fits into a packet."""
    texts = (board.name, project.name, tool_version())
    longest = board.link.payload_bytes - _INFO_BYTES - len(texts)
    found = sum(len(text.encode()) for text in texts)
    if found > longest:
        raise UsageError(
            f"names are too long for the packets of {board.name}",
            found=f"{found} bytes: {', '.join(texts)}",
            allowed=f"{longest} bytes",
            suggestion="generate it with a shorter --name",
        )


def _demand_no_clash(
    what: str, own: Mapping[str, str], files: Mapping[str, str], suggestion: str
) -> None:
    """The prefixes of the firmware's functions are its file names, so this keeps them apart too."""
    clash = sorted(set(own) & set(files))
    if clash:
        raise UsageError(
            f"{what} has the name of a file of the firmware",
            found=", ".join(clash),
            suggestion=suggestion,
        )


def _model_files(project: Project) -> list[str]:
    """The C sources, and the headers among the generated files."""
    return sorted({*project.sources, project.header, *project.code})


def _copy(path: Path) -> str:
    """A file of the user's program, with a last line that says what this one is."""
    text = _read(path)
    return text + ("" if text.endswith("\n") else "\n") + COPIED


def _read(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read", found=f"{error}"[:200]) from error


def _report(
    project: Project, board: Board, sources: Sequence[str], files: Mapping[str, str]
) -> str:
    report = FirmwareReport(
        generator=GENERATOR,
        tool_version=project.tool_version,
        board=board.name,
        target=board.target,
        name=project.name,
        model_sha256=project.model_sha256,
        sources=tuple(sources),
        files=tuple(FileHash.of(name, text) for name, text in files.items()),
    )
    return encode(report)
