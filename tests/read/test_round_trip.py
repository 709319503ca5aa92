"""A graph that is written as a model file and read again is the same graph, in every dialect."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.read import read_model
from support.graph_files import graph_to_h5, graph_to_keras
from support.graphs import draw_images, graphs

WRITERS: dict[str, Any] = {
    "h5 of TensorFlow 2.12": (graph_to_h5, {"dialect": "tf2.12"}),
    "h5 of tf-keras": (graph_to_h5, {"dialect": "tf2.13"}),
    "functional h5 of TensorFlow 2.12": (graph_to_h5, {"dialect": "tf2.12", "functional": True}),
    "keras of tf-keras": (graph_to_keras, {"dialect": "tf2.13"}),
    "functional keras of tf-keras": (graph_to_keras, {"dialect": "tf2.13", "functional": True}),
    "h5 of Keras 3": (graph_to_h5, {"dialect": "keras3"}),
    "keras of Keras 3": (graph_to_keras, {"dialect": "keras3"}),
    "functional keras of Keras 3": (graph_to_keras, {"dialect": "keras3", "functional": True}),
}


def unfused(graph: Graph) -> Graph:
    return graph.with_nodes(
        replace(node, op=replace(node.op, fused=False)) if isinstance(node.op, BatchNorm) else node
        for node in graph.nodes
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_a_file_computes_what_its_graph_computes(writer: str, tmp_path: Path) -> None:
    write, options = WRITERS[writer]
    read: list[Graph] = []

    @settings(max_examples=25)
    @given(graph=graphs())
    def check(graph: Graph) -> None:
        source = unfused(graph) if options["dialect"] == "keras3" else graph
        path = write(source, tmp_path / "model", **options)
        found = read_model(path).graph
        images = draw_images(source, 5)
        expected, actual = reference.run(source, images), reference.run(found, images)
        np.testing.assert_array_equal(actual.scores, expected.scores)
        signs = [op.name for op in source.ops if isinstance(op, Sign)]
        found_signs = [op.name for op in found.ops if isinstance(op, Sign)]
        assert len(found_signs) == len(signs)
        for name, other in zip(signs, found_signs, strict=True):
            np.testing.assert_array_equal(actual.maps[other], expected.maps[name])
        assert (found.input.shape, found.input.dtype) == (source.input.shape, source.input.dtype)
        read.append(found)

    check()
    assert len(read) >= 25


@pytest.mark.parametrize("name", ["model.h5", "model.keras", "model.bin", "model"])
def test_the_content_decides_about_the_format_and_not_the_name(name: str, tmp_path: Path) -> None:
    data = Path(__file__).parent / "data" / "keras3"
    for suffix in ("h5", "keras"):
        (tmp_path / name).write_bytes((data / f"functional.{suffix}").read_bytes())
        assert read_model(tmp_path / name).graph.ops
