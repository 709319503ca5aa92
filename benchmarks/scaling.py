"""How instructions grow with filters, map size and depth: random networks, Cortex-M4, `speed`.

Weights are random signs. Batch norms are random too, around a mean at which half of the channels
fire: a sum of `n` random signs is 0 on average, the greatest of the four that are pooled about
sqrt(n). That matters a little, for word-parallel kernels skip a channel that has fired in a pooling
window.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.counts import counted, profile
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.verify.project import read_project
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_trainer.presets import Architecture

TARGET: Final = "cortex-m4"
SERIES: Final[dict[str, str]] = {
    "filters": "the paper's network on 32x32 pixels, all four blocks with so many filters",
    "map size": "three blocks of 128 filters, on so many pixels squared",
    "depth": "so many layers of 64 filters on 16x16 pixels, without pooling, after a first layer",
}
"""What varies, and in which networks."""

_CLASSES: Final = 43


@dataclass(frozen=True)
class Point:
    """One network of a series.

    Attributes:
        size: what varies: filters, pixels on a side, or layers.
        products: of weights with signs or pixels.
    """

    series: str
    size: int
    products: int
    instructions: int


@dataclass(frozen=True)
class SizedNetwork:
    """A network that is to be counted."""

    series: str
    size: int
    pixels: int
    architecture: Architecture


def networks() -> tuple[SizedNetwork, ...]:
    """Every network of every series."""
    paper = Architecture()
    flat = replace(paper, units=(), pool_size=1)
    return (
        *(
            SizedNetwork("filters", n, 32, replace(paper, filters=(n,) * 4))
            for n in (32, 64, 128, 256)
        ),
        *(
            SizedNetwork("map size", n, n, replace(paper, filters=(128,) * 3))
            for n in (8, 16, 24, 32, 48, 64)
        ),
        *(
            SizedNetwork("depth", n, 16, replace(flat, filters=(64,) * (n + 1)))
            for n in (1, 2, 3, 4)
        ),
    )


def measure_scaling(progress: Callable[[str], None]) -> list[Point]:
    """Instructions of every network, for the picture that `cbcnn-profile` makes up."""
    points = []
    for network in networks():
        with tempfile.TemporaryDirectory(prefix="cbcnn-bench-") as folder:
            model = make_model(network, Path(folder) / "model.h5")
            request = Request(
                model=model, target=TARGET, name="net", optimize="speed", measure=False
            )
            generate(request).write(Path(folder) / "code")
            project = read_project(Path(folder) / "code")
            result = profile(project, [choose_image(project, None, 0)])[0]
        points.append(Point(network.series, network.size, result.products, counted(result)))
        progress(f"{network.series} {network.size}: {points[-1].instructions:,} instructions")
    return points


def make_model(network: SizedNetwork, path: Path) -> Path:
    """Write a Keras file of the trainer's own network with random weights."""
    from cbcnn_trainer.keras2 import model_file
    from cbcnn_trainer.keras2.models import build_model

    model = build_model(network.architecture, (network.pixels, network.pixels, 1), _CLASSES)
    rng = np.random.default_rng(network.size)
    mean = deviation = 0.0
    for layer in model.layers:
        shapes = [weight.shape for weight in layer.get_weights()]
        if len(shapes) == 1:
            deviation = math.sqrt(math.prod(shapes[0][:-1]))
            is_pooled = len(shapes[0]) == 4 and network.architecture.pool_size > 1
            mean = deviation if is_pooled else 0.0
            layer.set_weights([rng.choice((-0.5, 0.5), shapes[0])])
        elif shapes:
            layer.set_weights(_batch_norm(rng, shapes[0][0], mean, deviation))
    model_file.save(model, path, ModelMetadata("int8"))
    return path


def _batch_norm(
    rng: np.random.Generator, channels: int, mean: float, deviation: float
) -> list[Any]:
    """Gamma, beta, moving mean and moving variance."""
    means = mean + 0.3 * deviation * rng.normal(size=channels)
    return [np.ones(channels), np.zeros(channels), means, np.full(channels, deviation**2)]


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The k of the power law c * sizes**k that fits best, by least squares of logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def line(sizes: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Constant and slope of the straight line that fits best, by least squares."""
    slope, constant = np.polyfit(sizes, values, 1)
    return float(constant), float(slope)
