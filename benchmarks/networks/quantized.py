"""A trained network with floats beside the network of integers that `--real-layers int8` makes.

Images that the network was trained on calibrate it. Both answer all test images: their C, compiled
for this machine, which finds the same classes as on any chip.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.counts import counted, generate_project, profile
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.passes import lower
from cbcnn_codegen.profile.host import build_timer, run_timer
from cbcnn_codegen.profile.image import choose_images
from cbcnn_codegen.profile.result import Profile
from cbcnn_codegen.profile.run import choose_target
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.data import Samples, load_samples
from cbcnn_inputs.datasets import Split, load

TARGETS: Final = ("cortex-m4", "cortex-m0plus")
"""One with a unit for floats, and one without."""
CALIBRATION: Final = 200
"""Training images that give the ranges."""

_FLOATS: Final = 2


@dataclass(frozen=True)
class Smallest:
    """One inference in mode `size` on the first target; sizes in bytes.

    Attributes:
        weights: of the flash, the packed weights.
        instructions: counted, of the first sample image.
    """

    flash: int
    weights: int
    ram: int
    instructions: int


@dataclass(frozen=True)
class Form:
    """One form of a network.

    Attributes:
        right: test images that it answers right.
        flash, ram: bytes in mode `balanced`, by target.
        instructions: counted, of the first sample image, by target.
    """

    right: int
    smallest: Smallest
    flash: dict[str, int]
    ram: dict[str, int]
    instructions: dict[str, int]


@dataclass(frozen=True)
class Beside:
    """Both forms, and how often they agree.

    Attributes:
        calibration: training images that gave the ranges.
        images: of the test set.
        same_class: how many of them have one class in both.
    """

    calibration: int
    images: int
    same_class: int
    floats: Form
    integers: Form


def measure_beside(model: Path, dataset: str, samples: Path) -> Beside | None:
    """Both forms of a model over the test set; None for a network of signs and integers alone.

    Args:
        model: the file.
        dataset: its name; CBCNN_DATA names the folder that holds it.
        samples: a folder of images, whose first one is counted.
    """
    graph = lower(read_model(model).graph)
    if graph.level < _FLOATS:
        return None
    folder = os.environ.get("CBCNN_DATA")
    if not folder:
        sys.exit("error: CBCNN_DATA must name the folder with the data sets")
    data = load(dataset, Path(folder))
    with tempfile.TemporaryDirectory(prefix="cbcnn-networks-") as name:
        here = Path(name)
        calibration = _save(here / "calibration.npz", _spread(data.train, CALIBRATION))
        tests = load_samples(_save(here / "test.npz", data.test), graph)
        forms: dict[str, Form] = {}
        classes: dict[str, npt.NDArray[np.int64]] = {}
        for form, ranges in (("floats", None), ("integers", calibration)):
            classes[form] = _classify(model, ranges, tests, here / form)
            right = int((classes[form] == data.test.labels).sum())
            forms[form] = _form(model, ranges, samples, here / form, right)
    same = int((classes["floats"] == classes["integers"]).sum())
    return Beside(CALIBRATION, len(tests), same, **forms)


def _spread(split: Split, count: int) -> Split:
    """Images from everywhere in a data set whose order is that of its classes."""
    return split.pick(np.linspace(0, len(split.labels) - 1, count).astype(np.int64))


def _save(path: Path, split: Split) -> Path:
    np.savez(path, images=split.images, labels=split.labels)
    return path


def _classify(
    model: Path, calibration: Path | None, tests: Samples, folder: Path
) -> npt.NDArray[np.int64]:
    """The class of every image."""
    code = folder / "code"
    project = generate_project(model, "host", "speed", code, name="network", calibrate=calibration)
    target, _ = choose_target(project, None)
    timed = run_timer(build_timer(project, target, folder), tests, rounds=1, milliseconds=0)
    return np.array(timed.classes, np.int64)


def _form(model: Path, calibration: Path | None, samples: Path, folder: Path, right: int) -> Form:
    def cost(target: str, mode: Optimize) -> Profile:
        code = folder / f"{target}-{mode}"
        project = generate_project(model, target, mode, code, name="network", calibrate=calibration)
        return profile(project, choose_images(project, samples, 1)[:1])[0]

    found = {target: cost(target, "balanced") for target in TARGETS}
    least = cost(TARGETS[0], "size")
    memory = least.memory
    return Form(
        right,
        Smallest(memory.flash, memory.weights, memory.ram, counted(least)),
        {target: of.memory.flash for target, of in found.items()},
        {target: of.memory.ram for target, of in found.items()},
        {target: counted(of) for target, of in found.items()},
    )


def from_json(value: Mapping[str, Any]) -> Beside:
    """The inverse of `dataclasses.asdict`."""
    forms = {
        name: Form(**{**value[name], "smallest": Smallest(**value[name]["smallest"])})
        for name in ("floats", "integers")
    }
    return Beside(**{**value, **forms})
