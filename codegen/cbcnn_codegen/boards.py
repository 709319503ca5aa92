"""Reads boards, one data file each in `firmware_templates/boards/`; see docs/adding-a-board.md."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from cbcnn_codegen.board_values import (
    Avrdude,
    Board,
    BoardMachine,
    BootBlock,
    Clock,
    Emulation,
    Flashing,
    LinkMemory,
    RegisterStep,
    Timer,
    Uart,
    Uf2Drive,
)
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import TARGETS
from cbcnn_inputs.regular import read_text

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

__all__ = [
    "SHORTEST_PAYLOAD",
    "Avrdude",
    "Board",
    "BoardMachine",
    "BootBlock",
    "Clock",
    "Emulation",
    "Flashing",
    "LinkMemory",
    "RegisterStep",
    "Timer",
    "Uart",
    "Uf2Drive",
    "find_board",
    "known_boards",
    "load_board",
]

_WORDS_OF_STEP: Final = {"set": 2, "write": 2, "field": 3, "wait": 3}
_UART_SOURCES: Final = {
    "stm32_sr": "uart_stm32.c",
    "stm32_isr": "uart_stm32.c",
    "nrf51": "uart_nrf51.c",
    "cmsdk": "uart_cmsdk.c",
    "avr": "uart_avr.c",
    "pl011": "uart_pl011.c",
}
_BOOT_BLOCKS: Final = {"rp2040": BootBlock("boot_rp2040.c", 256)}
_TIMER_DRIVERS: Final = ("stm32", "nrf51")
_WITH_FIRMWARE: Final = tuple(target.name for target in TARGETS if target.firmware is not None)
_EMULATIONS: Final = get_args(Emulation)
_SMALL_RAM_BYTES: Final = 16384
SHORTEST_PAYLOAD: Final = 128
"""Of a packet, on any board: the answer to `info` must fit."""

_SHORT_PAYLOAD, _LONG_PAYLOAD = 256, 1024
"""Of boards that do not say; RAM holds two of them, so small boards take short ones."""
_RINGS: Final = tuple(str(1 << bits) for bits in range(4, 9))
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""A board's name becomes a folder, and a string that must fit into the smallest packet."""


@cache
def known_boards() -> tuple[Board, ...]:
    """All boards, by name."""
    paths = sorted(firmware_path("boards").glob("*.toml"), key=lambda path: path.name)
    return tuple(load_board(path) for path in paths)


def find_board(name: str) -> Board:
    """The board of this name, or of a data file of yours at this path.

    Raises:
        UsageError: there is none; the message lists all boards.
    """
    if name.endswith(".toml"):
        return load_board(Path(name))
    for board in known_boards():
        if board.name == name:
            return board
    raise UsageError(
        "unknown board",
        found=repr(name[:80]),
        allowed=", ".join(board.name for board in known_boards()),
        suggestion="a board of your own is a data file, --board FILE.toml: docs/adding-a-board.md",
    )


def load_board(path: Path) -> Board:
    """Read a data file.

    Raises:
        UsageError: it cannot be read, or a value is missing or not of its kind.
    """
    try:
        data = tomllib.loads(read_text(path))
        return _parse(path.stem, data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else f"{error}"
        raise UsageError(
            f"the board file {path} cannot be used",
            found=reason[:300],
            allowed="a TOML file as docs/adding-a-board.md describes it",
        ) from error


def _parse(name: str, data: Mapping[str, Any]) -> Board:
    if not _NAME.fullmatch(name):
        raise ValueError(f"its name {name!r}: up to 40 letters, digits, - and _ are allowed")
    memory, led = data["memory"], data.get("led", {})
    emulator = data.get("emulator")
    proof = _one_of("proof", data["proof"], ("emulated", "built"))
    if (proof == "emulated") != (emulator is not None):
        raise ValueError("proof is 'emulated' exactly where there is an [emulator]")
    return Board(
        name=name,
        title=_text(data["title"]),
        mcu=_text(data["mcu"]),
        target=_one_of("target", data["target"], _WITH_FIRMWARE),
        proof=proof,
        flash_bytes=_number(memory["flash"]),
        ram_bytes=_number(memory["ram"]),
        flash_origin=_number(memory["flash_origin"]),
        ram_origin=_number(memory["ram_origin"]),
        boot=None if "boot" not in data else _boot(data["boot"]),
        clock=_clock(data["clock"]),
        uart=_uart(data["uart"]),
        link=_link(data.get("link", {}), _number(memory["ram"])),
        timer=None if "timer" not in data else _timer(data["timer"]),
        led_on=_steps(led.get("on", ())),
        led_off=_steps(led.get("off", ())),
        flashing=_flashing(data["flash"]),
        emulator=None if emulator is None else _machine(emulator),
    )


def _boot(data: Mapping[str, Any]) -> BootBlock:
    return _BOOT_BLOCKS[_one_of("boot.block", data["block"], tuple(_BOOT_BLOCKS))]


def _clock(data: Mapping[str, Any]) -> Clock:
    return Clock(_number(data["reset_hz"]), _number(data["hz"]), _steps(data["steps"]))


def _uart(data: Mapping[str, Any]) -> Uart:
    driver = _one_of("uart.driver", data["driver"], tuple(_UART_SOURCES))
    return Uart(
        driver=driver,
        source=_UART_SOURCES[driver],
        base=_number(data["base"]),
        interrupt=_number(data["interrupt"], most=480),
        divider=_number(data["divider"], least=1),
        baud=_number(data["baud"], least=1),
        steps=_steps(data["steps"]),
    )


def _timer(data: Mapping[str, Any]) -> Timer:
    driver = _one_of("timer.driver", data["driver"], _TIMER_DRIVERS)
    divider = _number(data["divider"], least=1)
    return Timer(driver, _number(data["base"]), divider, _steps(data["steps"]))


def _link(data: Mapping[str, Any], ram_bytes: int) -> LinkMemory:
    usual = LinkMemory(_SHORT_PAYLOAD if ram_bytes < _SMALL_RAM_BYTES else _LONG_PAYLOAD)
    payload = data.get("payload", usual.payload_bytes)
    ring = str(data.get("ring", usual.ring_bytes))
    in_arena = data.get("image_in_arena", usual.image_in_arena)
    if not isinstance(in_arena, bool):
        raise ValueError(f"link.image_in_arena {in_arena!r} instead of true or false")
    return LinkMemory(
        payload_bytes=_number(payload, least=SHORTEST_PAYLOAD, most=4096),
        buffers=_number(data.get("buffers", usual.buffers), least=1, most=2),
        ring_bytes=int(_one_of("link.ring", ring, _RINGS)),
        image_in_arena=in_arena,
    )


def _machine(data: Mapping[str, Any]) -> BoardMachine:
    program = _one_of("emulator.program", data.get("program", "qemu"), _EMULATIONS)
    return BoardMachine(program, _text(data["machine"]), _number(data["serial"], most=15))


def _flashing(data: Mapping[str, Any]) -> Flashing:
    methods = tuple(_text(method) for method in data["methods"])
    pyocd, openocd, wlink = (data.get(name) for name in ("pyocd", "openocd", "wlink"))
    avrdude, uf2 = data.get("avrdude"), data.get("uf2")
    return Flashing(
        methods,
        None if pyocd is None else _text(pyocd),
        None if openocd is None else _text(openocd),
        None if avrdude is None else _avrdude(avrdude),
        None if uf2 is None else Uf2Drive(_text(uf2["drive"]), _number(uf2["family"])),
        None if wlink is None else _text(wlink),
    )


def _avrdude(data: Mapping[str, Any]) -> Avrdude:
    baud = _number(data["baud"], least=1)
    return Avrdude(_text(data["part"]), _text(data["programmer"]), baud)


def _steps(rows: Sequence[Sequence[Any]]) -> tuple[RegisterStep, ...]:
    return tuple(_step(row) for row in rows)


def _step(row: Sequence[Any]) -> RegisterStep:
    kind, *words = row
    _one_of("a step", kind, tuple(_WORDS_OF_STEP))
    if len(words) != _WORDS_OF_STEP[kind]:
        raise ValueError(f"step {list(row)}: {kind!r} takes {_WORDS_OF_STEP[kind]} numbers")
    address, *rest = (_number(word) for word in words)
    mask, value = rest if len(rest) == 2 else (0xFFFF_FFFF, rest[0])
    if value & ~mask:
        raise ValueError(f"step {list(row)}: the value has bits that are not in the mask")
    return RegisterStep(kind, address, mask, value)


def _number(value: Any, *, least: int = 0, most: int = 0xFFFF_FFFF) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{value!r} instead of an integer from {least} to {most}")
    return value


def _text(value: Any) -> str:
    """Printable text that is safe in a comment and a string of C, and on a command line."""
    if not isinstance(value, str) or not value.isprintable() or set(value) & set('"\\*?'):
        raise ValueError(f"{value!r} instead of a text")
    return value


def _one_of(what: str, value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"{what} {value!r} instead of {', '.join(allowed)}")
    return value
