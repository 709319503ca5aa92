"""The client of the STM32 serial bootloader against a peer that behaves as AN3155 says."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import serial

from cbcnn_codegen.board.flash import bootloader
from cbcnn_codegen.board.flash.bootloader import Bootloader
from cbcnn_codegen.board.flash.chips import find_chip, find_product
from cbcnn_codegen.board.flash.contents import FlashContents
from cbcnn_codegen.board.flash.over_serial import flash_over_serial
from cbcnn_codegen.board.port import open_bootloader_port, open_port
from cbcnn_codegen.boards import known_boards
from cbcnn_codegen.elf import Segment
from cbcnn_codegen.errors import FlashError
from support.bootloader_peer import (
    ACK,
    F103_PAGES,
    L476_PAGES,
    ORIGIN,
    Chip,
    Peer,
    peer_on_pty,
    peer_on_socket,
)
from support.network_port import serve_rfc2217
from support.other_systems import pretend_windows
from support.tools import require_tool


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer is quick; without this a lost byte of an erase command would cost a minute."""
    monkeypatch.setattr(bootloader, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(bootloader, "WRITE_SECONDS", 0.2)
    monkeypatch.setattr(bootloader, "ERASE_SECONDS", 1.0)


def noise(size: int) -> bytes:
    return np.random.default_rng(size).bytes(size)


def make_contents(size: int = 2003, address: int = ORIGIN) -> FlashContents:
    return FlashContents(Path("firmware.elf"), (Segment(address, noise(size)),))


def flash(chip: Chip, contents: FlashContents, **options: object) -> list[tuple[str, int, int]]:
    """Flash through a socket; what was reported on the way."""
    steps: list[tuple[str, int, int]] = []
    with peer_on_socket(chip) as url, open_port(url) as line:
        options.setdefault("progress", lambda *step: steps.append(step))
        flash_over_serial(Bootloader(line), contents, **options)  # type: ignore[arg-type]
    return steps


def assert_holds(chip: Chip, contents: FlashContents) -> None:
    for segment in contents.segments:
        assert chip.content(segment.address, len(segment.data)) == segment.data


def test_contents_are_written_read_back_and_started() -> None:
    chip, contents = Chip(), make_contents()
    steps = flash(chip, contents, product=0x413)
    assert_holds(chip, contents)
    assert chip.started_at == ORIGIN
    assert steps[-1] == ("reading back", 8, 8)


def test_only_the_sectors_that_are_needed_are_erased() -> None:
    chip = Chip()
    kept = chip.flash[48 << 10]
    flash(chip, make_contents(40_000))
    assert chip.erased == [0, 1, 2]
    assert chip.flash[48 << 10] == kept


def test_an_old_chip_is_erased_by_the_old_command() -> None:
    chip, contents = Chip(0x410, F103_PAGES, extended=False), make_contents(50_000)
    flash(chip, contents)
    assert_holds(chip, contents)
    assert chip.erased == list(range(49))


def test_a_chip_that_is_not_listed_is_erased_as_a_whole() -> None:
    chip, contents = Chip(0x999), make_contents()
    flash(chip, contents)
    assert_holds(chip, contents)
    assert len(chip.erased) == len(chip.pages)


def test_an_old_chip_that_is_not_listed_is_erased_as_a_whole() -> None:
    chip, contents = Chip(0x998, F103_PAGES, extended=False), make_contents()
    flash(chip, contents)
    assert_holds(chip, contents)
    assert len(chip.erased) == len(chip.pages)


def test_flash_with_error_correction_is_never_programmed_twice() -> None:
    segments = (Segment(ORIGIN, noise(391)), Segment(ORIGIN + 391, noise(8)))
    chip, contents = Chip(0x415, L476_PAGES, line_bytes=8), FlashContents(Path("x"), segments)
    flash(chip, contents)
    assert_holds(chip, contents)


def test_a_chip_that_was_synchronised_before_is_flashed_again() -> None:
    chip, contents = Chip(), make_contents()
    with peer_on_socket(chip) as url, open_port(url) as line:
        Bootloader(line).synchronise()
        flash_over_serial(Bootloader(line), contents)
    assert_holds(chip, contents)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("lost", [1, 2, 5, 17, 60, 400, 1500, 2200])
def test_a_byte_that_is_lost_on_the_way_is_made_good(lost: int) -> None:
    chip, contents = Chip(line_bytes=8), make_contents()
    chip.lose = lambda n: n == lost
    flash(chip, contents)
    assert_holds(chip, contents)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("late_seconds", [0.06, 0.1])
def test_an_answer_that_comes_behind_the_next_byte_is_made_good(late_seconds: float) -> None:
    """The chip holds that byte for the first half of a command, or two for a command."""
    chip, contents = Chip(line_bytes=8, late_seconds=late_seconds), make_contents()
    chip.lose = lambda n: n == 1500
    flash(chip, contents)
    assert_holds(chip, contents)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("garbled", [1, 3, 20, 23, 30, 300, 2000, 2600, 4000, 5000])
def test_a_garbled_answer_is_made_good(garbled: int) -> None:
    chip, contents = Chip(line_bytes=8), make_contents()
    chip.garble = lambda n: n == garbled
    flash(chip, contents)
    assert_holds(chip, contents)


def expect_error(chip: Chip, contents: FlashContents, *words: str, **options: object) -> None:
    with pytest.raises(FlashError) as caught:
        flash(chip, contents, **options)
    for word in words:
        assert word in str(caught.value), caught.value
    assert chip.started_at is None


def test_readout_protection_is_named_and_nothing_is_erased() -> None:
    chip = Chip(readout_protected=True)
    before = bytes(chip.flash)
    expect_error(chip, make_contents(), "protected against reading", "--unprotect")
    assert chip.flash == before


@pytest.mark.parametrize("stays", [True, False])
def test_readout_protection_is_removed_on_request(stays: bool) -> None:
    chip, contents = Chip(readout_protected=True, stays_in_bootloader=stays), make_contents()
    flash(chip, contents, unprotect=True)
    assert_holds(chip, contents)


def test_write_protection_is_named() -> None:
    expect_error(
        Chip(protected_pages={0}), make_contents(), "protected against writing", "--unprotect"
    )


def test_write_protection_of_a_later_sector_is_named() -> None:
    expect_error(Chip(protected_pages={1}), make_contents(20_000), "protected against writing")


@pytest.mark.parametrize("page", [0, 1])
def test_write_protection_of_an_empty_sector_is_named(page: int) -> None:
    """Nothing is there to be erased: that the sector stays empty tells it."""
    chip = Chip(protected_pages={page}, fill=0xFF)
    start = f"{ORIGIN + (page << 14):#010x} is still empty"
    expect_error(chip, make_contents(20_000), "protected against writing", start, "--unprotect")


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"stays_in_bootloader": False},
        {"fill": 0xFF},
        {"readout_protected": True, "stays_in_bootloader": False},  # emptied, then still protected
    ],
    ids=str,
)
def test_write_protection_is_removed_on_request(state: dict[str, Any]) -> None:
    chip, contents = Chip(protected_pages={0, 1}, **state), make_contents(20_000)
    flash(chip, contents, unprotect=True)
    assert_holds(chip, contents)


@pytest.mark.parametrize("fill", [0x5A, 0xFF])
def test_flash_that_no_request_makes_writable_is_reported(
    fill: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Peer, "_write_unprotect", lambda peer: peer._send(ACK))
    chip = Chip(protected_pages={1}, fill=fill)
    expect_error(chip, make_contents(20_000), "protected against writing", unprotect=True)


def test_another_chip_is_left_alone() -> None:
    chip = Chip()
    before = bytes(chip.flash)
    expect_error(chip, make_contents(), "another chip", "STM32F405", "STM32F446", product=0x421)
    assert chip.flash == before


def test_a_worn_out_cell_is_found() -> None:
    chip = Chip(stuck=frozenset({ORIGIN + 777}))
    expect_error(chip, make_contents(), "does not read back", "0x08000309")


def test_a_chip_that_runs_its_program_does_not_answer() -> None:
    chip = Chip(started_at=ORIGIN)
    with pytest.raises(FlashError, match="BOOT0"):
        flash(chip, make_contents())


@pytest.mark.usefixtures("quick")
def test_a_chip_that_falls_silent_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootloader, "_FILLER_SECONDS", 0.002)
    chip = Chip()
    chip.lose = lambda n: n > 900
    expect_error(chip, make_contents(), "stopped answering", "BOOT0")


def test_even_parity_is_asked_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from cbcnn_codegen.board import port

    asked: dict[str, object] = {}

    def fake(url: str, **settings: object) -> None:
        asked.update(settings)
        raise serial.SerialException("no such line")

    monkeypatch.setattr(serial, "serial_for_url", fake)
    with pytest.raises(Exception, match="no such line"):
        port.open_bootloader_port("/dev/ttyACM0", 57600)
    assert asked["parity"] == serial.PARITY_EVEN
    assert asked["baudrate"] == 57600


def run_stm32flash(*arguments: str | Path) -> str:
    require_tool("stm32flash", "stm32flash")
    command = ["stm32flash", "-m", "8n1", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


Make = Callable[[], Chip]


@pytest.mark.parametrize(
    "make",
    [Chip, lambda: Chip(0x410, F103_PAGES, extended=False)],
    ids=["extended erase", "erase"],
)
def test_stm32flash_agrees_with_the_peer_and_with_our_client(make: Make, tmp_path: Path) -> None:
    contents = make_contents(6000)
    binary = tmp_path / "firmware.bin"
    binary.write_bytes(contents.segments[0].data)
    theirs, ours = make(), make()
    with peer_on_pty(theirs) as path:
        run_stm32flash("-w", binary, "-v", "-g", f"{ORIGIN:#x}", path)
    flash(ours, contents)
    assert_holds(theirs, contents)
    assert theirs.content(ORIGIN, 6144) == ours.content(ORIGIN, 6144)
    assert theirs.started_at == ours.started_at == ORIGIN


def test_stm32flash_reads_what_our_client_wrote(tmp_path: Path) -> None:
    chip, contents = Chip(), make_contents(4096)
    flash(chip, contents)
    chip.started_at = None
    with peer_on_pty(chip) as path:
        run_stm32flash("-r", tmp_path / "back.bin", "-S", f"{ORIGIN:#x}:4096", path)
    assert (tmp_path / "back.bin").read_bytes() == contents.segments[0].data


# pyserial's own client of RFC 2217.
@pytest.mark.filterwarnings("ignore:set:DeprecationWarning")
def test_a_port_on_the_network_is_set_to_even_parity_and_flashed() -> None:
    chip, contents = Chip(), make_contents(600)
    with serve_rfc2217(lambda line: Peer(chip, line.fileno()).start()) as (url, port):
        with contextlib.closing(open_bootloader_port(url, 57600)) as line:
            flash_over_serial(Bootloader(line), contents)
        assert (port.parity, port.baudrate) == (serial.PARITY_EVEN, 57600)
    assert_holds(chip, contents)


@pytest.mark.filterwarnings("ignore:set:DeprecationWarning")
def test_a_chip_is_flashed_over_serial_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where termios cannot tell which parity a line took."""
    pretend_windows(monkeypatch)
    chip, contents = Chip(), make_contents(600)
    with (
        serve_rfc2217(lambda line: Peer(chip, line.fileno()).start()) as (url, _),
        contextlib.closing(open_bootloader_port(url)) as line,
    ):
        flash_over_serial(Bootloader(line), contents)
    assert_holds(chip, contents)


def test_every_board_with_a_bootloader_has_a_chip_that_is_known() -> None:
    boards = [b for b in known_boards() if "bootloader" in b.flashing.methods]
    assert len(boards) >= 10
    for board in boards:
        product = find_product(board.mcu)
        assert product is not None, board.mcu
        pages = find_chip(product).pages
        # A chip with pages that depend on its option bytes is erased as a whole.
        assert sum(pages) >= board.flash_bytes or not pages
        assert board.flash_origin == ORIGIN


def test_pages_are_those_that_hold_a_byte() -> None:
    chip = find_chip(0x413)
    assert chip.find_pages([(ORIGIN, ORIGIN + 1)]) == [0]
    assert chip.find_pages([(ORIGIN + (64 << 10) - 1, ORIGIN + (64 << 10) + 1)]) == [3, 4]
    assert chip.find_pages([(ORIGIN + (1 << 20), ORIGIN + (1 << 20) + 1)]) is None
    assert find_chip(0x7FF).find_pages([(ORIGIN, ORIGIN + 1)]) is None
