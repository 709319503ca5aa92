"""What the firmware makes of arbitrary bytes, compiled for this machine with sanitizers.

`CBCNN_FUZZ_SECONDS` makes the run longer.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from support.fuzzing import CORPUS, FUZZERS, build_fuzzer, frame_seeds, link_seeds, run_fuzzer
from support.tools import require_tool

SECONDS = int(os.environ.get("CBCNN_FUZZ_SECONDS", "10"))
"""For each of the two."""


@pytest.fixture(autouse=True)
def tools() -> None:
    require_tool("clang", "clang")


@pytest.mark.parametrize("name", FUZZERS)
def test_no_input_breaks_the_firmware(name: str, tmp_path: Path) -> None:
    program = build_fuzzer(name, tmp_path)
    limits = [f"-max_total_time={SECONDS}", "-max_len=4096", "-timeout=10"]
    result = run_fuzzer(program, CORPUS / name, tmp_path, [*limits, "-print_final_stats=1"])
    assert result.returncode == 0, result.stderr[-4000:]
    executed = re.search(r"number_of_executed_units: *(\d+)", result.stderr)
    assert executed is not None
    assert int(executed[1]) > 1000


def test_the_stored_corpus_is_what_the_seeds_say() -> None:
    for name, seeds in (("frame", frame_seeds()), ("link", link_seeds())):
        stored = {path.name: path.read_bytes() for path in (CORPUS / name).iterdir()}
        assert {title: stored.get(title) for title in seeds} == seeds


def test_a_parser_that_forgets_the_end_of_its_buffer_is_found(tmp_path: Path) -> None:
    """The fuzzer can fail: the firmware's check is taken out."""
    from cbcnn_codegen.locate_firmware import firmware_path

    text = firmware_path("firmware", "frame.c").read_text(encoding="utf-8")
    check = "if (receiver->length < receiver->capacity) {"
    assert check in text
    broken = tmp_path / "frame.c"
    broken.write_text(text.replace(check, "if (receiver->length < 60000) {"), encoding="utf-8")
    program = build_fuzzer("frame", tmp_path, frame=broken)
    result = run_fuzzer(program, CORPUS / "frame", tmp_path, ["-runs=100000"])
    assert result.returncode != 0
    assert "heap-buffer-overflow" in result.stderr
