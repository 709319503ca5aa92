"""The harness built for Windows by zig computes the same under Wine; `make windows` runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cbcnn_codegen.verify.build import WARNINGS, ModelBuild, harness_sources
from cbcnn_codegen.verify.builds import C99
from cbcnn_codegen.verify.data import prepare_samples
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.harness import run_program
from support.commands import ROOT
from support.generated import compare_code, generate_code, read_graphs, varied_images
from support.tools import require_module, require_tool

WINDOWS = ("-target", "x86_64-windows-gnu")
COUNT = 200
"""Images: every byte occurs, those among them that Windows changes in texts."""


@pytest.mark.complete
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "model", ["tests/golden/compressed.h5", "examples/models/mnist-small/model.h5"]
)
def test_the_harness_for_windows_computes_the_same_under_wine(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Minutes: zig builds C's libraries of Windows, and Wine its folders."""
    require_tool("wine", "wine64")
    require_module("ziglang", "compiler")
    monkeypatch.setenv("WINEPREFIX", str(tmp_path / "prefix"))
    monkeypatch.setenv("WINEDEBUG", "-all")
    project = generate_code(ROOT / model, tmp_path / "out", "host", name="net")
    zig = [sys.executable, "-m", "ziglang", "cc", *WINDOWS, *C99, "-O2", *WARNINGS]
    build = ModelBuild("zig for Windows", zig, project, tmp_path, traced=True)
    (tmp_path / "empty.c").write_text("int main(void) { return 0; }\n")
    empty = [str(tmp_path / "empty.c"), "-o", str(tmp_path / "empty.exe")]
    subprocess.run([*zig, *empty], check=True)  # builds the libraries, however long it takes
    program = build.link(harness_sources("io_stdio.c"))
    assert program.read_bytes().startswith(b"MZ")
    start = tmp_path / "start"
    start.write_text(f'#!/bin/sh\nexec wine "{program}"\n')
    start.chmod(0o755)
    graph, lowered = read_graphs(ROOT / model)
    samples = prepare_samples(graph, varied_images(graph, COUNT), None, "test images")
    outputs = run_program("wine", project, start, samples, len(samples))
    expected = expect_reference(lowered, samples.planes, traced=True)
    comparison = compare_code(project, outputs, expected, samples)
    assert comparison.bits > 0
    assert comparison.mismatched_bits == 0
