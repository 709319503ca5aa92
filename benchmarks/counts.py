"""Profiles of the shipped models, over one sample image or over all of them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.cases import Case
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.profile.image import choose_image, choose_images
from cbcnn_codegen.profile.result import Profile
from cbcnn_codegen.profile.run import Profiler, choose_target
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.project import Project, read_project

SAMPLES: Final = 20
"""Images that are shipped with each model."""

_WORKERS: Final = 2


@dataclass(frozen=True)
class Figures:
    """What one case costs.

    Attributes:
        compiler: with its version and the flags.
        counter: what counted the instructions.
        code_sha256: of the generated C.
        images: index of every sample that was run.
        instructions: of each of them.
        cycles: estimated, of each; None where no table says how long instructions take.
        stack: worst case of the compiler's call graph.
    """

    case: Case
    code_sha256: str
    compiler: str
    counter: str
    images: tuple[int, ...]
    instructions: tuple[int, ...]
    cycles: tuple[int, ...] | None
    code: int
    weights: int
    constants: int
    static: int
    arena: int
    stack: int

    def __post_init__(self) -> None:
        """No size is negative, wherever the figures come from."""
        sizes = (self.code, self.weights, self.constants, self.static, self.arena, self.stack)
        if min(sizes) < 0:
            raise ValueError(f"{self.case.name}: sizes {sizes}")

    @property
    def most(self) -> int:
        """Instructions of the image that takes most."""
        return max(self.instructions)

    @property
    def worst(self) -> int:
        """Position of that image."""
        return self.instructions.index(self.most)

    @property
    def least(self) -> int:
        """Instructions of the image that takes fewest."""
        return min(self.instructions)

    @property
    def middle(self) -> int:
        """Median of the instructions."""
        return int(median(self.instructions))

    @property
    def flash(self) -> int:
        """Code, weights and all other constants, in bytes."""
        return self.code + self.weights + self.constants

    @property
    def ram(self) -> int:
        """Variables, arena and stack in bytes; the input image is not counted."""
        return self.static + self.arena + self.stack


def measure_all(
    cases: Iterable[tuple[Case, Sequence[int]]],
    known: Mapping[Case, Figures],
    progress: Callable[[str], None],
) -> list[Figures]:
    """Figures of every case, in order.

    Args:
        cases: each comes with the indices of the samples to run.
        known: figures that are kept where the generated code is the same.
        progress: is told what was found.
    """
    with ProcessPoolExecutor(_WORKERS) as pool:
        jobs = [pool.submit(measure, case, indices, known.get(case)) for case, indices in cases]
        found = []
        for job in jobs:
            found.append(job.result())
            progress(f"{found[-1].case.name}: {found[-1].most:,} instructions")
        return found


def measure(case: Case, indices: Sequence[int], known: Figures | None = None) -> Figures:
    """Generate, build, and run the samples of these indices.

    Args:
        case: model, target and mode.
        indices: of the samples.
        known: what running showed is kept of these figures where code, compiler and samples are
            the same; sizes never are.
    """
    with tempfile.TemporaryDirectory(prefix="cbcnn-bench-") as folder:
        project = make_project(case, Path(folder) / "code")
        digest = _code_digest(project)
        if known and (known.code_sha256, known.images) == (digest, tuple(indices)):
            again = _measure_sizes(known, project)
            if again is not None:
                return again
        samples = choose_images(project, case.samples, max(indices) + 1)
        profiles = profile(project, [samples[index] for index in indices])
    first, memory = profiles[0], profiles[0].memory
    cycles = tuple(result.cycles for result in profiles if result.cycles is not None)
    return Figures(
        case=case,
        code_sha256=digest,
        compiler=first.compiler,
        counter=first.counter,
        images=tuple(indices),
        instructions=tuple(counted(result) for result in profiles),
        cycles=cycles or None,
        code=memory.code,
        weights=memory.weights,
        constants=memory.constants,
        static=memory.static,
        arena=memory.arena,
        stack=max(result.memory.stack for result in profiles),
    )


def _measure_sizes(known: Figures, project: Project) -> Figures | None:
    """The same figures with sizes as they are now; None if they are of another compiler."""
    target, _ = choose_target(project, None)
    profiler = Profiler(project, target, choose_image(project, None, 0))
    sizes = profiler.measure_sizes()
    if known.compiler != profiler.describe_compiler(sizes):
        return None
    return replace(
        known,
        code=sizes.code_bytes,
        weights=sizes.weights_bytes,
        constants=sizes.constants_bytes,
        static=sizes.static_bytes,
    )


def make_project(case: Case, folder: Path) -> Project:
    """The case's code, generated as `cbcnn-codegen` generates it."""
    return generate_project(case.model_file, case.target, case.mode, folder, name=case.model)


def generate_project(
    model: Path,
    target: str,
    mode: Optimize,
    folder: Path,
    *,
    name: str,
    calibrate: Path | None = None,
) -> Project:
    """The code of any model file, under the prefix `name`; in integers if images calibrate it."""
    request = Request(
        model=model, target=target, name=name, optimize=mode, measure=False, calibrate=calibrate
    )
    generate(request).write(folder)
    return read_project(folder)


def _code_digest(project: Project) -> str:
    """SHA-256 of the list of C files and their own digests; reports are not compiled."""
    sources = sorted(item for item in project.hashes.items() if item[0].endswith((".c", ".h")))
    return hashlib.sha256(repr(sources).encode()).hexdigest()


def profile(project: Project, samples: Sequence[Samples]) -> tuple[Profile, ...]:
    """What `cbcnn-profile` finds for each image."""
    target, _ = choose_target(project, None)
    return Profiler(project, target, samples[0]).run_each(samples)


def model_digest(model: Path) -> str:
    """SHA-256 of a model file."""
    return hashlib.sha256(model.read_bytes()).hexdigest()


def counted(result: Profile) -> int:
    """Instructions of a profile on an emulated core, which always has them."""
    assert result.instructions is not None
    return result.instructions


def to_json(figures: Figures) -> dict[str, Any]:
    """As it stands in `figures.json`."""
    case = figures.case
    return {
        "model": case.model,
        "target": case.target,
        "mode": case.mode,
        "code_sha256": figures.code_sha256,
        "compiler": figures.compiler,
        "counter": figures.counter,
        "images": list(figures.images),
        "instructions": list(figures.instructions),
        "cycles": None if figures.cycles is None else list(figures.cycles),
        "flash": {
            "code": figures.code,
            "weights": figures.weights,
            "constants": figures.constants,
        },
        "ram": {"static": figures.static, "arena": figures.arena, "stack": figures.stack},
    }


def from_json(value: dict[str, Any]) -> Figures:
    """The inverse of `to_json`."""
    return Figures(
        case=Case(value["model"], value["target"], value["mode"]),
        code_sha256=value["code_sha256"],
        compiler=value["compiler"],
        counter=value["counter"],
        images=tuple(value["images"]),
        instructions=tuple(value["instructions"]),
        cycles=None if value["cycles"] is None else tuple(value["cycles"]),
        **value["flash"],
        **value["ram"],
    )
