"""Makes a profile: builds, runs one image on the target's core, adds up."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.measure import Measured, measure_sources
from cbcnn_codegen.profile.attribute import SCORES, attribute_instructions
from cbcnn_codegen.profile.host import time_on_host
from cbcnn_codegen.profile.layers import Work, add_up
from cbcnn_codegen.profile.loops import find_kinds
from cbcnn_codegen.profile.program import build_program
from cbcnn_codegen.profile.qemu_counter import count_with_qemu
from cbcnn_codegen.profile.result import SCORES_NAME, LayerProfile, Memory, Profile
from cbcnn_codegen.profile.unicorn_counter import count_with_unicorn
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_codegen.targets import TARGETS, Target, find_target, target_for
from cbcnn_codegen.tools import find_tool
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.harness import decode_output, encode_input
from cbcnn_codegen.verify.project import Project

Counter = Literal["auto", "unicorn", "qemu"]

_NOT_PERMITTED: Final = "none: this machine does not let a program count its instructions"
_PERMITTED: Final = "the processor's own counter of instructions"


@dataclass(frozen=True)
class Profiler:
    """Profiles one project.

    Attributes:
        samples: the image that `run` takes.
        counter: `auto` takes Unicorn if it knows the core, else QEMU.
        clock_mhz: for milliseconds; None for that of a typical chip.
        progress: receives what happens.
    """

    project: Project
    target: Target
    samples: Samples
    counter: Counter = "auto"
    clock_mhz: float | None = None
    progress: Progress = no_progress

    def run(self) -> Profile:
        """Build, run, count.

        Raises:
            UsageError: the counter does not know the core.
            MissingToolError: no compiler, emulator or package.
            BuildError: the code does not compile or does not run.
        """
        return self.run_each((self.samples,))[0]

    def run_each(self, images: Sequence[Samples]) -> tuple[Profile, ...]:
        """Profile several images, each one sample, with one build; see `run`."""
        self._demand_counter()
        measured = self.measure_sizes()
        with tempfile.TemporaryDirectory(prefix="cbcnn-profile-") as name:
            if self.target.emulator is None:
                return tuple(self._time(Path(name), image, measured) for image in images)
            return self._emulate(Path(name), images, measured)

    def _demand_counter(self) -> None:
        """Raise where nothing counts, and for C that is for no processor in particular."""
        target = self.target
        if target.emulator is None and (target.is_emulated or target.isas_for):
            raise UsageError(
                f"nothing counts the instructions of each layer for {target.name}",
                allowed=", ".join(other.name for other in TARGETS if other.emulator is not None),
                suggestion="cbcnn-verify --emulate, which counts the cycles of an image"
                if target.chip is not None
                else "--target with a processor of yours",
            )

    def _time(self, folder: Path, image: Samples, measured: Measured) -> Profile:
        """Measure natively: time, and instructions if the machine counts them."""
        self.progress("running on this machine")
        timed = time_on_host(self.project, self.target, image, folder)
        return self._profile(
            image,
            measured,
            counter=_PERMITTED if timed.instructions else _NOT_PERMITTED,
            answer=timed.classes[0],
            work=None,
            instructions=timed.instructions,
            measured_milliseconds=timed.nanoseconds / 1e6,
            measured_stack=None,
        )

    def _emulate(
        self, folder: Path, images: Sequence[Samples], measured: Measured
    ) -> tuple[Profile, ...]:
        target, project = self.target, self.project
        use_unicorn = self._use_unicorn()
        self.progress(f"compiling {project.name} for {target.name}")
        program = build_program(project, target, folder)
        layer_at = attribute_instructions(program)
        self.progress(f"running on an emulated {target.name}")
        count = count_with_unicorn if use_unicorn else count_with_qemu
        profiles = []
        for image in images:
            run = count(program, encode_input(image, 0))
            outputs = decode_output(target.name, project, image, 0, run.output)
            kinds = find_kinds(program, run.flow)
            work = add_up(run.flow, program, layer_at, target.timing, kinds)
            profile = self._profile(
                image,
                measured,
                counter=run.flow.counter,
                answer=int(outputs.classes[0]),
                work=work,
                instructions=sum(layer.instructions for layer in work.values()),
                measured_milliseconds=None,
                measured_stack=int(outputs.stack_bytes[0]),
            )
            profiles.append(profile)
        return tuple(profiles)

    def _use_unicorn(self) -> bool:
        known = self.target.unicorn is not None
        if self.counter == "unicorn" and not known:
            raise UsageError(
                f"Unicorn has no core for {self.target.name}",
                allowed=", ".join(target.name for target in TARGETS if target.unicorn),
                suggestion="--counter qemu",
            )
        return known and self.counter != "qemu"

    def _profile(
        self,
        image: Samples,
        measured: Measured,
        *,
        counter: str,
        answer: int,
        work: dict[int, Work] | None,
        instructions: int | None,
        measured_milliseconds: float | None,
        measured_stack: int | None,
    ) -> Profile:
        target = self.target
        timing = target.timing
        is_timed = timing is not None and work is not None
        return Profile(
            name=self.project.name,
            target=target.name,
            compiler=self.describe_compiler(measured),
            counter=counter,
            timing=timing.source if timing else None,
            image=image.description,
            answer=answer if self.project.has_classes else None,
            layers=self._layers(work, is_timed=is_timed),
            instructions=instructions,
            cycles=sum(layer.cycles for layer in work.values()) if work and is_timed else None,
            clock_mhz=self.clock_mhz or target.clock_mhz,
            measured_milliseconds=measured_milliseconds,
            memory=self._memory(measured, measured_stack),
        )

    def _layers(self, work: dict[int, Work] | None, *, is_timed: bool) -> tuple[LayerProfile, ...]:
        has_vectors = self.target.vector_registers is not None

        def add_costs(row: LayerProfile, index: int) -> LayerProfile:
            if work is None:
                return row
            costs = work.get(index, Work())
            return replace(
                row,
                instructions=costs.instructions,
                cycles=costs.cycles if is_timed else None,
                vectors=costs.vectors if has_vectors else None,
                loops=costs.loops,
            )

        rows = (
            add_costs(
                LayerProfile(
                    name=layer.name,
                    kernel=layer.kernel,
                    binary_products=layer.products.binary,
                    integer_products=layer.products.integer,
                    real_products=layer.products.real,
                ),
                layer.index,
            )
            for layer in self.project.layers
        )
        return (*rows, add_costs(LayerProfile(SCORES_NAME, "", 0, 0), SCORES))

    def measure_sizes(self) -> Measured:
        """Sizes and stack, by the compiler; which is looked for first, for its error message.

        Raises:
            MissingToolError: no compiler.
            BuildError: the code does not compile.
        """
        project = self.project
        find_tool(self.target.compiler[0], self.target.toolchain.packages)
        texts = {
            name: (project.folder / name).read_text(encoding="utf-8")
            for name in (*project.code, project.header)
        }
        measured = measure_sources(self.target, project.name, texts)
        assert measured is not None, "the tools are there"
        return measured

    def describe_compiler(self, measured: Measured) -> str:
        """The compiler with its version and the flags."""
        return " ".join((measured.compiler, *self.target.flags, *self.target.optimise))

    def _memory(self, measured: Measured, measured_stack: int | None) -> Memory:
        return Memory(
            code=measured.code_bytes,
            weights=measured.weights_bytes,
            constants=measured.constants_bytes,
            static=measured.static_bytes,
            arena=self.project.ram_bytes.arena,
            computed_stack=measured.stack_bytes,
            measured_stack=measured_stack,
        )


def choose_target(project: Project, name: str | None) -> tuple[Target, tuple[str, ...]]:
    """The target to profile for, the project's own by default, and warnings.

    Raises:
        UsageError: no such target, or one with words of another size: that is other code.
    """
    target = find_target(name or project.target)
    if project.word_bits in target.isas_for:
        target = target.with_words(project.word_bits)
    target = target_for(target, project.options.optimize)
    if target.word_bits != project.word_bits:
        raise UsageError(
            f"the code in {project.folder} is not for {target.name}",
            found=f"words of {project.word_bits} bits, generated for {project.target}",
            allowed=f"words of {target.word_bits} bits",
            suggestion=f"cbcnn-codegen MODEL --target {target.name} -o DIR",
        )
    if target.name == project.target:
        return target, ()
    warning = (
        f"the code was generated for {project.target}; cbcnn-codegen may choose other kernels for "
        f"{target.name}"
    )
    return target, (warning,)
