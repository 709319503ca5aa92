"""Networks that may give no answer: the C rejects what Python rejects, ties included."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cbcnn_codegen import reference
from cbcnn_codegen.emit.rejection import view_rejection
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.options import Options, ScoreType
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify.compare import DECISION
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_inputs.answers import decide
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.rejection import Rejection, choose, coverage_curve, leads, tell
from support.commands import SIGNS
from support.generated import CAREFUL, compare_code, generate_graph, read_graphs, run_code
from support.graphs import draw_images, graphs
from support.tools import require_tool

IMAGES = 24


def with_lead(graph: Graph, images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Graph:
    """The graph with a threshold that is the lead of one of the images, the middle one."""
    found = np.sort(leads(reference.run(graph, images).scores))
    return replace(graph, rejection=Rejection(0.5, float(found[len(found) // 2])))


def compare(
    graph: Graph, images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], folder: Path
) -> int:
    """How many images are rejected on both sides; fails when one side differs."""
    project = generate_graph(graph, folder / "code")
    samples, outputs = run_code(project, images, graph, CAREFUL, folder / "build")
    expected = expect_reference(graph, samples.planes, traced=True)
    comparison = compare_code(project, outputs, expected, samples)
    assert comparison.mismatched_bits == 0, comparison.first
    assert comparison.layers[DECISION].bits == 32 * len(images)
    assert outputs.decided is not None
    return int((outputs.decided == project.classes).sum())


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(graph=graphs())
def test_c_and_python_reject_the_same_images_of_random_networks(
    graph: Graph, tmp_path_factory: pytest.TempPathFactory
) -> None:
    require_tool("gcc", "gcc")
    images = draw_images(graph, IMAGES)
    lowered = with_lead(lower(graph), images)
    rejected = compare(lowered, images, tmp_path_factory.mktemp("rejection"))
    assert rejected < IMAGES


def test_a_shipped_network_rejects_half_of_noise(tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    _, lowered = read_graphs(SIGNS / "model.h5")
    images = draw_images(lowered, IMAGES)
    assert compare(with_lead(lowered, images), images, tmp_path) == IMAGES // 2


@pytest.mark.parametrize("scores", ["integer", "float"])
def test_the_threshold_in_the_c_is_the_smallest_lead_that_is_no_less(scores: ScoreType) -> None:
    _, lowered = read_graphs(SIGNS / "model.h5")
    lead = 1.2345678901
    graph = replace(lowered, rejection=Rejection(0.1, lead))
    plan = make_plan(graph, find_target("cortex-m4"), Options("net", scores=scores))
    view = view_rejection(plan)
    assert view is not None
    if scores == "float":
        assert float(view.lead) == lead
        return
    units = int(view.lead.split("(")[1].rstrip(")"))
    unit = Fraction(1, 2**plan.scores.format.fraction_bits)
    assert (units - 1) * unit < Fraction(lead) <= units * unit


def test_a_threshold_rejects_no_more_than_was_asked_for() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(400, 5)).astype(np.float32)
    scores[:100] = np.round(scores[:100])  # ties
    for rate in (0.01, 0.1, 0.5):
        chosen = choose(scores, rate)
        share = chosen.rejects(scores).mean()
        assert share <= rate
        above = Rejection(rate, float(np.nextafter(chosen.lead, np.inf)))
        assert above.rejects(scores).mean() > rate
    with pytest.raises(DataError, match="too few"):
        choose(scores[:50], 0.01)


def test_one_score_leads_by_its_distance_from_zero() -> None:
    scores = np.array([[-3.0], [0.5], [0.0]], np.float32)
    assert leads(scores).tolist() == [3.0, 0.5, 0.0]


def test_what_is_rejected_counts_neither_right_nor_wrong() -> None:
    scores = np.array([[1, 0], [0, 3], [0.2, 0], [4, 0]], np.float32)
    labels = np.array([0, 1, 1, 1])
    told = tell(Rejection(0.25, 0.5), scores, labels)
    assert told == {"coverage": 0.75, "accuracy_of_answers": 2 / 3, "accuracy": 0.5}
    coverage, accuracy = coverage_curve(scores, labels)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert accuracy.tolist() == [0, 0.5, 2 / 3, 0.5]
    assert decide(scores).tolist() == [0, 1, 0, 0]
