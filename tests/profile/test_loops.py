"""Instructions by the loop of a kernel, and those that work on vectors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.loops import LOOPS, REST
from cbcnn_codegen.profile.plot import COLOURS
from cbcnn_codegen.profile.result import Profile
from cbcnn_codegen.profile.run import Counter, Profiler
from cbcnn_codegen.targets import find_target
from support.commands import SIGNS
from support.generated import generate_code
from support.profiled import require_profiler


def profile(target_name: str, folder: Path, counter: Counter = "auto") -> Profile:
    target = find_target(target_name)
    require_profiler(target)
    project = generate_code(SIGNS / "model.h5", folder, target_name, optimize="speed")
    return Profiler(project, target, choose_image(project, SIGNS / "samples", 0), counter).run()


def test_every_function_that_holds_a_loop_is_one_of_a_kernel() -> None:
    texts = [path.read_text(encoding="utf-8") for path in firmware_path("kernels").rglob("*.[ch]")]
    defined = {name for text in texts for name in re.findall(r"\bcbcnn_(\w+)\(", text)}
    assert {name for names in LOOPS.values() for name in names} <= defined


def test_the_picture_has_a_colour_for_every_loop() -> None:
    assert list(COLOURS) == [*LOOPS, REST]


@pytest.mark.parametrize("counter", get_args(Counter))
def test_the_loops_of_a_layer_add_up(counter: Counter, tmp_path: Path) -> None:
    found = profile("cortex-m4", tmp_path / "code", counter)
    for layer in found.layers:
        assert sum(layer.loops.values()) == layer.instructions
    buckets = [layer.loops for layer in found.layers if layer.kernel == "conv_bucket_b1_b1"]
    assert buckets
    for loops in buckets:
        assert max(loops, key=loops.__getitem__) == "counting"
        assert {"sums", "decoding", "tables", "transposition", "pooling"} <= loops.keys()
        assert loops[REST] < 0.1 * sum(loops.values())


def test_vector_instructions_are_counted_where_there_are_vectors(tmp_path: Path) -> None:
    vectors, none = (profile(f"cortex-m{core}", tmp_path / core) for core in ("55", "4"))
    assert vectors.vectors is not None
    assert vectors.instructions is not None
    assert 0.2 < vectors.vectors / vectors.instructions < 0.8
    assert vectors.to_json()["vector_instructions"] == vectors.vectors
    assert none.vectors is None
    assert none.to_json()["vector_instructions"] is None
