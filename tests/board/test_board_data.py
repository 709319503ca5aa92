"""The numbers in the board files, against what the reference manuals make of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.board.firmware import source_path
from cbcnn_codegen.board.firmware_views import view_board
from cbcnn_codegen.boards import Board, find_board
from cbcnn_codegen.emit.render import render
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.verify.build import WARNINGS, run_compiler
from support.stm32_registers import F1, F4, G0, L4, Chip, Family
from support.tools import require_tool

FAMILIES: dict[str, Family] = {
    "bluepill": F1,
    "nucleo-f103rb": F1,
    "stm32vldiscovery": F1,
    "netduino2": F4,
    "netduinoplus2": F4,
    "nucleo-f446re": F4,
    "nucleo-f767zi": F4,
    "stm32f4discovery": F4,
    "nucleo-l476rg": L4,
    "nucleo-g071rb": G0,
}
MOST_MHZ = {
    "STM32F100RB": 24, "STM32F103C8": 72, "STM32F103RB": 72, "STM32F205RF": 120,
    "STM32F405RG": 168, "STM32F407VG": 168, "STM32F446RE": 180, "STM32F767ZI": 216,
    "STM32L476RG": 80, "STM32G071RB": 64,
}  # fmt: skip
MOST_APB1_MHZ = {"STM32F103C8": 36, "STM32F103RB": 36, "STM32F205RF": 30, "STM32F405RG": 42,
                 "STM32F407VG": 42, "STM32F446RE": 45, "STM32F767ZI": 54}  # fmt: skip
APB2_UARTS = (0x40011000, 0x40011400, 0x40013800)
AF = {F4: 7, L4: 7, G0: 1}


def running(name: str) -> tuple[Board, Chip]:
    """The chip after its clock was set up."""
    board = find_board(name)
    chip = Chip(FAMILIES[name])
    assert chip.run(board.clock.steps), "a wait has no end"
    return board, chip


@pytest.mark.parametrize("name", FAMILIES)
def test_the_clock_is_what_the_file_says_and_what_the_chip_can(name: str) -> None:
    board, chip = running(name)
    assert chip.core_hz() == board.clock.hz
    assert board.clock.hz <= MOST_MHZ[board.mcu] * 1_000_000
    if board.mcu != "STM32F100RB":  # has no wait states
        needed = -(-board.clock.hz // (chip.family.mhz_per_wait * 1_000_000)) - 1
        assert chip.wait_states() == needed


@pytest.mark.parametrize("name", FAMILIES)
def test_the_buses_are_divided_as_the_uart_and_the_timer_count_on(name: str) -> None:
    board, chip = running(name)
    one, two = chip.bus_dividers()
    assert board.clock.hz // one <= MOST_APB1_MHZ.get(board.mcu, 80) * 1_000_000
    assert board.uart.divider == (two if board.uart.base in APB2_UARTS else one)
    if board.timer is not None:
        assert board.timer.divider == max(one // 2, 1)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_clock_that_a_bootloader_left_on_is_set_up_all_the_same(name: str) -> None:
    board = find_board(name)
    chip = Chip(FAMILIES[name])
    chip.start_pll()
    assert chip.run(board.clock.steps)
    assert chip.core_hz() == board.clock.hz


@pytest.mark.parametrize("name", FAMILIES)
def test_an_oscillator_that_does_not_come_up_leaves_the_clock_of_the_reset(name: str) -> None:
    board = find_board(name)
    chip = Chip(FAMILIES[name])
    steps = [step for step in board.clock.steps if step.value & 1 << 24 == 0]  # no PLLON
    assert not chip.run(steps)
    cfgr = chip.read(chip.family.rcc + chip.family.cfgr)
    assert cfgr & chip.family.switch_mask == 0
    assert chip.bus_dividers() == (1, 1)


@pytest.mark.parametrize("name", [name for name in FAMILIES if FAMILIES[name] is not F1])
def test_two_pins_become_those_of_the_uart(name: str) -> None:
    board = find_board(name)
    chip = Chip(FAMILIES[name])
    assert chip.run(board.uart.steps)
    ports = {step.address & ~0x3FF for step in board.uart.steps} - {chip.family.rcc}
    modes = {(port, pin): chip.read(port) >> (2 * pin) & 3 for port in ports for pin in range(16)}
    pins = sorted(key for key, mode in modes.items() if mode == 2)
    assert len(pins) == 2
    for port, pin in pins:
        select = chip.read(port + (0x20 if pin < 8 else 0x24)) >> (4 * (pin % 8)) & 15
        assert select == AF[chip.family]
    port, receive = pins[1]  # on all of them the pin above the one that sends
    assert chip.read(port + 0xC) >> (2 * receive) & 3 == 1, "the receiving pin is not pulled up"


def test_the_debugger_stays_in_on_a_g0() -> None:
    _, chip = running("nucleo-g071rb")
    assert chip.read(G0.flash_acr) & 1 << 18


@pytest.mark.parametrize(
    ("name", "enable"), [("nucleo-g071rb", 1 << 0), ("netduinoplus2", 1 << 13)]
)
def test_the_uart_of_each_generation_does_what_its_driver_wants(
    name: str, enable: int, tmp_path: Path
) -> None:
    require_tool("gcc", "gcc")
    board = find_board(name)
    view = view_board(board, 0)
    text = render("firmware/board.h.jinja", board=view)
    (tmp_path / "board.h").write_text(text, encoding="utf-8")
    sources = [
        Path(__file__).parent / "stm32_uart.c",
        source_path(board, board.uart.source),
    ]
    program = tmp_path / "stm32_uart"
    flags = ["-std=gnu99", *WARNINGS, "-I", str(tmp_path), "-I", str(firmware_path("firmware"))]
    flags += ["-I", str(firmware_path("firmware", "cortex_m"))]
    run_compiler("stm32_uart", ["gcc", *flags, *map(str, sources), "-o", str(program)])
    result = subprocess.run([program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    receives, sends, interrupts = 1 << 2, 1 << 3, 1 << 5
    assert int(result.stdout, 16) == enable | receives | sends | interrupts
