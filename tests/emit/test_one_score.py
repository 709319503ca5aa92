"""A model of one score, in C: class 1 where it is at least 0, class 0 below."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbcnn_codegen.ir import Graph, Input, Operation, Shape, chain_graph
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.verify.build import WARNINGS
from cbcnn_codegen.verify.expect import expect_reference
from support.generated import CAREFUL, compare_code, generate_code, read_graphs, run_code
from support.graph_files import graph_to_h5
from support.tools import require_tool

IMAGES = np.array([[-9, 2], [-2, 1], [-1, 0], [0, 0], [3, -3], [1, 0], [0, 127]], np.int8)
SUMS = IMAGES.sum(axis=1, dtype=np.int32)


def model_of(*end: Operation, names: tuple[str, ...] = ()) -> Graph:
    """The sum of two values, and what follows."""
    head = Dense("head", np.ones((1, 1, 1, 2), np.int8))
    source = Input("input", Shape(1, 1, 2), "int8")
    return replace(chain_graph("one score", source, (head, *end)), class_names=names)


def norm(mean: float, gamma: float = 1.0, beta: float = 0.0) -> BatchNorm:
    scale, offset, middle, one = (
        np.array([value], np.float32) for value in (gamma, beta, mean, 1.0)
    )
    return BatchNorm("norm", scale, offset, middle, one, 0.0, fused=False)


ENDS = {
    "the sum itself": ((), SUMS >= 0),
    "a mean that is reached": ((norm(3),), SUMS >= 3),
    "a falling norm": ((norm(0, -0.7),), SUMS <= 0),
    "an offset": ((norm(0, 0.1, 0.05),), SUMS >= 0),
}


@pytest.mark.parametrize("scores", ["integer", "float"])
@pytest.mark.parametrize("what", ENDS)
def test_the_class_is_the_sign_of_the_score(what: str, scores: str, tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    end, expected = ENDS[what]
    model = graph_to_h5(model_of(*end), tmp_path / "model.h5")
    project = generate_code(model, tmp_path / "code", scores=scores)
    lowered = read_graphs(model)[1]
    images = IMAGES.reshape(-1, 1, 1, 2)
    samples, outputs = run_code(project, images, lowered, CAREFUL, tmp_path / "build")
    assert outputs.classes.tolist() == outputs.classified.tolist() == expected.astype(int).tolist()
    reference = expect_reference(lowered, samples.planes, traced=True)
    assert compare_code(project, outputs, reference, samples).first is None
    assert set(outputs.classes.tolist()) == {0, 1}


def test_the_header_says_what_the_two_classes_are(tmp_path: Path) -> None:
    model = graph_to_h5(model_of(), tmp_path / "model.h5")
    header = (generate_code(model, tmp_path / "code").folder / "model.h").read_text()
    assert re.search(r"1 where it is at least 0, and 0 below", header)
    assert "#define MODEL_CLASSES 2\n#define MODEL_SCORES 1\n" in header
    assert "largest score" not in header


def test_both_classes_have_a_name(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    model = graph_to_h5(model_of(names=("cat", "dog")), tmp_path / "model.h5")
    folder = generate_code(model, tmp_path / "code", class_names=True).folder
    program = """
        #include "model.h"
        #include <stdio.h>
        int main(void)
        {
            static uint32_t arena[(MODEL_ARENA_BYTES + 3) / 4];
            static const int8_t image[2][MODEL_IMAGE_BYTES] = {{-1, 0}, {1, -1}};
            for (int i = 0; i < 2; i++) {
                puts(model_class_name(model_classify(image[i], arena)));
            }
            return model_class_name(MODEL_CLASSES) != NULL;
        }
    """
    (folder / "main.c").write_text(program)
    command = ["gcc", "-std=c99", *WARNINGS, "main.c", "model.c", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    said = subprocess.run([folder / "main"], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["cat", "dog"]


@settings(max_examples=40)
@given(
    sums=st.lists(st.integers(-256, 254), min_size=1, max_size=8),
    gamma=st.floats(-4, 4, width=32),
    mean=st.integers(-300, 300),
    beta=st.sampled_from([0.0, 0.5, -1.0]),
)
def test_the_interpreter_decides_by_the_score_it_shows(
    sums: list[int], gamma: float, mean: int, beta: float
) -> None:
    from cbcnn_codegen.passes import lower

    images = np.array([[[[s // 2, s - s // 2]]] for s in sums], np.int8)
    graph = lower(model_of(norm(mean, gamma, beta)))
    found = expect_reference(graph, images, traced=False)
    assert found.scores is not None
    assert found.classes.tolist() == [int(score >= 0) for score in found.scores[:, 0].tolist()]
