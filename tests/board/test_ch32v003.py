"""A CH32V003, run in Unicorn with its 16 KB and 2 KB, over its serial line."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path

import pytest

from cbcnn_codegen.board import cli
from cbcnn_codegen.board.build import build_firmware
from cbcnn_codegen.board.capacity import estimate_need
from cbcnn_codegen.board.counts import unit_of
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators import emulator_of
from cbcnn_codegen.board.emulators.unicorn_chip import UnicornChip
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.board.frames import Packet
from cbcnn_codegen.board.link import Link
from cbcnn_codegen.board.port import open_port
from cbcnn_codegen.board.protocol import (
    Command,
    FaultError,
    Format,
    Status,
    describe_fault_kind,
)
from cbcnn_codegen.boards import Board, find_board, load_board
from cbcnn_codegen.cli import command as codegen
from cbcnn_codegen.elf import open_elf
from cbcnn_codegen.errors import (
    CbcnnError,
    DoesNotFitError,
    FlashError,
    MissingToolError,
    UsageError,
)
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.options import Optimize
from support.commands import (
    ROOT,
    fake_program,
)
from support.demos import by_first_word, run_demo
from support.emulated_boards import QUICK
from support.generated import generate_code
from support.riscv_listing import RVE, absent_registers
from support.tiny_boards import build, prove, running, tiny_model, tiny_samples
from support.tools import require_module, require_tool

NAME = "ch32v003"
MODELS = ROOT / "examples" / "models"
SMALLEST = MODELS / "mnist-smallest" / "model.h5"
RECEIVING_PIN = '["write", 0x40011410, 0x40]'


@pytest.fixture(autouse=True)
def tools() -> None:
    require_tool("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf")


@pytest.fixture
def unicorn() -> None:
    require_module("unicorn", "profile")


@pytest.mark.usefixtures("unicorn")
def test_every_layer_of_a_small_network_and_a_restart_that_is_asked_for() -> None:
    device = prove(NAME, tiny_model(), tiny_samples(2), 1)
    assert device.info.spends_image
    unit = unit_of(device.info, find_board(NAME), emulated=True)
    assert unit is not None
    assert (unit.name, unit.factor, unit.hz) == ("instructions", 1, 0)
    real = unit_of(device.info, find_board(NAME), emulated=False)
    assert real is not None
    assert (real.name, real.factor, real.hz) == ("cycles", 1, 24_000_000)
    with running(NAME, tiny_model()) as device:
        first = device.classify(tiny_samples(1).planes[0], Format.PLANE)
        rows = device.bench(3)
        assert len({tuple(row) for row in rows}) == 1, "the same count each time"
        assert sum(rows[0][1:]) < rows[0][0] < 1.01 * sum(rows[0][1:])
        device.reset()
        again = Device(device.link)
        assert (again.info.start_reason, again.info.last_fault) == (1, 0)
        found = again.classify(tiny_samples(1).planes[0], Format.PLANE)
        assert found.scores.tolist() == first.scores.tolist()


@pytest.mark.usefixtures("unicorn")
def test_requests_that_come_while_the_network_runs_wait_and_lose_nothing() -> None:
    """More bytes than the ring holds, so that its interrupt is held back."""
    with running(NAME, tiny_model()) as device:
        device.classify(tiny_samples(1).planes[0], Format.PLANE)
        device._restore_image()
        requests = [
            Packet(Command.STACK, 1, b"\1"),
            *(Packet(Command.INFO, i) for i in range(2, 7)),
        ]
        device.link._write(b"".join(request.encode() for request in requests))
        answers = [device.link._next(time.monotonic() + 20) for _ in requests]
    found = [answer and (answer.request_id, answer.status) for answer in answers]
    assert found == [(index, Status.OK) for index in range(1, 7)]


@pytest.mark.usefixtures("unicorn")
def test_mnist_on_a_ch32v003(tmp_path: Path) -> None:
    """What `make demo-ch32v003` does, in this environment, which is set up already."""
    settled = ("unicorn", "ch32v003-tools")
    printed = run_demo("demo-ch32v003", settled, DEMO_CH32V003=tmp_path, CH32V003_IMAGES=1)
    lines = by_first_word(printed)
    assert "0/1,536" in lines["bit"]
    assert "1 of 1 golden images pass" in lines["self-test"]
    assert lines["accuracy"].endswith("board 100.0000%, Python 100.0000%")
    assert absent_registers(tmp_path / NAME / "firmware.elf", least=1500) == set()


def test_no_register_is_named_that_the_chip_lacks() -> None:
    """In firmware, with what the compiler's library adds."""
    _, firmware = build(NAME, tiny_model())
    assert absent_registers(firmware.elf, least=1500) == set()
    with open_elf(firmware.elf) as elf:
        assert elf.header["e_flags"] & RVE


def test_the_chip_begins_with_a_jump_and_the_table_of_its_interrupts() -> None:
    _, firmware = build(NAME, tiny_model())
    content = firmware.binary.read_bytes()
    assert content[0] & 0x7F == 0x6F, "JAL, in four bytes"
    words = [int.from_bytes(content[at : at + 4], "little") for at in range(4, 132, 4)]
    used = {number: word for number, word in enumerate(words, 1) if word}
    assert set(used) == {2, 3, 32}
    assert used[2] == used[3] != used[32]
    with open_elf(firmware.elf) as elf:
        symbols = elf.get_section_by_name(".symtab")
        assert symbols.get_symbol_by_name("vectors_uart")[0]["st_value"] == used[32]
    mtvec = 0x305
    writes = [
        word
        for at in range(0, len(content) - 3, 2)
        if (word := int.from_bytes(content[at : at + 4], "little")) >> 20 == mtvec
        and word & 0x707F == 0x1073
    ]
    assert len(writes) == 1, "CSRRW: an emulator that has the table at 0 would not miss it"


BREAKS_OFF = """#include "link.h"
#include "machine.h"
#include "stack.h"

static uint32_t start __attribute__((section(".noinit")));

uint32_t deeper(uint32_t depth);
uint32_t deeper(uint32_t depth)
{
    volatile uint32_t frame[16];

    frame[depth % 16U] = depth;
    return depth == 0 ? 0 : deeper(depth + 1U) + frame[depth % 16U];
}

int main(void)
{
    machine_start();
    start = machine_start_reason() == 0 ? 0 : start + 1U;
    link_start();
    while (!link_poll()) {
        machine_idle();
    }
    switch (start) {
    case 0:
        __asm__ volatile(".4byte 0");
        break;
    case 1:
        *(volatile uint32_t *)0x60000000U = 1;
        break;
    case 2:
        *(volatile uint32_t *)0x2000U = 1;
        break;
    case 3:
        (void)deeper(1);
        break;
    case 4:
        stack_break_guard();
        break;
    default:
        break;
    }
    for (;;) {
        (void)link_poll();
    }
}
"""
"""Behind the first answer of each start it does something else that it must not."""


@pytest.mark.usefixtures("unicorn")
def test_a_program_that_breaks_off_starts_again_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder whose files have the names of modules, of which none is run."""
    for name in ("cbcnn_codegen", "socket", "unicorn"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own.c"
    own.write_text(BREAKS_OFF, encoding="utf-8")
    code = tmp_path / "code"
    generate_code(tiny_model(), code, "rv32ec", optimize="ram", measure=True, name="net")
    board = find_board(NAME)
    firmware = build_firmware(code, board, FirmwareOptions(main=(own,)))
    faults = []
    with (
        emulator_of(board).start(board, firmware.elf) as emulated,
        contextlib.closing(Link(open_port(emulated.url), emulated.url, QUICK)) as link,
    ):
        emulated.wait_for_client()
        emulated.run()
        link.wait_for_hello()
        for start in range(5):
            info = Device(link).info
            faults.append((info.start_reason, info.last_fault))
            with contextlib.suppress(FaultError):
                if start == 4:
                    link.request(Command.INFO, b"")  # the guard is looked at behind a request
                link.wait_for_hello()
        info = Device(link).info
        faults.append((info.start_reason, info.last_fault))
    assert faults == [(0, 0), *[(2, 3)] * 4, (2, 0x80)]
    assert describe_fault_kind(3) == "hard fault"


# --- the emulated chip ----------------------------------------------------------------------------


def set_up(board: Board) -> UnicornChip:
    """A chip whose registers are as the steps of a board and the driver leave them."""
    chip = UnicornChip(build(NAME, tiny_model())[1].elf, lambda _byte: None, lambda: None)
    for step in (*board.clock.steps, *board.uart.steps):
        base = step.address & 0xFFFF_0000
        value = step.value
        if step.kind in ("set", "field"):
            kept = step.mask if step.kind == "field" else 0
            value |= chip._read(None, step.address - base, 4, base) & ~kept
        chip._write(None, step.address - base, 4, value, base)
    chip._write(None, 0x3808, 4, round(board.clock.hz / board.uart.baud), 0x4001_0000)
    return chip


@pytest.mark.usefixtures("unicorn")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("baud = 115200", "baud = 115200", None),
        ("0x4020", "0x4000", "no clock"),
        (RECEIVING_PIN, '["write", 0x40011410, 0x20]', "not USART1's"),
        ("0x8B00000", "0x8A00000", None),
        ("0x8B00000", "0x8300000", "not USART1's"),
        ("0xF3, 0x0", "0xF3, 0x10", "57,692 baud"),
    ],
)
def test_a_line_that_is_set_up_wrong_is_noticed(
    old: str, new: str, words: str | None, tmp_path: Path
) -> None:
    text = firmware_path("boards", f"{NAME}.toml").read_text(encoding="utf-8")
    assert old in text
    own = tmp_path / "own.toml"
    own.write_text(text.replace(old, new), encoding="utf-8")
    board = load_board(own)
    fault = set_up(board).line_fault(board.uart.baud)
    assert fault is None if words is None else words in str(fault)


def test_without_unicorn_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _, firmware = build(NAME, tiny_model())
    monkeypatch.setitem(sys.modules, "unicorn", None)
    with pytest.raises(MissingToolError, match="unicorn is not installed"):
        emulator_of(find_board(NAME)).start(find_board(NAME), firmware.elf)


# --- sizes and flashing ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["ram", "balanced"])
def test_the_linker_never_needs_more_than_was_estimated(mode: Optimize, tmp_path: Path) -> None:
    board = find_board(NAME)
    project = generate_code(
        tiny_model(), tmp_path, board.target, optimize=mode, measure=True, name="net"
    )
    need = estimate_need(project, board, 0)
    firmware = build_firmware(tmp_path, board)
    assert firmware.flash_bytes <= need.flash_bytes < firmware.flash_bytes + 1_000
    assert firmware.ram_bytes <= need.ram_bytes < firmware.ram_bytes + 100


def test_firmware_has_as_many_drawn_golden_images_as_there_is_room_for(tmp_path: Path) -> None:
    """One of an MNIST network, whose images take 784 bytes each; both of a small one."""
    for name, model, count in (("mnist", SMALLEST, 1), ("tiny", tiny_model(), 2)):
        command = [model, "--board", NAME, "--optimize", "ram", "-o", tmp_path / name]
        codegen.main([*map(str, command), "--name", "net"], standalone_mode=False)
        text = (tmp_path / name / NAME / "golden.c").read_text(encoding="utf-8")
        assert f"golden_count = {count};" in text


def test_a_network_that_leaves_no_room_for_the_firmware_is_refused(tmp_path: Path) -> None:
    model = MODELS / "mnist-small" / "model.h5"
    generate_code(model, tmp_path, "rv32ec", optimize="ram", measure=True, name="net")
    with pytest.raises(DoesNotFitError, match="flash"):
        build_firmware(tmp_path, find_board(NAME))


def test_wlink_writes_a_chip_and_what_it_reads_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project, firmware = build(NAME, tiny_model())
    size = firmware.binary.stat().st_size
    script = f"""echo "$@" >> {tmp_path}/arguments
if [ "$3" = dump ]; then
    {{ head -c {size} {firmware.binary}; printf '\\377\\377'; }} > "$7"
    echo "12:00:00 [INFO] {size} bytes written to file $7"
else
    echo "12:00:00 [INFO] Flash done"
fi
"""
    flash = ["flash", str(project.folder), "--board", NAME]

    def use(script: str, name: str) -> None:
        monkeypatch.setenv("PATH", fake_program(tmp_path / name, "wlink", script)["PATH"])

    def refuse(kind: type[CbcnnError], *words: str) -> None:
        with pytest.raises(kind) as refused:
            cli.command.main(flash, standalone_mode=False)
        for word in words:
            assert word in str(refused.value)

    refuse(MissingToolError, "wlink", "cargo install wlink")
    use(script, "good")
    cli.command.main([*flash, "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert (told["method"], told["verified"]) == ("wlink", True)
    first, second = (tmp_path / "arguments").read_text(encoding="utf-8").splitlines()
    assert first == f"--chip CH32V003 flash {firmware.binary}"
    assert second.startswith(f"--chip CH32V003 dump 0x08000000 {size} -o ")
    use(script.replace(f"head -c {size}", "head -c 9"), "other")
    refuse(FlashError, "does not read back")
    use("echo 'Error: WCH-Link not found, please check your connection'; exit 1", "bad")
    refuse(FlashError, "no probe answers")
    flash += ["--method", "gdb"]
    refuse(UsageError, "cannot be flashed by gdb")
