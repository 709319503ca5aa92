"""Measures time, and if the machine permits it instructions, of code for this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import Target
from cbcnn_codegen.tools import run_tool
from cbcnn_codegen.verify.build import ModelBuild, target_compiler
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.harness import endless_error, run_error
from cbcnn_codegen.verify.project import Project

MEASURE_MILLISECONDS: Final = 1000
FEWEST_ROUNDS: Final = 3
_SECONDS: Final = 300
_HERE: Final = "this machine"


@dataclass(frozen=True)
class Timed:
    """The results of the program in `firmware_templates/profile/time_run.c`.

    Attributes:
        classes: of each image.
        rounds: number of times that the model ran over all images.
        nanoseconds: of processor time, of the fastest round.
        instructions: of the first image; None where they cannot be counted.
    """

    classes: tuple[int, ...]
    rounds: int
    nanoseconds: int
    instructions: int | None


def time_on_host(project: Project, target: Target, samples: Samples, folder: Path) -> Timed:
    """Compile the code with the target's flags and run it over the images for about a second.

    Raises:
        MissingToolError: no compiler.
        BuildError: the code does not compile or does not run.
    """
    program = build_timer(project, target, folder)
    return run_timer(program, samples, FEWEST_ROUNDS, MEASURE_MILLISECONDS)


def build_timer(project: Project, target: Target, folder: Path) -> Path:
    """Compile the code with the target's flags and link it with the timing program."""
    model = ModelBuild(target.name, target_compiler(target), project, folder, traced=False)
    return model.link([str(firmware_path("profile", "time_run.c"))])


def run_timer(program: Path, samples: Samples, rounds: int, milliseconds: int) -> Timed:
    """Run for so many rounds over all images and so many milliseconds, at least.

    Raises:
        BuildError: the code does not run, or does not end.
    """
    result = run_tool(
        [program, str(len(samples)), str(rounds), str(milliseconds)],
        seconds=_SECONDS,
        data=samples.planes.tobytes(),
        endless=endless_error(_HERE, samples, _SECONDS),
    )
    if result.code != 0:
        raise run_error(_HERE, result.code, result.messages)
    done, nanoseconds, instructions, *classes = (int(word) for word in result.text.split())
    return Timed(tuple(classes), done, nanoseconds, instructions or None)
