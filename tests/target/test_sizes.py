"""Sizes of generated code: every byte in one figure, and no figure that a program cannot have."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.store import read_counts
from cbcnn_codegen.elf import count_bytes, read_sections, read_symbols
from cbcnn_codegen.emit import emit_sources
from cbcnn_codegen.errors import BuildError, UsageError
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.measure import Measured, measure
from cbcnn_codegen.options import MODES, Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import Plan, make_plan
from cbcnn_codegen.read import read_model
from cbcnn_codegen.targets import TARGETS, Target, find_target
from support.commands import ROOT, SIGNS, assert_clean_error, codegen, fake_program
from support.graphs import graphs
from support.tools import require_tool

MODELS = ROOT / "examples" / "models"
SMALL, LARGE = MODELS / "mnist-small" / "model.h5", MODELS / "gtsrb" / "model.h5"
MOST_CODE = 32_768
"""Far more than any of these networks has, and less than the weights of the larger one."""

M4 = find_target("cortex-m4")
NUMBERS = ("code_bytes", "weights_bytes", "constants_bytes", "static_bytes", "stack_bytes")


def plan_of(graph: Graph, target: Target, **options: Any) -> Plan:
    return make_plan(graph, target, Options(name="net", **options))


def measure_plan(plan: Plan) -> Measured:
    require_tool(plan.target.compiler[0], plan.target.toolchain.packages)
    found = measure(plan, emit_sources(plan, Origin("0" * 64, (), None, None)))
    assert found is not None
    return found


@pytest.mark.parametrize("model", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_code_and_constants_are_told_apart_whatever_the_size(target: Target, model: Path) -> None:
    """Linker scripts of C libraries mix them, or have no room for the large network."""
    plan = plan_of(lower(read_model(model).graph), target, optimize="size")
    most = target.table_spaces[-1].most_bytes if target.table_spaces else None
    if most is not None and most < plan.weights_bytes:
        with pytest.raises(UsageError, match="too large"):
            measure_plan(plan)
        return
    found = measure_plan(plan)
    assert 0 < found.code_bytes < MOST_CODE
    assert found.weights_bytes == plan.weights_bytes
    assert abs(found.constants_bytes - plan.constants_bytes) < 256
    descriptors = 512 if target.table_spaces else 0  # in RAM where constants are copied there
    assert 0 <= found.static_bytes <= descriptors
    assert found.stack_bytes > 0


@settings(max_examples=40)
@given(
    graph=graphs(),
    target=st.sampled_from([target.name for target in TARGETS]),
    mode=st.sampled_from(MODES),
)
def test_no_size_is_negative_where_compilers_take_small_tables_apart(
    graph: Graph, target: str, mode: Any
) -> None:
    """Few weights become instructions, and functions are cloned and aligned as gcc likes."""
    plan = plan_of(lower(graph), find_target(target), optimize=mode)
    found = measure_plan(plan)
    assert min(getattr(found, number) for number in NUMBERS) >= 0
    assert found.weights_bytes <= plan.weights_bytes


@pytest.mark.parametrize("number", NUMBERS)
def test_a_negative_size_cannot_be_reported(number: str) -> None:
    sizes = dict.fromkeys(NUMBERS, 8)
    Measured("gcc", **sizes)
    with pytest.raises(BuildError, match=f"{number} -1"):
        Measured("gcc", **{**sizes, number: -1})


def test_a_program_without_code_cannot_be_reported() -> None:
    with pytest.raises(BuildError, match="code_bytes 0"):
        Measured("gcc", **{**dict.fromkeys(NUMBERS, 8), "code_bytes": 0})


def test_bytes_in_a_section_that_nobody_counts_are_refused() -> None:
    kinds = {".text": ("flash",), ".data": ("flash", "ram")}
    sections = {".text": 5, ".text.cold": 2, ".data": 3, ".eh_frame": 100, ".empty": 0}
    assert count_bytes(sections, kinds) == {"flash": 10, "ram": 3}
    with pytest.raises(BuildError, match=r"7 bytes in section \.itcm"):
        count_bytes({**sections, ".itcm": 7}, kinds)


def real_tool(name: str) -> str:
    require_tool(name, "gcc-arm-none-eabi")
    path = shutil.which(name)
    assert path is not None
    return path


WHERE_LINKED = 'while [ "$1" != -o ]; do shift; done'
FAILURES = {
    "the link fails": ("echo no room >&2; exit 1", "link"),
    "nothing is linked": ("exit 0", "cannot be read"),
    "the program is cut off": (f'{WHERE_LINKED}; printf "\\177ELF" >"$2"; exit 0', "be read"),
    "it is no program": (f'{WHERE_LINKED}; echo "no room" >"$2"; exit 0', "cannot be read"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_no_figure_is_reported_when(failure: str, tmp_path: Path) -> None:
    fault, word = FAILURES[failure]
    name = "arm-none-eabi-gcc"
    script = f'case "$*" in *model.elf*) {fault};; esac'
    env = fake_program(tmp_path / "bin", name, f'{script}\nexec {real_tool(name)} "$@"')
    out = tmp_path / "out"
    arguments: list[str | Path] = [SIGNS / "model.h5", "--target", "cortex-m4", "-o", out, "--json"]
    assert_clean_error(codegen(*arguments, env=env), 9, word)
    assert not out.exists()


def test_an_object_is_told_by_section_and_symbol(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    source, built = tmp_path / "two.c", tmp_path / "two.o"
    source.write_text("static const char table[7] = {1};\nconst char *f(void) { return table; }\n")
    subprocess.run(["gcc", "-O1", "-c", source, "-o", built], check=True)
    assert read_sections(built)[".rodata"] == 7
    assert read_symbols(built)["table"] == 7
    with pytest.raises(BuildError, match=r"missing\.o"):
        read_sections(tmp_path / "missing.o")


def test_figures_are_those_that_binutils_tell(tmp_path: Path) -> None:
    """Sections that are not loaded apart, and symbols without a size."""
    require_tool("gcc", "gcc")
    source, built = tmp_path / "more.c", tmp_path / "more.o"
    source.write_text(
        "extern int far(void);\nint set = 3, unset;\nstatic int own(void) { return far() + set; }\n"
        "int (*shown)(void) = own;\n"
    )
    command = ["gcc", "-O0", "-g", "-ffunction-sections", "-fdata-sections"]
    subprocess.run([*command, "-c", source, "-o", built], check=True)
    told = subprocess.run(["size", "-A", built], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in told.splitlines() if line.startswith(".")]
    apart = (".debug", ".comment", ".note.GNU-stack")
    assert read_sections(built) == {
        name: int(size) for name, size, _ in lines if not name.startswith(apart)
    }
    told = subprocess.run(["nm", "-S", built], capture_output=True, text=True, check=True).stdout
    sized = [line.split() for line in told.splitlines() if len(line.split()) == 4]
    assert read_symbols(built) == {name: int(size, 16) for _, size, _, name in sized}
    assert {"own", "set", "unset", "shown"} == set(read_symbols(built))


def test_a_file_without_symbols_or_sections_has_no_sizes(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    source, built = tmp_path / "none.c", tmp_path / "none.o"
    source.write_text("typedef int nothing;\n")
    subprocess.run(["gcc", "-c", source, "-o", built], check=True)
    with pytest.raises(BuildError, match="names no function"):
        read_symbols(built)


def test_stored_figures_cannot_be_negative() -> None:
    figures = read_counts().figures[0]
    for size in ("code", "weights", "constants", "static", "arena", "stack"):
        change: dict[str, Any] = {size: -1}
        with pytest.raises(ValueError, match=figures.case.name):
            replace(figures, **change)
