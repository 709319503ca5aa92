"""The bound of the stack covers what assembly inside of C takes, which no compiler tells."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen import measure_stack
from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.targets import find_target
from support.tools import require_tool

LISTING = """
00000000 <helper>:
   0:\tb5f0      \tpush\t{r4, r5, r6, r7, lr}
   2:\tb083      \tsub\tsp, #12
   4:\tb480      \tpush\t{r7}
   6:\tb088      \tsub\tsp, #32
   8:\tf000 f801 \tbl\te <helper+0xe>
   a:\te003      \tb.n\t14 <helper+0x14>
   c:\tb510      \tpush\t{r4, lr}
   e:\tbd10      \tpop\t{r4, pc}
  10:\t4770      \tbx\tlr
  12:\tb008      \tadd\tsp, #32
  14:\tbc80      \tpop\t{r7}
  16:\tb003      \tadd\tsp, #12
  18:\tbdf0      \tpop\t{r4, r5, r6, r7, pc}
  1a:\tb402      \tpush\t{r1}
  1c:\tbc02      \tpop\t{r1}

00000020 <run>:
  20:\te92d 4ff0 \tstmdb\tsp!, {r4, r5, r6, r7, r8, r9, sl, fp, lr}
  24:\ted2d 8b04 \tvpush\t{d8-d9}
  28:\tb402      \tpush\t{r1}
  2a:\tbc02      \tpop\t{r1}
  2c:\te8bd 8ff0 \tldmia.w\tsp!, {r4, r5, r6, r7, r8, r9, sl, fp, pc}
"""


def test_a_call_and_assembly_are_not_on_the_stack_at_once() -> None:
    own = {"run": 10, "helper": 30, "leaf": 20}
    calls = {"run": {"helper"}, "helper": {"leaf"}, "leaf": set()}
    assert measure_stack._deepest(own, calls, {**own, "helper": 45}) == 60
    assert measure_stack._deepest(own, calls, {**own, "helper": 62}) == 72


def test_assembly_counts_on_top_of_the_compiler_s_frame() -> None:
    own = {"model.c:helper": 32, "run": 52, "__mulsi3": 64}
    found = measure_stack._with_assembly(own, LISTING)
    assert found == {"model.c:helper": 32 + 4 + 32 + 8, "run": 56, "__mulsi3": 64}


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("push\t{r7}", 4),
        ("push\t{r4, r5, lr}", 12),
        ("push\t{r2-r5, ip}", 20),
        ("vpush\t{d8-d11}", 32),
        ("vpush\t{s16, s17}", 8),
        ("push.w\t{r4, r5, r6, r7, r8, r9, sl, fp, lr}", 36),
        ("stmdb\tsp!, {r4, r5, r6, r7, r8, r9, sl, fp, lr}", 36),
        ("stmia\tr0!, {r4, r5}", 0),
        ("sub\tsp, #32", 32),
        ("sub.w\tsp, sp, #520", 520),
        ("subw\tsp, sp, #1036", 1036),
        ("subs\tr3, #4", 0),
        ("sub\tr3, sp, #4", 0),
    ],
)
def test_instructions_that_lower_the_stack_are_read(text: str, taken: int) -> None:
    assert measure_stack._lowered(f"   0:\tb480      \t{text}") == taken


SOURCE = """
#include <stdint.h>
static __attribute__((noinline)) uint32_t helper(uint32_t of) {
  __asm volatile("push {r0-r3}\\n\\t" "sub sp, sp, #40\\n\\t" "mov r0, r0\\n\\t"
                 "add sp, sp, #40\\n\\t" "pop {r0-r3}" : "+l"(of));
  return of;
}
uint32_t net_run(uint32_t of) { return helper(of) + 1u; }
"""


@pytest.mark.parametrize("source", [SOURCE, SOURCE.replace('"sub sp, sp, #40\\n\\t"', "")])
def test_a_program_s_bound_covers_its_assembly(source: str, tmp_path: Path) -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    target = find_target("cortex-m0plus")
    (tmp_path / "net.c").write_text(source, encoding="utf-8")
    command = [*target.compiler, *target.flags, "-O2", "-fcallgraph-info=su"]
    made = ["-c", "net.c", "-o", "model.o"]
    subprocess.run([*command, *made], cwd=tmp_path, check=True)
    found = measure_stack.measure_stack(target, tmp_path, tmp_path / "model.o")
    without = measure_stack._deepest(
        *measure_stack._read_graph((tmp_path / "model.ci").read_text())
    )
    in_assembly = 16 + (40 if "sub sp" in source else 0)
    assert found == without + in_assembly


def test_no_kernel_moves_the_stack_in_a_way_that_is_not_read() -> None:
    """What `_MOVES_STACK` does not see in C would be left out of the bound without a word; and
    assembly that calls functions of C would have to count with them.
    """
    root = Path(measure_stack.__file__).parents[2] / "firmware_templates" / "kernels"
    known = re.compile(r'"(?:push \{|pop \{|sub sp, sp, #\d|add sp, sp, #\d)')
    moves = re.compile(
        r'"(?:v?push|v?pop|(?:stm|ldm)\w* sp!|(?:add|sub)w?s? sp|addi sp|mov sp|str.*sp.*!)'
    )
    lines = [
        (path, line)
        for path in root.rglob("*.[ch]")
        for line in path.read_text(encoding="utf-8").splitlines()
        if moves.search(line.strip())
    ]
    assert len(lines) > 5
    calls = re.compile(r'"blx? +[a-zA-Z_%]')
    assert not [path for path in root.rglob("*.[ch]") if calls.search(path.read_text("utf-8"))]
    assert [(str(path), line) for path, line in lines if not known.search(line.strip())] == []


def test_a_use_that_is_not_constant_has_no_bound() -> None:
    with pytest.raises(BuildError, match="not constant"):
        measure_stack._read_graph('node: { title: "f" label: "f\\n8 bytes (dynamic)" }')
