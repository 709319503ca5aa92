"""Golden images with the results of the Python model, which the board must repeat."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.board.capacity import demand_classes
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.data import load_samples
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.project import Project

Array = npt.NDArray[Any]

DRAWN_IMAGES: Final = 2
"""Random planes reach every weight as well as photographs do."""

MOST_IMAGES: Final = 254
"""One byte counts images, and 255 means that none failed."""

_SEED: Final = 20230


@dataclass(frozen=True)
class Golden:
    """One image.

    Attributes:
        plane: what the network is fed with.
        class_index: that the scores mean.
        scores_crc: CRC-32 of the scores as they lie in the board's memory.
    """

    plane: Array
    class_index: int
    scores_crc: int


def make_golden(
    project: Project, model: Path, data: Path | None = None, count: int = DRAWN_IMAGES
) -> tuple[Golden, ...]:
    """Compute what the board must answer.

    Args:
        project: the generated code.
        model: file that it was generated from.
        data: images, in any form that `cbcnn-verify --data` takes; None draws planes at random.
        count: at most so many.

    Raises:
        UsageError: another model, too many images, or a network without classes.
        DataError: the images cannot be read or do not fit the model.
    """
    demand_classes(project)
    if not 0 <= count <= MOST_IMAGES:
        raise UsageError(
            "so many golden images cannot be", found=str(count), allowed=f"0 to {MOST_IMAGES}"
        )
    chosen = project.options
    read = read_model(
        model, input_type=chosen.input_type, rescale=chosen.rescale, custom=chosen.custom
    )
    if read.sha256 != project.model_sha256:
        raise UsageError(
            f"{model} is not the model that the code in {project.folder} was generated from",
            found=f"SHA-256 {read.sha256}",
            allowed=f"SHA-256 {project.model_sha256}",
            suggestion="generate the code again",
        )
    graph = lower(read.graph, project.ranges)
    planes = _draw(graph, count) if data is None else load_samples(data, graph, count).planes
    expected = expect_reference(graph, planes, traced=False)
    assert expected.scores is not None
    scores = encode_scores(expected.scores, project)
    return tuple(
        Golden(plane, int(index), zlib.crc32(row.tobytes()))
        for plane, index, row in zip(planes, expected.classes, scores, strict=True)
    )


def encode_scores(scores: npt.NDArray[np.float32], project: Project) -> Array:
    """Scores as the generated code writes them.

    An integer score is the float32 logit times a power of two, exactly; float64 holds both.
    """
    if project.scores.type == "float":
        return scores.astype(project.score_dtype)
    scaled = scores.astype(np.float64) * 2.0**project.scores.fraction_bits
    return scaled.astype(project.score_dtype)


def _draw(graph: Graph, count: int) -> Array:
    limits = np.iinfo(np.dtype(graph.input.dtype))
    shape = (count, *graph.input.shape)
    generator = np.random.default_rng(_SEED)
    return generator.integers(limits.min, limits.max, shape, limits.dtype, endpoint=True)
