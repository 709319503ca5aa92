"""Untrained graphs are what the generator reads of the same network saved by Keras."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_codegen.ir import Graph
from cbcnn_codegen.read import read_model
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.metadata import ImageCompression, ModelMetadata
from cbcnn_trainer.keras2 import model_file, models
from cbcnn_trainer.presets import PRESETS, Architecture
from cbcnn_trainer.search.network import untrained

BLOCK = ImageCompression(luma=True, equalise=True, standardise_scale=64)

ARCHITECTURES = {
    **{
        name: PRESETS[name].architecture
        for name in ("cbcnn-small", "residual-small", "quicknet-small")
    },
    "norm first, stride 2, kernel 5": Architecture(
        (8, 16), (12, 6), kernel_size=5, first_order="norm-first", first_stride=2
    ),
    "pooling by 3": Architecture((8, 24), (), pool_size=3),
    "no pooling": Architecture((8,), (), pool_size=1, residuals=(2,), shortcuts=False),
    "dense": Architecture((), (16,)),
    "real maps, binary ending": Architecture(
        (4, 8), (16,), residuals=(0, 1), downsampling="real", pool_size=3
    ),
}


def text(graph: Graph) -> str:
    """Everything but the values of the weights."""
    return re.sub(r"#[0-9a-f]+", "", str(graph))


@pytest.mark.parametrize("shape", [(20, 17, 1), (18, 18, 3)], ids=str)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_untrained_graph_is_the_one_of_a_saved_file(
    name: str, shape: tuple[int, int, int], tmp_path: Path
) -> None:
    architecture = ARCHITECTURES[name]
    block = BLOCK if shape[2] == 1 else None
    facts = ModelMetadata("uint8" if block is None else "int8", block)
    file = tmp_path / "model.h5"
    model = models.build_model(architecture, shape, 5)
    weights = [np.where(array == 0, 0.5, array) for array in model.get_weights()]
    model.set_weights(weights)  # a bias of zeros would be left out
    model_file.save(model, file, facts)
    read = read_model(file).graph
    made = untrained(architecture, shape, 5, block)
    assert text(made) == text(read)
    assert made.preprocessing == read.preprocessing


@pytest.mark.parametrize(
    ("architecture", "reason"),
    [(Architecture((8,) * 5), "pools the map away"), (Architecture((0,)), "an empty part")],
)
def test_a_network_that_cannot_be_trained_costs_nothing_but_a_message(
    architecture: Any, reason: str
) -> None:
    with pytest.raises(DataError, match=reason):
        untrained(architecture, (20, 20, 1), 5, None)
