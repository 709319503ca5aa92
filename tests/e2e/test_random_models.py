"""Random graphs of ours: generated C, the NumPy interpreter and live Larq compute the same bits.

Orders of operations that are rare in what people type; that is drawn in `test_larq_models`.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from cbcnn_codegen.ir import Graph
from cbcnn_codegen.options import MODES
from support.generated import CAREFUL, QUICK
from support.graph_files import Style, graph_to_h5, graph_to_keras
from support.graphs import draw_images, graphs
from support.live import compare_sides
from support.tools import require_tool

MODELS_PER_BATCH = 15
IMAGES = 12
SIGNS = ["ste_sign", "approx_sign", "swish_sign"]


@pytest.mark.parametrize(("batch", "optimize"), list(enumerate(MODES)))
def test_c_numpy_and_larq_agree_on_random_models(batch: int, optimize: str) -> None:
    pytest.importorskip("larq", reason="comparing with live Larq needs the extra [train]")
    require_tool("gcc", "gcc")
    verified: list[int] = []

    @seed(batch)
    @settings(
        max_examples=MODELS_PER_BATCH,
        derandomize=False,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        graph=graphs(),
        target=st.sampled_from(["host", "cortex-m4"]),
        scores=st.sampled_from(["integer", "integer", "float"]),
        split=st.booleans(),
        archive=st.booleans(),
        style=st.builds(Style, st.sampled_from(SIGNS), st.booleans()),
    )
    def check(
        graph: Graph, target: str, scores: str, split: bool, archive: bool, style: Style
    ) -> None:
        folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-"))
        options = {"optimize": optimize, "scores": scores, "split_weights": split}
        try:
            verified.append(verify(graph, folder, archive, style, target, **options))
        finally:
            shutil.rmtree(folder)

    check()
    assert len(verified) >= MODELS_PER_BATCH
    assert sum(verified) > 1000 * MODELS_PER_BATCH, "hardly a bit was compared"


def verify(
    graph: Graph, folder: Path, archive: bool, style: Style, target: str, **options: Any
) -> int:
    """Bits that were compared with Larq; fails when one differs from it or the interpreter."""
    write = graph_to_keras if archive else graph_to_h5
    model = folder / ("model.keras" if archive else "model.h5")
    try:
        write(graph, model, dialect="tf2.13", style=style)
    except ValueError:
        assume(False)  # there are graphs that Keras has no words for
    images = draw_images(graph, IMAGES)
    build = CAREFUL if options["split_weights"] else QUICK
    options = {"target": target, "input_type": graph.input.dtype, **options}
    sides = compare_sides(model, images, folder, build=build, **options)
    sides.demand_equality()
    return sides.live.bits
