"""What becomes of an architecture: its costs on each target, or why it is refused."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.architectures.catalogue import NamedNetwork
from cbcnn_codegen.errors import CbcnnError
from cbcnn_codegen.generation import Generated, Request, generate
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.read import read_model
from cbcnn_codegen.report import Report
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify.project import read_project

TARGETS: Final = ("cortex-m4", "cortex-m7", "cortex-m0plus", "rv32imac")
"""Their instructions are estimated; the first one's are counted too, and its sizes measured."""
FLOATS: Final = 2
"""The level of networks that compute real numbers."""
CALIBRATION: Final = 32
"""Random images that give the ranges of quantized networks."""


@dataclass(frozen=True)
class Quantized:
    """What `--real-layers int8` makes of a network, on the first target; see `NetworkResult`."""

    flash: int = 0
    ram: int = 0
    counted: int = 0


@dataclass(frozen=True)
class NetworkResult:
    """What is known of an architecture.

    Attributes:
        parameters: that training changes.
        level: of exactness, 0 where it is refused.
        flash: code, weights and constants, in bytes, on a Cortex-M4 in mode `balanced`.
        ram: arena, stack and variables in bytes, without the input image.
        estimated: instructions of one image, as the report says, by target.
        counted: the same on an emulated core of the first target.
        refused: each obstacle, one line.
        int8: the same network with integers in place of floats; None where it has none.
    """

    name: str
    parameters: int
    level: int = 0
    flash: int = 0
    ram: int = 0
    estimated: dict[str, int] = field(default_factory=dict)
    counted: int = 0
    refused: tuple[str, ...] = ()
    int8: Quantized | None = None


def measure(network: NamedNetwork, targets: Sequence[str] = TARGETS) -> NetworkResult:
    """Build the network, generate its code for every target, and note sizes and estimates."""
    with tempfile.TemporaryDirectory(prefix="cbcnn-architectures-") as folder:
        path = Path(folder) / "model.h5"
        parameters = network.write(path)
        try:
            made = [_generate(network, path, target) for target in targets]
            counted = _count(made[0], targets[0], Path(folder) / "code")
        except CbcnnError as error:
            return NetworkResult(network.name, parameters, refused=_obstacles(error))
        reports = [of.report for of in made]
        int8 = None if reports[0].level < FLOATS else _quantize(network, path, targets[0])
    first = reports[0]
    return NetworkResult(
        network.name,
        parameters,
        first.level,
        first.flash_bytes.total,
        first.ram_bytes.total,
        {report.target: estimate(report) for report in reports},
        counted,
        int8=int8,
    )


def _quantize(network: NamedNetwork, model: Path, target: str) -> Quantized:
    """The network in integers, calibrated by random images."""
    shape = read_model(model, custom=network.custom).graph.input.shape
    images = np.random.default_rng(1).integers(0, 256, (CALIBRATION, *shape), np.uint8)
    data = model.with_suffix(".npz")
    np.savez(data, images=images)
    request = Request(model, target, name="net", custom=network.custom, calibrate=data)
    made = generate(request)
    counted = _count(made, target, model.parent / "int8")
    return Quantized(made.report.flash_bytes.total, made.report.ram_bytes.total, counted)


def _generate(network: NamedNetwork, model: Path, target: str) -> Generated:
    measured = target == TARGETS[0]
    return generate(Request(model, target, name="net", custom=network.custom, measure=measured))


def estimate(report: Report) -> int:
    """Instructions of one image."""
    return sum(layer.instructions_estimated for layer in report.layers)


def _count(made: Generated, target: str, folder: Path) -> int:
    """Instructions of one image on an emulated core."""
    made.write(folder)
    project = read_project(folder)
    profile = Profiler(project, find_target(target), choose_image(project, None, 0)).run()
    return profile.instructions or 0


def _obstacles(error: CbcnnError) -> tuple[str, ...]:
    """What was found, of each obstacle that an error names."""
    lines = [line.strip() for line in str(error).splitlines()]
    found = [line.removeprefix("found").strip() for line in lines if line.startswith("found ")]
    return tuple(dict.fromkeys(found or lines[:1]))


def to_json(result: NetworkResult) -> dict[str, Any]:
    """As it stands in the file of results."""
    return asdict(result)


def from_json(value: dict[str, Any]) -> NetworkResult:
    """The inverse of `to_json`."""
    int8 = value["int8"] and Quantized(**value["int8"])
    return NetworkResult(**{**value, "refused": tuple(value["refused"]), "int8": int8})
