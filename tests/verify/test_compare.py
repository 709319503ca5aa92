"""One wrong bit anywhere is found, and named by layer, row, column and channel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from cbcnn_codegen.evidence import NO_EVIDENCE
from cbcnn_codegen.ir import Shape
from cbcnn_codegen.plan import Products
from cbcnn_codegen.report import (
    GENERATOR,
    SCHEMA,
    FlashBytes,
    ImageFormat,
    RamBytes,
    ReportedLayer,
    ReportedOptions,
    ReportedScores,
)
from cbcnn_codegen.verify.compare import CLASS, SCORES, Comparison, pack_signs, unpack_signs
from cbcnn_codegen.verify.expect import Decisions, Expectation, ExpectedOutput
from cbcnn_codegen.verify.harness import Outputs
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.rejection import Rejection, leads

IMAGES = 3


def reported(
    index: int, name: str, kind: Literal["signs", "accumulators"], shape: Shape, output_bytes: int
) -> ReportedLayer:
    """A layer of which nothing else matters here."""
    sizes = (0, 0, output_bytes, 0, 0)
    return ReportedLayer(index, name, "", (), kind, shape, "kernel", Products(0, 0), *sizes, "", ())


CONV = reported(0, "conv", "signs", Shape(2, 3, 40), 2 * 3 * 8)
HEAD = reported(1, "head", "accumulators", Shape(1, 1, 4), 16)
PROJECT = Project(
    schema=SCHEMA,
    generator=GENERATOR,
    tool_version="0",
    name="net",
    prefix="net",
    model_sha256="",
    target="cortex-m4",
    word_bits=32,
    threshold_bits=16,
    compiler_flags=(),
    options=ReportedOptions("integer", "balanced", False, False, (), None, None, (), None, None),
    input=ImageFormat(2, 3, 1, "uint8"),
    level=1,
    calibration=None,
    classes=4,
    class_names=(),
    outputs=(ReportedScores("", "head", 1, (4,), 4, "int64", 2),),
    preprocessing=None,
    pictures=None,
    rejection=None,
    camera=None,
    measured_with=None,
    flash_bytes=FlashBytes(None, 0, 0, 0),
    ram_bytes=RamBytes(0, 0, None, 0),
    image_in_arena=None,
    arena=(),
    layers=(CONV, HEAD),
    knife_edges={},
    fits=(),
    notes=(),
    evidence=NO_EVIDENCE,
    files=(),
    folder=Path(),
)


def agreement() -> tuple[Outputs, Expectation]:
    rng = np.random.default_rng(1)
    signs = rng.choice(np.array([-1, 1], np.int8), (IMAGES, *CONV.shape))
    sums = rng.integers(-99, 99, (IMAGES, *HEAD.shape)).astype(np.int32)
    scores = (sums.reshape(IMAGES, 4) * np.float32(0.25)).astype(np.float32)
    classes = np.argmax(scores, axis=1)
    outputs = Outputs(
        classes=classes.astype(np.uint32),
        classified=classes.astype(np.uint32),
        stack_bytes=np.zeros(IMAGES, np.uint32),
        planes=None,
        scores=(sums.reshape(IMAGES, 4).astype(np.int64),),
        layers={
            0: pack_signs(signs, 32).reshape(IMAGES, -1),
            1: sums.reshape(IMAGES, -1).copy().view(np.uint8),
        },
    )
    layers = {"conv": signs, "head": sums}
    expected = Expectation(layers, (ExpectedOutput(scores),), Decisions.of(classes))
    return outputs, expected


def compare(outputs: Outputs, expected: Expectation, project: Project = PROJECT) -> Comparison:
    comparison = Comparison()
    comparison.add(project, outputs, expected, np.zeros((IMAGES, 2, 3, 1), np.uint8), 100)
    return comparison


def test_equal_outputs_differ_in_no_bit() -> None:
    comparison = compare(*agreement())
    assert comparison.mismatched_bits == 0
    assert comparison.mismatched == set()
    assert comparison.first is None
    assert comparison.layers["conv"].bits == IMAGES * CONV.shape.size
    assert comparison.layers["head"].bits == IMAGES * 4 * 32


@pytest.mark.parametrize(("row", "column", "channel"), [(0, 0, 0), (1, 2, 39), (0, 1, 32)])
def test_a_flipped_sign_is_named_by_its_place(row: int, column: int, channel: int) -> None:
    outputs, expected = agreement()
    outputs.layers[0].reshape(IMAGES, 2, 3, 8)[1, row, column, channel // 8] ^= 1 << channel % 8
    comparison = compare(outputs, expected)
    assert comparison.mismatched_bits == 1
    assert comparison.mismatched == {101}
    first = comparison.first
    assert first is not None
    assert (first.layer, first.image, first.position) == ("conv", 101, (row, column, channel))
    sign = int(expected.layers["conv"][1, row, column, channel])
    assert (first.found, first.expected) == (f"{-sign:+d}", f"{sign:+d}")
    assert f"row {row}, column {column}, channel {channel}" in str(first)


def test_an_answer_that_should_have_been_none_counts() -> None:
    outputs, expected = agreement()
    assert expected.scores is not None
    lead = float(np.sort(leads(expected.scores))[1])
    project = replace(PROJECT, rejection=Rejection(0.5, lead))
    rejected = project.rejection is not None and project.rejection.rejects(expected.scores)
    decided = np.where(rejected, 4, outputs.classes).astype(np.uint32)
    assert 0 < np.sum(rejected) < IMAGES
    right = compare(replace(outputs, decided=decided), expected, project)
    assert right.mismatched_bits == 0
    wrong = compare(replace(outputs, decided=outputs.classes), expected, project)
    assert wrong.mismatched == {100 + int(index) for index in np.flatnonzero(rejected)}
    assert wrong.first is not None
    assert wrong.first.layer == "class or no answer"


def test_an_unused_bit_that_is_set_counts() -> None:
    outputs, expected = agreement()
    outputs.layers[0][2, 7] |= 0x80
    comparison = compare(outputs, expected)
    assert comparison.mismatched_bits == 1
    assert comparison.first is not None
    assert comparison.first.position == (0, 0, 63)


def test_a_wrong_accumulator_counts_its_bits_and_shows_both_values() -> None:
    outputs, expected = agreement()
    sums = outputs.layers[1].view("<i4")
    right = int(sums[0, 2])
    sums[0, 2] = right ^ 0b101
    comparison = compare(outputs, expected)
    assert comparison.mismatched_bits == 2
    assert comparison.first is not None
    assert comparison.first.layer == "head"
    assert comparison.first.found == f"{right ^ 0b101:+d}"
    assert comparison.first.expected == f"{right:+d}"


def test_a_wrong_score_or_class_counts() -> None:
    outputs, expected = agreement()
    outputs.scores[0][1, 3] += 1
    outputs.classified[2] ^= 1
    comparison = compare(outputs, expected)
    assert comparison.mismatched == {101, 102}
    assert comparison.layers[SCORES].mismatched == {101}
    assert comparison.layers[CLASS].mismatched == {102}
    assert comparison.first is not None
    assert comparison.first.layer == SCORES.value


def test_scores_that_no_fixed_point_can_hold_are_a_mismatch() -> None:
    outputs, expected = agreement()
    assert expected.scores is not None
    scores = expected.scores.copy()
    scores[0, 0] += np.float32(0.0625)
    comparison = compare(outputs, replace(expected, outputs=(ExpectedOutput(scores),)))
    assert comparison.layers[SCORES].mismatched == {100}


def test_float_scores_are_compared_as_floats() -> None:
    outputs, expected = agreement()
    project = replace(PROJECT, outputs=(replace(PROJECT.scores, type="float", fraction_bits=0),))
    assert expected.scores is not None
    outputs = replace(outputs, scores=(expected.scores.copy(),))
    assert compare(outputs, expected, project).mismatched_bits == 0
    (scores,) = outputs.scores
    scores[0, 1] = np.nextafter(scores[0, 1], np.float32(9))
    assert compare(outputs, expected, project).mismatched == {100}


def test_a_near_tie_of_the_model_itself_is_not_a_mismatch_but_another_answer_is() -> None:
    outputs, expected = agreement()
    answers = expected.answers.copy()
    answers[0] ^= 1
    other = Decisions.of(expected.classes)._replace(answers=answers)
    assert compare(outputs, replace(expected, decisions=other)).mismatched == {100}
    near = other._replace(near_ties=np.array([True, False, False]))
    assert compare(outputs, replace(expected, decisions=near)).mismatched == set()


def test_a_plane_that_the_c_makes_is_compared() -> None:
    outputs, expected = agreement()
    planes = np.zeros((IMAGES, 2, 3, 1), np.uint8)
    assert compare(replace(outputs, planes=planes), expected).mismatched == set()
    wrong = planes.copy()
    wrong[2, 1, 0, 0] = 4
    comparison = compare(replace(outputs, planes=wrong), expected)
    assert comparison.mismatched == {102}
    assert comparison.first is not None
    assert comparison.first.position == (1, 0, 0)


def test_merging_adds_the_counts_and_keeps_the_order_of_layers() -> None:
    outputs, expected = agreement()
    good = compare(outputs, expected)
    outputs.layers[0][0, 0] ^= 3
    bad = compare(outputs, expected)
    merged = Comparison.merge([good, bad])
    assert list(merged.layers) == ["conv", "head", SCORES, CLASS]
    assert merged.bits == 2 * good.bits
    assert merged.mismatched_bits == 2
    assert merged.first == bad.first


@pytest.mark.parametrize("word_bits", [32, 64])
@pytest.mark.parametrize("channels", [1, 31, 32, 33, 64, 65])
def test_packing_is_what_unpacking_reverses(word_bits: int, channels: int) -> None:
    rng = np.random.default_rng(channels)
    signs = rng.choice(np.array([-1, 1], np.int8), (2, 3, 1, channels))
    packed = pack_signs(signs, word_bits)
    layer = reported(0, "x", "signs", Shape(3, 1, channels), packed[0].size)
    unpacked = unpack_signs(packed.reshape(2, -1), layer, word_bits)
    assert packed.shape[-1] * 8 % word_bits == 0
    assert (unpacked[..., :channels] == signs).all()
    assert (unpacked[..., channels:] == -1).all()
