"""A target is one Python file; nothing else knows it by its name."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from cbcnn_codegen import targets
from cbcnn_codegen.boards import known_boards, load_board
from cbcnn_codegen.emit import emit_sources
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.options import Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.read import read_model
from cbcnn_codegen.targets import TARGETS, TableSpace, Target, find_target
from cbcnn_codegen.targets.__main__ import make_variables
from support.commands import ROOT, SIGNS
from support.tools import require_tool

ROOMS = Path(targets.__file__).parent
ORIGIN = Origin("0" * 64, (), None, None)


def room(target: Target) -> Path:
    return ROOMS / f"{target.name.replace('-', '_')}.py"


def files_of_the_tool() -> list[Path]:
    """Everything that is installed, and what builds and lints it; data of boards apart."""
    packages = ("codegen", "inputs", "trainer", "firmware_templates")
    found = [path for name in packages for path in sorted((ROOT / name).rglob("*"))]
    return [
        path
        for path in found
        if path.suffix in (".py", ".c", ".h", ".jinja", ".ld") or path.name == "Makefile"
    ]


TEXTS = {path: path.read_text(encoding="utf-8") for path in files_of_the_tool()}


def test_every_target_has_a_file_of_its_name() -> None:
    names = [target.name for target in TARGETS]
    with_target = {
        path for path in ROOMS.glob("*.py") if re.search(r"^TARGET\b", TEXTS[path], re.M)
    }
    assert {room(target) for target in TARGETS} == with_target
    assert len(set(names)) == len(names) >= 9


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_one_file_defines_a_target_and_no_other_names_it(target: Target) -> None:
    name = re.escape(target.name)
    if target.name == target.isas[-1]:
        return  # the kernels that it is made of have its name
    is_word = target.emulator is None  # a host is many things, in quotes it is a name
    named = re.compile(f'"{name}"' if is_word else rf"(?<![\w-]){name}(?![\w-])")
    assert [path for path, text in TEXTS.items() if named.search(text)] == [room(target)]


def test_targets_are_listed_with_this_machine_first_and_numbers_by_their_value() -> None:
    names = [target.name for target in TARGETS]
    assert names[0] == find_target("host").name
    assert names.index("cortex-m7") < names.index("cortex-m33")
    assert names.index("cortex-m0") < names.index("cortex-m0plus")


def test_every_target_prices_the_same_pieces_of_work() -> None:
    assert len({frozenset(target.prices) for target in TARGETS}) == 1


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_counts_and_times_a_target_belongs_together(target: Target) -> None:
    assert target.isas[-1] == "portable"
    assert all(firmware_path("kernels", isa).is_dir() for isa in target.isas)
    assert (target.instruction_bytes is None) == (target.emulator is None)
    if target.timing is not None or target.unicorn is not None:
        assert target.toolchain == find_target("cortex-m4").toolchain


def test_the_makefile_of_the_kernels_is_fed_by_the_targets() -> None:
    require_tool("make", "make")
    variables = "\n".join(make_variables(TARGETS))
    shown = subprocess.run(
        ["make", "--no-print-directory", "-C", ROOT / "firmware_templates", "-n", "targets"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    crossed = [target for target in TARGETS if target.emulator or target.linux]
    assert f"TARGETS := {' '.join(target.name for target in crossed)}" in variables
    for target in crossed:
        flags = " ".join((*target.flags, *target.library_flags))
        checked = [line for line in shown.splitlines() if f"{target.compiler[0]} -W" in line]
        lines = [line for line in checked if f" {flags} -std=" in line]
        assert len(lines) == max(1, len(target.isas[:-1])), target.name
        for isa in target.isas[:-1]:
            assert any(f"kernels/{isa}/" in line for line in lines), isa


def test_kernels_are_refused_that_do_not_name_the_space_of_their_tables() -> None:
    """Compilers convert such pointers without a word, and the code would read RAM."""
    spaces = (TableSpace("__elsewhere", "__ELSEWHERE__", None),)
    target = replace(find_target("cortex-m4"), table_spaces=spaces)
    plan = make_plan(lower(read_model(SIGNS / "model.h5").graph), target, Options("signs"))
    with pytest.raises(UsageError, match="no kernels") as caught:
        emit_sources(plan, ORIGIN)
    assert "conv_bucket_b1_b1" in str(caught.value)


def test_tables_take_the_first_space_that_holds_them() -> None:
    graph = lower(read_model(SIGNS / "model.h5").graph)
    for most, expected in ((1 << 20, "__near"), (1 << 10, "__far")):
        spaces = (TableSpace("__near", "A", most), TableSpace("__far", "A", None))
        target = replace(find_target("portable", 8), table_spaces=spaces)
        text = emit_sources(make_plan(graph, target, Options("m")), ORIGIN)["m.c"]
        assert f"#define M_TABLE {expected}\n" in text
        assert "static const M_TABLE m_word_t m_weights_1[]" in text
        assert "    const M_TABLE m_word_t *weights;\n" in text
        narrow = replace(target, table_spaces=(TableSpace("__near", "A", 1 << 10),))
        with pytest.raises(UsageError, match="too large"):
            emit_sources(make_plan(graph, narrow, Options("m")), ORIGIN)


def test_words_have_the_sizes_that_a_target_offers() -> None:
    for bits in (8, 16, 32, 64):
        assert find_target("portable", bits).word_bits == bits
        assert ("narrow" in find_target("portable", bits).isas) == (bits < 32)
    with pytest.raises(UsageError, match="no words of 24 bits"):
        find_target("portable", 24)
    with pytest.raises(UsageError, match="no words of 16 bits"):
        find_target("cortex-m4", 16)


def test_a_board_is_refused_whose_core_has_no_firmware(tmp_path: Path) -> None:
    assert {find_target(board.target).firmware is None for board in known_boards()} == {False}
    text = firmware_path("boards", "bluepill.toml").read_text(encoding="utf-8")
    for name in ("rv32imac", "host", "cortex-m99"):
        path = tmp_path / f"{name}.toml"
        path.write_text(text.replace('"cortex-m3"', f'"{name}"'), encoding="utf-8")
        with pytest.raises(UsageError, match="cannot be used") as caught:
            load_board(path)
        assert name in str(caught.value)
        assert "cortex-m3" in str(caught.value)


def test_the_readme_names_every_target() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"| Targets | {', '.join(target.name for target in TARGETS)} |\n" in text


def test_a_target_knows_no_other_part_of_the_generator() -> None:
    """What chooses, prints, counts and flashes asks the target, and never the other way round."""
    known = {"cbcnn_codegen.targets", "cbcnn_codegen.options", "cbcnn_codegen.errors"}
    for path in ROOMS.rglob("*.py"):
        named = re.findall(r"from (cbcnn_\w+(?:\.\w+)?)", path.read_text(encoding="utf-8"))
        assert set(named) <= known, path


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_mode_lets_the_compiler_fuse_a_product_and_a_sum(target: Target) -> None:
    for flags in (target.optimise, *target.optimise_for.values()):
        assert "-ffp-contract=off" in flags
