"""The generated C holds no helper and no macro that it does not use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.emit.prune import find_conditional, leave_out_unused
from support.commands import ROOT
from support.generated import generate_code
from support.tools import require_tool

HELPER = "/* Doubles. */\nstatic inline int cbcnn_twice(int x)\n{\n    return 2 * x;\n}\n"
OUTER = (
    "static __attribute__((noinline)) int cbcnn_outer(int x)\n{\n    return cbcnn_twice(x);\n}\n"
)
KERNEL = "void cbcnn_kernel(int *x)\n{\n    *x = cbcnn_outer(*x);\n}\n"
MACRO = "/* A number. */\n#define CBCNN_NUMBER 3\n"


def test_what_a_kernel_reaches_stays_as_it_is() -> None:
    text = f"{HELPER}\n{OUTER}\n{KERNEL}"
    assert leave_out_unused(text) == text


def test_a_helper_that_only_an_unused_one_calls_goes_with_it() -> None:
    kernel = KERNEL.replace("cbcnn_outer(*x)", "4")
    assert leave_out_unused(f"{HELPER}\n{OUTER}\n{kernel}") == kernel


def test_a_name_in_a_comment_is_no_use() -> None:
    kernel = "/* As cbcnn_twice, CBCNN_NUMBER times. */\nvoid cbcnn_kernel(void)\n{\n}\n"
    assert leave_out_unused(f"{MACRO}\n{HELPER}\n{kernel}") == kernel


def test_a_comment_about_several_macros_stays_with_the_others() -> None:
    macros = "/* Rows and columns. */\n#define CBCNN_ROWS 1\n#define CBCNN_COLUMNS 2\n\n"
    kernel = "int cbcnn_kernel(void)\n{\n    return CBCNN_COLUMNS;\n}\n"
    left = "/* Rows and columns. */\n#define CBCNN_COLUMNS 2\n\n"
    assert leave_out_unused(f"{macros}{kernel}") == f"{left}{kernel}"


def test_a_conditional_without_content_goes_too() -> None:
    text = f"#ifdef __thumb2__\n\n{HELPER}\n#endif\n\n"
    kernel = "void cbcnn_kernel(void)\n{\n}\n"
    assert leave_out_unused(f"{text}{kernel}") == kernel


def test_what_only_one_branch_uses_is_named_and_what_that_calls_too() -> None:
    assembly = "#if defined(__thumb2__)\n#define CBCNN_IN_REGISTERS\n#endif\n"
    branch = f"#ifndef CBCNN_IN_REGISTERS\n{KERNEL}#endif\n"
    assert find_conditional(f"{HELPER}\n{OUTER}\n{assembly}{branch}") == {
        "cbcnn_twice",
        "cbcnn_outer",
    }
    assert find_conditional(f"{HELPER}\n{OUTER}\n{branch}") == frozenset()
    assert find_conditional(f"{HELPER}\n{OUTER}\n{assembly}{branch}{KERNEL}") == frozenset()
    together = f"#ifndef CBCNN_IN_REGISTERS\n{HELPER}\n{OUTER}\n{KERNEL}#endif\n"
    assert find_conditional(f"{assembly}{together}") == frozenset()


@pytest.mark.parametrize(
    ("model", "optimize"),
    [("signs", "speed"), ("mnist-small", "ram"), ("gtsrb-quicknet-small", "size")],
)
def test_clang_finds_nothing_unused_in_the_c_alone(
    model: str, optimize: str, tmp_path: Path
) -> None:
    """The verifier includes the file, so that the compiler takes its helpers for a header's."""
    require_tool("clang", "clang")
    project = generate_code(
        ROOT / "examples" / "models" / model / "model.h5",
        *(tmp_path, "host"),
        optimize=optimize,
    )
    flags = ("-std=c99", "-Wall", "-Wextra", "-Wunused-macros", "-Werror", "-fsyntax-only")
    command = ["clang", *flags, project.sources[0]]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
