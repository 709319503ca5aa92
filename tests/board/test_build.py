"""Firmware projects: what is written, refused and built."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.board.build import build_firmware, write_firmware
from cbcnn_codegen.board.capacity import demand_room
from cbcnn_codegen.board.firmware import FirmwareOptions, emit_firmware, source_path
from cbcnn_codegen.board.golden import make_golden
from cbcnn_codegen.boards import find_board, known_boards, load_board
from cbcnn_codegen.errors import BuildError, DoesNotFitError, OutputError, UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from support.commands import ROOT, SIGNS, assert_clean_error, codegen, run
from support.firmware_builds import code_for, golden_images, program
from support.generated import generate_code
from support.tools import require_tool

MODEL = SIGNS / "model.h5"
BIG = ROOT / "examples" / "models" / "gtsrb" / "model.h5"
BOARD = "netduinoplus2"


@pytest.fixture(autouse=True)
def tools() -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")


def new_project(folder: Path) -> Path:
    """A copy of generated code, to be written into."""
    project = code_for(find_board(BOARD).target)
    for name in (*project.hashes, "report.json"):
        folder.mkdir(exist_ok=True)
        shutil.copy(project.folder / name, folder / name)
    return folder


# --- refusals -------------------------------------------------------------------------------------


def test_a_model_too_large_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = codegen(BIG, "--board", "stm32vldiscovery", "-o", out)
    assert_clean_error(result, 5, "RAM", "8,192", "microbit", "nucleo-f446re")
    assert "bluepill" not in result.stderr  # too little flash
    assert "stm32vldiscovery" not in result.stderr.split("try")[1]
    assert not out.exists()


def test_boards_that_are_offered_take_the_model(tmp_path: Path) -> None:
    project = generate_code(BIG, tmp_path, "cortex-m3", measure=True)
    with pytest.raises(DoesNotFitError) as refusal:
        demand_room(project, find_board("stm32vldiscovery"), 0)
    assert refusal.value.suggestion is not None
    names = refusal.value.suggestion.split(": ")[1].split(", ")
    for name in names:
        demand_room(project, find_board(name), 0)
    assert "nucleo-h743zi" in names


def test_golden_images_count(tmp_path: Path) -> None:
    project = code_for("cortex-m3")
    board = find_board("bluepill")
    demand_room(project, board, 4)
    with pytest.raises(DoesNotFitError, match="flash"):
        demand_room(project, board, 60)


def test_code_for_another_processor_is_refused(tmp_path: Path) -> None:
    project = code_for("cortex-m3")
    with pytest.raises(UsageError, match="another processor"):
        emit_firmware(project, find_board("nucleo-f446re"), FirmwareOptions())


def test_another_model_gives_no_golden_images() -> None:
    with pytest.raises(UsageError, match="not the model"):
        make_golden(code_for("cortex-m3"), BIG)


def test_an_unknown_board_is_answered_with_those_that_are_known(tmp_path: Path) -> None:
    result = codegen(MODEL, "--board", "nucleo", "-o", tmp_path / "out")
    assert_clean_error(result, 2, "nucleo-f446re", "microbit", ".toml")


def test_without_a_target_a_board_is_needed(tmp_path: Path) -> None:
    assert_clean_error(codegen(MODEL, "-o", tmp_path / "out"), 2, "--target", "--board")


def test_edited_files_are_kept(tmp_path: Path) -> None:
    folder = new_project(tmp_path / "code")
    board = find_board(BOARD)
    firmware = build_firmware(folder, board)
    link = firmware.folder / "link.c"
    link.write_text("/* mine */\n" + link.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(OutputError, match="edited"):
        build_firmware(folder, board)
    build_firmware(folder, board, force=True)
    assert not link.read_text(encoding="utf-8").startswith("/* mine */")


def test_files_of_a_program_before_do_not_stay(tmp_path: Path) -> None:
    from cbcnn_codegen.verify.project import read_project

    project = read_project(new_project(tmp_path / "code"))
    board = find_board(BOARD)
    for example in ("camera", "classify", "camera"):
        folder = write_firmware(project, board, FirmwareOptions(main=program(example)))
        assert (folder / "sensor.c").exists() == (example == "camera")


def test_a_program_that_does_not_compile_is_told_where(tmp_path: Path) -> None:
    wrong = tmp_path / "mine.c"
    wrong.write_text("int main(void)\n{\n    return nothing;\n}\n", encoding="utf-8")
    folder = new_project(tmp_path / "code")
    with pytest.raises(BuildError, match=r"mine\.c:3"):
        build_firmware(folder, find_board(BOARD), FirmwareOptions(main=(wrong,)))


def test_a_build_that_fails_leaves_the_firmware_as_it_was(tmp_path: Path) -> None:
    wrong = tmp_path / "mine.c"
    wrong.write_text("int main(void)\n{\n    return nothing;\n}\n", encoding="utf-8")
    folder, board = new_project(tmp_path / "code"), find_board(BOARD)
    firmware = build_firmware(folder, board)
    before = {path.name: path.read_bytes() for path in firmware.folder.iterdir()}
    with pytest.raises(BuildError):
        build_firmware(folder, board, FirmwareOptions(main=(wrong,)))
    assert {path.name: path.read_bytes() for path in firmware.folder.iterdir()} == before


def test_a_program_of_other_sources_does_not_stay(tmp_path: Path) -> None:
    from cbcnn_codegen.verify.project import read_project

    folder, board = new_project(tmp_path / "code"), find_board(BOARD)
    firmware = build_firmware(folder, board)
    write_firmware(read_project(folder), board, FirmwareOptions())
    assert firmware.elf.exists(), "the same sources"
    write_firmware(read_project(folder), board, FirmwareOptions(provokes=True))
    assert not firmware.elf.exists()
    assert not firmware.binary.exists()


def test_a_program_may_not_take_the_name_of_a_firmware_file(tmp_path: Path) -> None:
    own = tmp_path / "link.c"
    own.write_text("int main(void)\n{\n    return 0;\n}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="name of a file"):
        emit_firmware(code_for("cortex-m3"), find_board("bluepill"), FirmwareOptions(main=(own,)))


def test_a_model_may_not_take_the_name_of_a_firmware_file(tmp_path: Path) -> None:
    result = codegen(MODEL, "--board", BOARD, "-o", tmp_path / "out", "--name", "caches")
    assert_clean_error(result, 2, "caches.c, caches.h", "--name")


# --- what is written ------------------------------------------------------------------------------


def test_the_same_model_gives_the_same_firmware(tmp_path: Path) -> None:
    options = FirmwareOptions(golden=golden_images("cortex-m4"))
    board = find_board(BOARD)
    assert emit_firmware(code_for("cortex-m4"), board, options) == emit_firmware(
        code_for("cortex-m4"), board, options
    )
    parts = [build_firmware(new_project(tmp_path / name), board, options) for name in "ab"]
    assert parts[0].binary.read_bytes() == parts[1].binary.read_bytes()


def test_make_and_cmake_build_what_the_command_builds(tmp_path: Path) -> None:
    require_tool("make", "make")
    require_tool("cmake", "cmake")
    result = codegen(MODEL, "--board", BOARD, "-o", tmp_path / "code", "--json")
    folder = Path(json.loads(result.stdout)["firmware"])
    assert folder == tmp_path / "code" / BOARD
    commands = (["make"], ["cmake", "-B", "made"], ["cmake", "--build", "made"])
    for command in commands:
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        assert "warning" not in made.stderr
    by_make = (folder / "firmware.bin").read_bytes()
    assert (folder / "made" / "firmware.bin").read_bytes() == by_make
    arguments = ("--board", BOARD, "--model", MODEL, "--golden-count", "2", "--json")
    built = run("cbcnn-board", "build", tmp_path / "code", *arguments)
    assert built.returncode == 0, built.stderr
    summary = json.loads(built.stdout)
    assert Path(summary["bin"]).read_bytes() == by_make
    assert summary["flash_bytes"] == len(by_make)


def test_small_boards_take_short_packets() -> None:
    payloads = {board.name: board.link.payload_bytes for board in known_boards()}
    assert payloads["stm32vldiscovery"] == 256
    assert payloads["netduinoplus2"] == 1024


# --- boards ---------------------------------------------------------------------------------------


def test_every_board_is_complete_and_says_how_far_it_was_tried() -> None:
    for board in known_boards():
        assert board.flash_bytes >= 16384
        assert board.ram_bytes >= 2048
        assert board.clock.hz >= board.clock.reset_hz
        assert (board.proof == "emulated") == (board.emulator is not None)
        assert source_path(board, board.uart.source).is_file()
        assert board.emulator is not None or board.flashing.methods
        # The baud rate must come out within 2 %, from the clock after a reset too.
        for hz in (board.clock.reset_hz, board.clock.hz // board.uart.divider):
            real = hz / round(hz / board.uart.baud)
            assert abs(real / board.uart.baud - 1) < 0.02, board.name


def test_one_file_defines_each_board() -> None:
    """Targets name machines of QEMU, some of which are boards here too."""
    folders = [ROOT / "codegen", ROOT / "inputs", ROOT / "trainer", ROOT / "firmware_templates"]
    texts = {
        path: path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".py", ".c", ".h", ".toml", ".jinja")
        and not path.relative_to(ROOT).as_posix().startswith("codegen/cbcnn_codegen/targets")
    }
    for board in known_boards():
        named = re.compile(rf"(?<![\w-]){re.escape(board.name)}(?![\w-])")
        files = {
            path for path, text in texts.items() if named.search(text) or path.stem == board.name
        }
        assert files == {firmware_path("boards", f"{board.name}.toml")}, board.name


def test_an_image_is_a_picture() -> None:
    """What is flashed has another name; a key that programs read stays."""
    flash = ROOT / "codegen" / "cbcnn_codegen" / "board" / "flash"
    for path in sorted(flash.glob("*.py")):
        text = path.read_text(encoding="utf-8").replace('"image_bytes"', "")
        assert "image" not in text.lower(), path.name


def test_a_board_of_ones_own_is_a_data_file(tmp_path: Path) -> None:
    text = firmware_path("boards", "nucleo-f446re.toml").read_text(encoding="utf-8")
    own = tmp_path / "my-board.toml"
    own.write_text(text.replace("NUCLEO-F446RE", "My board"), encoding="utf-8")
    result = codegen(MODEL, "--board", own, "-o", tmp_path / "code")
    assert result.returncode == 0, result.stderr
    built = run("cbcnn-board", "build", tmp_path / "code", "--board", own)
    assert built.returncode == 0, built.stderr
    assert "My board" in built.stdout
    assert (tmp_path / "code" / "my-board" / "firmware.elf").is_file()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('driver = "stm32_sr"', 'driver = "dma"', "uart.driver 'dma'"),
        ("interrupt = 38", "interrupt = -1", "-1 instead of"),
        ('["set", 0x40023830, 0x1]', '["set", 0x40023830]', "takes 2 numbers"),
        ('["field", 0x4002000C, 0xF0, 0x50]', '["field", 0x4002000C, 0xF0, 0x150]', "mask"),
        ('["set", 0x40023830, 0x1]', '["poke", 0x40023830, 0x1]', "'poke'"),
        ("reset_hz", "reset_khz", "reset_hz"),
        ('proof = "built"', 'proof = "emulated"', "emulator"),
        ('title = "NUCLEO-F446RE"', 'title = "*/ x"', "text"),
        ("[memory]", "[memory", "my-board.toml"),
    ],
)
def test_a_wrong_board_file_is_told_what_is_wrong(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    text = firmware_path("boards", "nucleo-f446re.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "my-board.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as refusal:
        load_board(path)
    assert message in str(refusal.value)


@pytest.mark.parametrize("name", ["my board", 'my"board', "b" * 41])
def test_the_name_of_a_board_file_is_the_boards(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.toml"
    shutil.copy(firmware_path("boards", "nucleo-f446re.toml"), path)
    with pytest.raises(UsageError, match="letters, digits"):
        load_board(path)
