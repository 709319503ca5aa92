"""Flash through a debug probe with pyOCD, which is optional: the extra `probe`."""

from __future__ import annotations

from typing import Any, Final

from cbcnn_codegen.board.flash.contents import FlashContents
from cbcnn_codegen.board.flash.programs import NO_PROBE
from cbcnn_codegen.boards import Board
from cbcnn_codegen.errors import FlashError, MissingToolError
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_inputs.installation import install_command

_PERCENT: Final = 100
_READ_BYTES: Final = 4096


def list_probes() -> list[str] | None:
    """Names of the probes that are plugged in; None without pyOCD."""
    try:
        from pyocd.core.helpers import ConnectHelper
    except ImportError:
        return None
    return [
        f"{probe.vendor_name} {probe.product_name} {probe.unique_id}"
        for probe in ConnectHelper.get_all_connected_probes(blocking=False)
    ]


def flash_with_probe(
    contents: FlashContents, board: Board, progress: Progress = no_progress
) -> None:
    """Write, read back and start.

    Raises:
        MissingToolError: pyOCD is not installed, or does not know the chip.
        FlashError: no probe, no chip, or flash that reads back differently.
    """
    try:
        from pyocd.core import exceptions
        from pyocd.core.helpers import ConnectHelper
    except ImportError as error:
        raise MissingToolError(
            "pyOCD is not installed", suggestion=install_command("probe")
        ) from error
    try:
        # Asked first: choosing among no probes prints to standard output.
        if not ConnectHelper.get_all_connected_probes(blocking=False):
            raise FlashError("no probe answers", found="pyOCD sees none", suggestion=NO_PROBE)
        with ConnectHelper.session_with_chosen_probe(
            blocking=False, return_first=True, target_override=board.flashing.pyocd
        ) as session:
            _write(session, contents, progress)
    except exceptions.TargetSupportError as error:
        raise MissingToolError(
            f"pyOCD does not know {board.flashing.pyocd}",
            found=str(error),
            suggestion=f"pyocd pack install {board.flashing.pyocd}",
        ) from error
    except exceptions.ProbeError as error:
        raise FlashError(
            "the probe does not work", found=str(error), suggestion=NO_PROBE
        ) from error
    except exceptions.Error as error:
        raise FlashError(
            "the flash cannot be written",
            found=f"{type(error).__name__}: {error}",
            suggestion="power the board; a protected chip is erased by: pyocd erase --mass",
        ) from error


def _write(session: Any, contents: FlashContents, progress: Progress) -> None:
    from pyocd.flash.file_programmer import FileProgrammer

    def report(part: float) -> None:
        progress("writing", int(part * _PERCENT), _PERCENT)

    FileProgrammer(session, progress=report, no_reset=True).program(str(contents.path))
    target = session.target
    done = 0
    for segment in contents.segments:
        for start in range(0, len(segment.data), _READ_BYTES):
            part = segment.data[start : start + _READ_BYTES]
            address = segment.address + start
            if bytes(target.read_memory_block8(address, len(part))) != part:
                raise FlashError(
                    "the flash does not read back as it was written",
                    found=f"a difference at {address:#010x} or behind it",
                    suggestion="flash it again; it may be protected or worn out",
                )
            done += len(part)
            progress("reading back", done, contents.size)
    target.reset()
