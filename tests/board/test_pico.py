"""Raspberry Pi Pico: its boot block, its UF2 files, and its firmware in rp2040js."""

from __future__ import annotations

import json
import struct
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from cbcnn_codegen.board import cli
from cbcnn_codegen.board.counts import unit_of
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators import emulator_of, rp2040js
from cbcnn_codegen.board.flash import uf2
from cbcnn_codegen.board.flash.contents import FlashContents
from cbcnn_codegen.board.protocol import Format
from cbcnn_codegen.boards import Uf2Drive, find_board, load_board
from cbcnn_codegen.elf import Segment
from cbcnn_codegen.errors import BoardError, CbcnnError, FlashError, MissingToolError, UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from support.demos import by_first_word, run_demo
from support.tiny_boards import build, prove, running, tiny_model, tiny_samples
from support.tools import require_tool, unavailable

NAME = "pico"
ORIGIN = 0x1000_0000
DRIVE = Uf2Drive("RPI-RP2", 0xE48B_FF56)
HOME = firmware_path("rp2040js")


@pytest.fixture(autouse=True)
def tools() -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")


def require_emulator() -> None:
    require_tool("node", "nodejs")
    if not (HOME / "node_modules" / "rp2040js").is_dir():
        unavailable(f"rp2040js is not installed: npm ci --prefix {HOME}")


# --- firmware -------------------------------------------------------------------------------------


def checksum(data: bytes) -> int:
    """CRC-32 with the highest bit first, of zlib's, which takes the lowest first."""

    def turn(value: int, bits: int) -> int:
        return int(f"{value:0{bits}b}"[::-1], 2)

    return turn(zlib.crc32(bytes(turn(byte, 8) for byte in data)) ^ 0xFFFF_FFFF, 32)


def test_the_boot_block_ends_in_the_checksum_that_the_boot_rom_demands() -> None:
    assert checksum(b"123456789") == 0x0376_E6E7, "the check value of CRC-32/MPEG-2"
    _, firmware = build(NAME, tiny_model())
    content = firmware.binary.read_bytes()
    assert struct.unpack("<I", content[252:256]) == (checksum(content[:252]),)
    stack, reset = struct.unpack("<2I", content[256:264])
    assert 0x2000_0000 < stack < 0x2004_2000
    assert reset & 1, "Thumb"
    assert ORIGIN + 256 < reset < ORIGIN + len(content)


def test_every_layer_of_a_small_network_and_a_restart_that_is_asked_for() -> None:
    require_emulator()
    device = prove(NAME, tiny_model(), tiny_samples(2), 1)
    unit = unit_of(device.info, find_board(NAME), emulated=True)
    assert unit is not None
    assert (unit.name, unit.hz) == ("cycles", 0), "flash that never waits tells of no time"
    assert device.info.clock_hz == 125_000_000
    with running(NAME, tiny_model()) as device:
        first = device.classify(tiny_samples(1).planes[0], Format.PLANE)
        device.reset()
        again = Device(device.link)
        assert (again.info.start_reason, again.info.last_fault) == (1, 0)
        found = again.classify(tiny_samples(1).planes[0], Format.PLANE)
        assert found.scores.tolist() == first.scores.tolist()


def test_mnist_on_a_pico(tmp_path: Path) -> None:
    """What `make demo-pico` does, in this environment, which is set up already."""
    require_emulator()
    settled = ("c-compiler", "pico-tools")
    printed = run_demo("demo-pico", settled, DEMO_PICO=tmp_path, PICO_IMAGES=1)
    lines = by_first_word(printed)
    assert "0/1,536" in lines["bit"]
    assert lines["accuracy"].endswith("board 100.0000%, Python 100.0000%")
    assert "does not keep a real one's time" in lines["latency"]


def test_firmware_with_a_changed_boot_block_does_not_start(tmp_path: Path) -> None:
    require_emulator()
    _, firmware = build(NAME, tiny_model())
    broken = tmp_path / "firmware.elf"
    content = firmware.elf.read_bytes()
    code = firmware.binary.read_bytes()[:16]
    assert content.count(code) == 1
    broken.write_bytes(content.replace(code, code[:15] + bytes([code[15] ^ 1])))
    with (
        emulator_of(find_board(NAME)).start(find_board(NAME), broken) as emulated,
        pytest.raises(BoardError) as refused,
    ):
        emulated.wait_for_client()
    assert refused.value.found == "the checksum of the boot block is wrong"


def test_without_node_or_its_package_the_way_to_get_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, firmware = build(NAME, tiny_model())
    board = find_board(NAME)
    with monkeypatch.context() as changed:
        changed.setattr(rp2040js, "firmware_path", lambda name: tmp_path / name)
        changed.setattr(rp2040js, "find_tool", lambda *_names: "node")
        with pytest.raises(MissingToolError, match="rp2040js is not installed") as refused:
            emulator_of(board).start(board, firmware.elf)
        assert f"npm ci --prefix {tmp_path / 'rp2040js'}" in str(refused.value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="node is not installed"):
        emulator_of(board).start(board, firmware.elf)


def test_the_lock_of_the_emulator_names_a_version_and_no_place() -> None:
    lock = json.loads((HOME / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((HOME / "package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = {name: value for name, value in lock["packages"].items() if name}
    assert {name.removeprefix("node_modules/") for name in packages} == set(wanted)
    for name, value in packages.items():
        assert value["version"] == wanted[name.removeprefix("node_modules/")]
        assert "integrity" in value
        assert "resolved" not in value


# --- UF2 ------------------------------------------------------------------------------------------


def decode(data: bytes) -> dict[int, bytes]:
    """Pages by address, as Microsoft's description of the format has them."""
    count = len(data) // 512
    pages = {}
    for number in range(count):
        block = data[512 * number : 512 * number + 512]
        head = struct.unpack("<8I", block[:32])
        assert head[:3] == (0x0A32_4655, 0x9E5D_5157, 0x2000)
        assert head[4:] == (256, number, count, DRIVE.family)
        assert block[508:] == struct.pack("<I", 0x0AB1_6F30)
        assert not any(block[288:508])
        pages[head[3]] = block[32:288]
    return pages


def test_a_file_has_whole_sectors_and_what_was_linked() -> None:
    far = 0x3001
    segments = (Segment(ORIGIN, b"\x11" * 300), Segment(ORIGIN + far, b"\x22" * 7))
    pages = decode(uf2.encode_uf2(FlashContents(Path("x"), segments), DRIVE.family))
    sectors = (ORIGIN, ORIGIN + 0x3000)
    assert list(pages) == [sector + page for sector in sectors for page in range(0, 4096, 256)]
    content = b"".join(pages.values())
    assert content[:4096] == b"\x11" * 300 + b"\xff" * (4096 - 300)
    assert content[4096:] == b"\xff" + b"\x22" * 7 + b"\xff" * (4096 - 8)


def test_a_build_makes_the_file_that_people_may_drag_to_the_drive() -> None:
    _, firmware = build(NAME, tiny_model())
    assert firmware.uf2 is not None
    pages = decode(firmware.uf2.read_bytes())
    content = b"".join(pages.values())
    linked = firmware.binary.read_bytes()
    assert min(pages) == ORIGIN
    assert content[: len(linked)] == linked
    assert firmware.summary()["uf2"] == str(firmware.uf2)


def drive(folder: Path, name: str = "RPI-RP2") -> Path:
    folder.mkdir(parents=True)
    text = f"UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: {name}\r\n"
    (folder / uf2.INFORMATION).write_text(text, newline="")
    return folder


def take(folder: Path, size: int, taken: list[bytes]) -> None:
    """What a boot ROM does: it restarts, and the drive goes, when the last block is there."""
    path = folder / "firmware.uf2"
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        if path.is_file() and path.stat().st_size == size:
            taken.append(path.read_bytes())
            (folder / uf2.INFORMATION).unlink()
            return
        time.sleep(0.01)


def flash(*arguments: str | Path) -> None:
    command = ["flash", *map(str, arguments)]
    cli.command.main(command, standalone_mode=False)


def test_flash_writes_the_file_and_waits_until_the_drive_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, firmware = build(NAME, tiny_model())
    assert firmware.uf2 is not None
    place = drive(tmp_path / "RPI-RP2")
    taken: list[bytes] = []
    expected = firmware.uf2.read_bytes()
    chip = threading.Thread(target=take, args=(place, len(expected), taken))
    chip.start()
    flash(project.folder, "--board", NAME, "--drive", place, "--json")
    chip.join()
    assert taken == [expected]
    told = json.loads(capsys.readouterr().out)
    assert (told["method"], told["verified"]) == ("uf2", False)


def refuse(act: Callable[[], object], kind: type[CbcnnError], *words: str) -> None:
    with pytest.raises(kind) as refused:
        act()
    for word in words:
        assert word in str(refused.value)


def test_drives_that_are_not_the_chips_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = build(NAME, tiny_model())
    to_pico = (project.folder, "--board", NAME)
    other = drive(tmp_path / "other", "nRF52840-Feather-revD")
    own, second = drive(tmp_path / "own"), drive(tmp_path / "second")
    monkeypatch.setattr(uf2, "_RESTART_SECONDS", 0.1)
    refuse(lambda: flash(*to_pico, "--drive", tmp_path), FlashError, "no drive RPI-RP2", "BOOTSEL")
    refuse(lambda: flash(*to_pico, "--drive", other), FlashError, "no drive", str(other))
    refuse(lambda: uf2.find_drive(DRIVE, [own, other, second]), FlashError, "several", "--drive")
    refuse(lambda: flash(*to_pico, "--drive", own), FlashError, "did not take", "still there")
    (own / uf2.FILE).unlink()
    (own / uf2.FILE).mkdir()
    refuse(lambda: flash(*to_pico, "--drive", own), FlashError, "cannot be written")
    method = ("--method", "pyocd", "--drive", own)
    refuse(lambda: flash(*to_pico, *method), UsageError, "--drive", "uf2")


def test_without_a_drive_the_button_is_told() -> None:
    project, _ = build(NAME, tiny_model())
    refuse(lambda: flash(project.folder, "--board", NAME), MissingToolError, "BOOTSEL")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('block = "rp2040"', 'block = "rp2350"', "boot.block 'rp2350'"),
        (", family = 0xE48BFF56", "", "no 'family'"),
        ("family = 0xE48BFF56", "family = -1", "-1 instead of"),
    ],
)
def test_a_wrong_boot_block_or_drive_is_told(
    old: str, new: str, words: str, tmp_path: Path
) -> None:
    text = firmware_path("boards", f"{NAME}.toml").read_text(encoding="utf-8")
    assert old in text
    own = tmp_path / "own.toml"
    own.write_text(text.replace(old, new), encoding="utf-8")
    refuse(lambda: load_board(own), UsageError, words)


def test_a_board_without_the_name_of_its_drive_says_what_is_missing(tmp_path: Path) -> None:
    text = firmware_path("boards", f"{NAME}.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    lines = [line for line in text.splitlines() if not line.startswith("uf2 =")]
    own.write_text("\n".join(lines), encoding="utf-8")
    refuse(lambda: uf2.drive_of(load_board(own)), UsageError, "uf2 = { drive")
