"""Flashing through pyOCD, with a stand-in for the package: the calls are those of pyOCD 0.46."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cbcnn_codegen.board.flash.contents import FlashContents
from cbcnn_codegen.board.flash.probe import flash_with_probe, list_probes
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.elf import Segment
from cbcnn_codegen.errors import FlashError, MissingToolError

ORIGIN = 0x0800_0000
CONTENTS = FlashContents(Path("firmware.elf"), (Segment(ORIGIN, bytes(range(256)) * 20),))
BOARD = find_board("nucleo-f446re")


class Error(Exception):
    pass


class ProbeError(Error):
    pass


class TargetSupportError(Error):
    pass


class Chip:
    """Session and target in one."""

    def __init__(self) -> None:
        self.memory = bytearray(8192)
        self.resets = 0
        self.is_open = False
        self.options: dict[str, Any] = {}

    @property
    def target(self) -> Chip:
        return self

    def __enter__(self) -> Chip:
        self.is_open = True
        return self

    def __exit__(self, *_rest: object) -> None:
        self.is_open = False

    def read_memory_block8(self, address: int, size: int) -> list[int]:
        assert self.is_open
        return list(self.memory[address - ORIGIN : address - ORIGIN + size])

    def reset(self) -> None:
        self.resets += 1


Install = Callable[..., Chip]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a stand-in for pyOCD in place; `trouble` is raised when the flash is written."""

    def put(probes: int = 1, trouble: Exception | None = None, lost: int | None = None) -> Chip:
        chip = Chip()

        class ConnectHelper:
            @staticmethod
            def get_all_connected_probes(blocking: bool = True) -> list[Any]:
                assert not blocking
                probe = ModuleType("probe")
                probe.__dict__.update(vendor_name="ST", product_name="ST-Link", unique_id="066B")
                return [probe] * probes

            @staticmethod
            def session_with_chosen_probe(**options: Any) -> Chip:
                chip.options = options
                return chip

        class FileProgrammer:
            def __init__(self, session: Chip, progress: Any, no_reset: bool) -> None:
                assert session is chip
                assert no_reset
                self.progress = progress

            def program(self, path: str) -> None:
                assert path == "firmware.elf"
                if trouble is not None:
                    raise trouble
                self.progress(0.5)
                data = CONTENTS.segments[0].data
                chip.memory[: len(data)] = data
                if lost is not None:
                    chip.memory[lost] ^= 1

        contents: dict[str, dict[str, Any]] = {
            "pyocd": {},
            "pyocd.core": {},
            "pyocd.flash": {},
            "pyocd.core.helpers": {"ConnectHelper": ConnectHelper},
            "pyocd.core.exceptions": {
                "Error": Error,
                "ProbeError": ProbeError,
                "TargetSupportError": TargetSupportError,
            },
            "pyocd.flash.file_programmer": {"FileProgrammer": FileProgrammer},
        }
        for name, values in contents.items():
            module = ModuleType(name)
            module.__dict__.update(values)
            monkeypatch.setitem(sys.modules, name, module)
        core: Any = sys.modules["pyocd.core"]
        core.exceptions = sys.modules["pyocd.core.exceptions"]
        return chip

    return put


def test_a_probe_writes_reads_back_and_starts(install: Install) -> None:
    chip = install()
    steps: list[tuple[str, int, int]] = []
    flash_with_probe(CONTENTS, BOARD, lambda *step: steps.append(step))
    assert chip.options["target_override"] == "stm32f446retx"
    assert chip.resets == 1
    assert not chip.is_open
    assert steps[0] == ("writing", 50, 100)
    assert steps[-1] == ("reading back", CONTENTS.size, CONTENTS.size)


def test_flash_that_reads_back_differently_is_found(install: Install) -> None:
    chip = install(lost=4200)
    with pytest.raises(FlashError, match=r"(?s)does not read back.*0x08001000"):
        flash_with_probe(CONTENTS, BOARD)
    assert chip.resets == 0


def test_no_probe_is_named(install: Install) -> None:
    install(probes=0)
    with pytest.raises(FlashError, match=r"(?s)no probe answers.*plug the probe in"):
        flash_with_probe(CONTENTS, BOARD)


@pytest.mark.parametrize(
    ("trouble", "kind", "words"),
    [
        (TargetSupportError("unknown"), MissingToolError, "pyocd pack install stm32f446retx"),
        (ProbeError("busy"), FlashError, "the probe does not work"),
        (Error("locked"), FlashError, "pyocd erase --mass"),
    ],
)
def test_what_pyocd_raises_becomes_a_message(
    trouble: Exception, kind: type[Exception], words: str, install: Install
) -> None:
    install(trouble=trouble)
    with pytest.raises(kind, match=words):
        flash_with_probe(CONTENTS, BOARD)


def test_probes_are_listed(install: Install) -> None:
    install(probes=2)
    assert list_probes() == ["ST ST-Link 066B"] * 2
