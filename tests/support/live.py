"""A model file's generated C beside the NumPy interpreter and the live model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import generation
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import ReadResult, read_model
from cbcnn_codegen.verify.builds import Build
from cbcnn_codegen.verify.compare import Comparison
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.frameworks import Framework
from cbcnn_codegen.verify.live import LiveModel
from cbcnn_codegen.verify.project import Project
from support.generated import QUICK, compare_code, generate_code, run_code

Rescale = tuple[float, float]


@dataclass(frozen=True)
class Sides:
    """Code that ran, compared twice.

    Attributes:
        unobserved: layers that no layer of Keras shows, so that NumPy alone is compared with.
    """

    read: ReadResult
    lowered: Graph
    project: Project
    numpy: Comparison
    live: Comparison
    unobserved: tuple[str, ...]

    def demand_equality(self) -> None:
        """Fail unless no bit differs, and every layer that the live model shows was compared."""
        assert self.numpy.first is None, f"NumPy: {self.numpy.first}\n{self.read.graph}"
        assert self.live.first is None, f"the live model: {self.live.first}\n{self.read.graph}"
        signs = {layer.name for layer in self.project.layers if layer.kind == "signs"}
        assert signs - {*self.live.layers} <= {*self.unobserved}


def compare_sides(
    model: Path,
    images: npt.NDArray[Any],
    folder: Path,
    *,
    build: Build = QUICK,
    rescale: Rescale | None = None,
    framework: Framework = "larq",
    edit: Callable[[Path], None] = lambda _path: None,
    **options: Any,
) -> Sides:
    """Generate, build, run and compare, every layer of every image.

    Args:
        model: a file.
        images: that it takes.
        folder: an existing one for the code and the program.
        build: how to compile.
        rescale: what the images went through in front of the model.
        framework: what the live model computes in.
        edit: is given the C file of the model before it is compiled.
        options: of the generator.
    """
    asked = {
        "rescale": rescale,
        "input_type": options.get("input_type"),
        "custom": options.get("custom", ()),
    }
    read = read_model(model, **asked)
    lowered = lower(read.graph)

    def read_once(path: Path, **given: Any) -> ReadResult:
        assert (path, given) == (model, asked), "the generator reads something else"
        return read

    # To read a file copies a process, which takes long of one with TensorFlow in it.
    with patch.object(generation, "read_model", read_once):
        project = generate_code(model, folder / "code", rescale=rescale, **options)
    edit(project.folder / project.sources[0])
    samples, outputs = run_code(project, images, lowered, build, folder / "build")
    live = LiveModel(read, lowered, rescale, framework)
    by_numpy = expect_reference(lowered, samples.planes, traced=True)
    by_live = live.expect(samples.planes, traced=True)
    return Sides(
        read,
        lowered,
        project,
        compare_code(project, outputs, by_numpy, samples),
        compare_code(project, outputs, by_live, samples),
        live.unobserved(),
    )


def draw_input(shape: tuple[int, ...], count: int = 6, dtype: str = "uint8") -> npt.NDArray[Any]:
    """Noise of all values of a type, and both extremes."""
    limits = np.iinfo(np.dtype(dtype))
    rng = np.random.default_rng(0)
    images: npt.NDArray[Any] = rng.integers(
        limits.min, limits.max, (count, *shape), np.dtype(dtype).type, endpoint=True
    )
    images[0], images[1] = limits.min, limits.max
    return images
