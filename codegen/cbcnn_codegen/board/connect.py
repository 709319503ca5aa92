"""Find the device that answers behind a board's name and a port, real or emulated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cbcnn_codegen.board.build import ELF, firmware_folder
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators import EmulatedBoard, emulator_of
from cbcnn_codegen.board.flash.contents import demand_room, read_contents
from cbcnn_codegen.board.link import Link, Patience
from cbcnn_codegen.board.port import EMULATED, open_port
from cbcnn_codegen.board.protocol import RestartedError
from cbcnn_codegen.boards import Board
from cbcnn_codegen.errors import BoardError, UsageError
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.together import complete

OnText = Callable[[str], None]


def find_firmware(folder: Path, board: Board) -> Path:
    """The firmware that was built for a board, inside the folder of the generated code.

    Raises:
        UsageError: there is none.
    """
    for place in (folder, firmware_folder(folder, board)):
        complete(place)
    path = firmware_folder(folder, board) / ELF
    if not path.is_file():
        raise UsageError(
            f"there is no firmware for {board.name} in {folder}",
            found=f"no {path}",
            suggestion=f"cbcnn-board build {folder} --board {board.name}",
        )
    return path


@contextmanager
def emulate_blank(
    board: Board, elf: Path, on_text: OnText, progress: Progress = no_progress
) -> Iterator[Device]:
    """An emulated board that starts blank and is flashed as a real one is.

    Raises:
        UsageError: the board has no emulator, or one that cannot start blank.
    """
    start_flashed = emulator_of(board).start_flashed
    if start_flashed is None:
        raise UsageError(
            f"an emulated {board.title} cannot be flashed",
            suggestion="--port emulated of the other commands, which starts it with its firmware",
        )
    contents = read_contents(elf)
    demand_room(contents, board.flash_origin, board.flash_bytes, board.name)
    with ExitStack() as stack:
        emulated = stack.enter_context(start_flashed(board, contents, progress))
        yield Device(_meet(stack, emulated, board, on_text))


@contextmanager
def open_device(
    board: Board,
    port: str,
    folder: Path | None,
    baud: int | None = None,
    on_text: OnText = lambda _text: None,
) -> Iterator[Device]:
    """A board that runs its firmware and has answered `info`.

    Args:
        board: which one.
        port: any URL that pyserial knows, or `emulated`.
        folder: of the generated code, with the firmware for the board; an emulated board needs it.
        baud: of the line; None for the firmware's own.
        on_text: gets the lines that the board says for people.

    Raises:
        UsageError: an emulated board without firmware, or a board that nothing emulates.
        BoardError: it does not answer, or is another one.
    """
    with ExitStack() as stack:
        if port == EMULATED:
            link = _start_emulated(stack, board, folder, on_text)
        else:
            link = _open(stack, port, baud or board.uart.baud, on_text)
            link.synchronise()
        device = _ask(link)
        if device.info.board != board.name:
            raise BoardError(
                f"another board answers on {port}",
                found=device.info.board,
                allowed=board.name,
                suggestion=f"--board {device.info.board}, or another --port",
            )
        yield device


def _start_emulated(stack: ExitStack, board: Board, folder: Path | None, on_text: OnText) -> Link:
    emulator = emulator_of(board)
    if folder is None:
        raise UsageError(
            "an emulated board has no firmware of its own",
            suggestion="--dir DIR, where cbcnn-board build has put it",
        )
    emulated = stack.enter_context(emulator.start(board, find_firmware(folder, board)))
    return _meet(stack, emulated, board, on_text)


def _meet(stack: ExitStack, emulated: EmulatedBoard, board: Board, on_text: OnText) -> Link:
    """Connect to an emulated board and let it go."""
    link = _open(stack, emulated.url, board.uart.baud, on_text)
    emulated.wait_for_client()
    emulated.run()
    link.wait_for_hello()
    return link


def keep_emulated(board: Board, folder: Path | None, say: OnText) -> None:
    """Keep an emulated board on until it ends or an interrupt comes.

    Args:
        board: to emulate.
        folder: with firmware for it; None leaves it blank and stopped, for a gdb that flashes it.
        say: is told where its ports are.
    """
    elf = None if folder is None else find_firmware(folder, board)
    with emulator_of(board).start(board, elf) as emulated:
        say(f"serial  {emulated.url.replace('socket:', 'emulated:', 1)}")
        if emulated.gdb is not None:
            say(f"gdb     {emulated.gdb}")
        if elf is not None:
            emulated.run()
        emulated.wait()


def demand_model(device: Device, project: Project) -> None:
    """Raise unless the board holds the model that the code in a folder was generated from.

    Raises:
        BoardError: with both hashes.
    """
    found = device.info.model_sha256.hex()
    if found != project.model_sha256:
        raise BoardError(
            f"the board holds another model than {project.folder}",
            found=f"{device.info.name}, SHA-256 {found}",
            allowed=f"{project.name}, SHA-256 {project.model_sha256}",
            suggestion=f"cbcnn-board flash {project.folder} --board {device.info.board}",
        )


def _ask(link: Link) -> Device:
    """The device behind a line; some boards restart when their port is opened."""
    try:
        return Device(link)
    except RestartedError:
        return Device(link)


def _open(stack: ExitStack, url: str, baud: int, on_text: OnText) -> Link:
    link = Link(open_port(url, baud), url, Patience(), on_text)
    stack.callback(link.close)
    return link
