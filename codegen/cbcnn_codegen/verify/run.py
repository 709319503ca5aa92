"""Verifies generated code: builds it, runs it on images, demands the Python model's numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np

from cbcnn_codegen.ir import Graph
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_codegen.tools import Processes
from cbcnn_codegen.verify.build import PROGRAM, compile_project
from cbcnn_codegen.verify.builds import Build, Builds, Extent, choose_builds
from cbcnn_codegen.verify.camera import camera_samples, run_frames
from cbcnn_codegen.verify.compare import Comparison
from cbcnn_codegen.verify.data import Array, Samples, Source, as_rgb565
from cbcnn_codegen.verify.expect import Expectation, expect_reference, join_expectations
from cbcnn_codegen.verify.frameworks import Framework
from cbcnn_codegen.verify.harness import Outputs, run_program
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.systems import usable_processors

TRACE_CHUNK: Final = 100
"""Images whose maps are in memory at the same time."""

OTHER_BUILD_IMAGES: Final = 64
"""First images, for all builds but the two main ones."""

DEFAULT_TRACE: Final = 500

Against = Literal["reference", Framework, "stored outputs"]


class PythonModel(Protocol):
    """A model that says what the C has to compute."""

    def expect(self, planes: Array, *, traced: bool) -> Expectation:
        """Its results for images; with `traced`, every layer that it shows."""


@dataclass(frozen=True)
class ReferenceModel:
    """The NumPy interpreter of the lowered graph."""

    lowered: Graph

    def expect(self, planes: Array, *, traced: bool) -> Expectation:
        """See `PythonModel`."""
        return expect_reference(self.lowered, planes, traced=traced)


@dataclass(frozen=True)
class BuildResult:
    """One build that ran; `traced` images had every layer compared."""

    name: str
    images: int
    traced: int


@dataclass
class Result:
    """The result of a verification.

    Attributes:
        traced: images whose every layer was compared in the main build.
        left_out: builds that this machine cannot make, with the reason.
        tallies: by Python model and build.
        answers: class of each image by the C, and by the last of the Python models; None of a
            network without classes.
        near_ties: images where that model's own float answer differs from its exact one.
        stack_bytes: most bytes used in an emulator that tells them, or None.
        cycles: most that an image took in an emulator that counts them, or None.
    """

    samples: Samples
    traced: int
    builds: list[BuildResult] = field(default_factory=list)
    left_out: Mapping[str, str] = field(default_factory=dict)
    tallies: dict[tuple[Against, str], Comparison] = field(default_factory=dict)
    answers: tuple[Array, Array] | None = None
    near_ties: int = 0
    stack_bytes: int | None = None
    cycles: int | None = None

    def tally(self, against: Against, build: str) -> Comparison:
        """The counts of one build against one model, to be added to."""
        return self.tallies.setdefault((against, build), Comparison())

    def total(self, against: Against) -> Comparison:
        """The counts of all builds against one model."""
        return Comparison.merge(
            tally for (model, _), tally in self.tallies.items() if model == against
        )

    @property
    def overall(self) -> Comparison:
        """The counts of all builds against all models."""
        return Comparison.merge(self.tallies.values())


@dataclass(frozen=True)
class Verifier:
    """Runs one project over one set of images.

    Attributes:
        lowered: the network in integers.
        against: name of the Python model whose answers are reported.
        other: that model, unless it is the reference interpreter, which always takes part.
        trace: number of images whose every layer is compared.
        jobs: processes at the same time.
        progress: receives what happens.
    """

    project: Project
    lowered: Graph
    samples: Samples
    against: Against = "reference"
    other: PythonModel | None = None
    trace: int = DEFAULT_TRACE
    extent: Extent = "full"
    emulate: bool = False
    jobs: int = field(default_factory=usable_processors)
    progress: Progress = no_progress
    processes: Processes = field(default_factory=Processes)

    def run(self) -> Result:
        """Build, run and compare.

        Raises:
            MissingToolError: no compiler or no emulator.
            BuildError: a build does not compile silently or does not run to its end.
        """
        builds = choose_builds(self.extent)
        result = Result(self.samples, min(self.trace, len(self.samples)), left_out=builds.left_out)
        with (
            tempfile.TemporaryDirectory(prefix="cbcnn-verify-") as name,
            ThreadPoolExecutor(self.jobs) as pool,
        ):
            try:
                self._run_main_builds(Path(name), pool, builds, result)
                self._run_other_builds(Path(name), pool, builds, result)
                if self.emulate:
                    self._run_emulator(Path(name), result)
            except BaseException:
                self.processes.stop()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return result

    def _run_main_builds(
        self, folder: Path, pool: ThreadPoolExecutor, builds: Builds, result: Result
    ) -> None:
        """The build that ships over all images, the one that shows its layers over the first."""
        self.progress(f"compiling {self.project.name}")
        shipped, traced = pool.map(lambda build: self._compile(folder, build), builds[:2])
        chunks = _chunks(0, result.traced, TRACE_CHUNK)
        pieces = _chunks(0, len(self.samples), -(-len(self.samples) // (4 * self.jobs)))
        traces = [pool.submit(self._execute, builds.traced, traced, chunk) for chunk in chunks]
        scores = [pool.submit(self._execute, builds.shipped, shipped, piece) for piece in pieces]
        result.builds.append(BuildResult(builds.shipped.name, len(self.samples), 0))
        result.builds.append(BuildResult(builds.traced.name, result.traced, result.traced))
        models: list[tuple[Against, PythonModel]] = [("reference", ReferenceModel(self.lowered))]
        if self.other is not None:
            models.append((self.against, self.other))
        for against, model in models:
            tally = result.tally(against, builds.traced.name)
            found = list(zip(chunks, traces, strict=True))
            parts = self._compare_traces(against, model, found, tally)
            if result.traced < len(self.samples):
                self.progress(f"{against}: scores of {len(self.samples)} images")
                parts.append(model.expect(self.samples.planes[result.traced :], traced=False))
            expected = join_expectations(parts)
            tally = result.tally(against, builds.shipped.name)
            for piece, future in zip(pieces, scores, strict=True):
                self._add(tally, future.result(), expected.without_layers(piece), piece)
            if expected.decisions is not None:
                classes = np.concatenate([future.result().classes for future in scores])
                result.answers = (classes, expected.decisions.answers)
                result.near_ties = int(expected.decisions.near_ties.sum())

    def _compare_traces(
        self,
        against: Against,
        model: PythonModel,
        traces: list[tuple[slice, Future[Outputs]]],
        tally: Comparison,
    ) -> list[Expectation]:
        parts = []
        for chunk, future in traces:
            self.progress(f"{against}: every layer of images {chunk.start} to {chunk.stop - 1}")
            expected = model.expect(self.samples.planes[chunk], traced=True)
            self._add(tally, future.result(), expected, chunk)
            parts.append(expected.without_layers(slice(None)))
        return parts

    def _run_other_builds(
        self, folder: Path, pool: ThreadPoolExecutor, builds: Builds, result: Result
    ) -> None:
        few = slice(0, min(OTHER_BUILD_IMAGES, len(self.samples)))
        expected = expect_reference(self.lowered, self.samples.planes[few], traced=True)
        others = builds.others
        self.progress(f"{len(others)} more builds on {few.stop} images")

        def build_and_run(build: Build) -> Outputs:
            return self._execute(build, self._compile(folder, build), few)

        for build, outputs in zip(others, pool.map(build_and_run, others), strict=True):
            self._add(result.tally("reference", build.name), outputs, expected, few)
            result.builds.append(BuildResult(build.name, few.stop, few.stop))
        if self.samples.source is Source.RGB888:
            self._run_rgb565(folder, builds.traced, few, result)
        if self.project.camera is not None:
            self._run_camera(folder, (builds.traced, *others), pool, result)

    def _run_rgb565(self, folder: Path, build: Build, few: slice, result: Result) -> None:
        """Verify the colour images once more, as a camera would deliver them."""
        name = f"{build.name}, RGB565 images"
        samples = as_rgb565(self.samples.part(few), self.lowered)
        expected = expect_reference(self.lowered, samples.planes, traced=True)
        program = folder / _folder_name(build) / PROGRAM
        outputs = run_program(name, self.project, program, samples, few.stop, self.processes)
        tally = result.tally("reference", name)
        tally.add(self.project, outputs, expected, samples.planes, 0)
        result.builds.append(BuildResult(name, few.stop, few.stop))

    def _run_camera(
        self, folder: Path, builds: Sequence[Build], pool: ThreadPoolExecutor, result: Result
    ) -> None:
        """Verify the whole way from frames of the code's camera to classes."""
        programs = {build.name: folder / _folder_name(build) / PROGRAM for build in builds}
        found = run_frames(self.project, self.lowered, self.samples, programs, pool, self.processes)
        for name, samples, expected, outputs in found:
            tally = result.tally("reference", name)
            tally.add(self.project, outputs, expected, samples.planes, 0)
            result.builds.append(BuildResult(name, len(samples), len(samples)))

    def _run_emulator(self, folder: Path, result: Result) -> None:
        from cbcnn_codegen.verify import emulate

        kinds = [self.samples.part(slice(0, min(emulate.IMAGES, len(self.samples))))]
        if self.project.camera is not None:
            lines = camera_samples(self.samples, self.project.camera, self.lowered)
            kinds.append(lines.part(slice(emulate.FRAMES)))
        expected = [expect_reference(self.lowered, kind.planes, traced=True) for kind in kinds]
        for run in emulate.run_target(self.project, kinds, folder, self.processes):
            self.progress(run.name)
            samples, shown = kinds[run.kind], expected[run.kind]
            shown = shown if run.traced else shown.without_layers(slice(None))
            tally = result.tally("reference", run.name)
            tally.add(self.project, run.outputs, shown, samples.planes, 0)
            traced = len(samples) if run.traced else 0
            result.builds.append(BuildResult(run.name, len(samples), traced))
            if not run.traced and run.kind == 0:
                result.stack_bytes = int(run.outputs.stack_bytes.max()) or None
                result.cycles = max(run.cycles, default=None)

    def _compile(self, folder: Path, build: Build) -> Path:
        own = folder / _folder_name(build)
        own.mkdir()
        return compile_project(self.project, build, own, self.processes)

    def _execute(self, build: Build, program: Path, images: slice) -> Outputs:
        part = self.samples.part(images)
        traced = len(part) if build.traced else 0
        return run_program(build.name, self.project, program, part, traced, self.processes)

    def _add(
        self, tally: Comparison, outputs: Outputs, expected: Expectation, images: slice
    ) -> None:
        planes = self.samples.planes[images]
        tally.add(self.project, outputs, expected, planes, images.start)


def _chunks(start: int, stop: int, size: int) -> list[slice]:
    return [slice(i, min(i + size, stop)) for i in range(start, stop, max(size, 1))]


def _folder_name(build: Build) -> str:
    return "".join(character if character.isalnum() else "_" for character in build.name)
