"""Compiles generated code and the harness, without a warning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import Target
from cbcnn_codegen.tools import Processes, find_tool, first_lines
from cbcnn_codegen.verify.builds import Build
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.compilers import find_compiler, find_compilers
from cbcnn_inputs.systems import program_file

_INT_BITS: Final = 32
_PROMOTED: Final = ("-Wno-conversion",)
"""For words that C promotes to int: some compilers then warn of a shift by one bit."""

WARNINGS: Final = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
PACKAGES: Final = {"gcc": "gcc", "g++": "g++", "clang": "clang", "clang++": "clang"}
COMPILE_SECONDS: Final = 300
PROGRAM: Final = program_file("harness")
"""The file of a program that was linked with generated code, in the folder of its build."""
_HEARD_BY_GCC_ALONE: Final = ("-Wno-ignored-optimization-argument",)
"""Clang need not say which of the flags it does not know."""


def compile_project(
    project: Project, build: Build, folder: Path, processes: Processes | None = None
) -> Path:
    """Build the harness around the generated code, in an existing folder; returns the program.

    Raises:
        MissingToolError: no such compiler.
        BuildError: the compiler had something to say.
    """
    compiler = [*_command(build), *build.flags, *WARNINGS]
    compiler += _PROMOTED if project.word_bits < _INT_BITS else ()
    own = harness_sources("io_stdio.c")
    plain = ["-x", "none"] if "-x" in build.flags else []  # objects are of no language
    model = ModelBuild(build.name, compiler, project, folder, traced=build.traced)
    return model.link([*own, *plain], processes=processes)


def _command(build: Build) -> Sequence[str]:
    """The command of a build's compiler.

    Raises:
        MissingToolError: it is not installed.
    """
    for compiler in find_compilers():
        if build.compiler == compiler.name:
            return compiler.command
    return (find_tool(build.compiler, PACKAGES.get(build.compiler, build.compiler)),)


def target_compiler(target: Target) -> list[str]:
    """The command of a target's compiler with its flags; it takes no warning.

    Raises:
        MissingToolError: it is not installed.
    """
    compiler, *arguments = target.compiler
    flags = [*arguments, *target.flags, *target.optimise, f"-std={target.standard}", *WARNINGS]
    if target.is_native:
        return [*find_compiler().command, *flags, *_HEARD_BY_GCC_ALONE]
    found = find_tool(compiler, target.toolchain.packages)
    return [found, *flags, *target.unheeded, *target.library_flags]


def harness_sources(io: str) -> list[str]:
    """The harness's sources and the folder of its headers; `io` says how it reads and writes."""
    harness = firmware_path("harness")
    return ["-I", str(harness), str(harness / "harness.c"), str(harness / io)]


class ModelBuild(NamedTuple):
    """Generated code that becomes part of a program.

    Attributes:
        what: the build, for messages.
        compiler: command and flags.
        folder: for objects and program; it exists.
        traced: whether the program includes the model's source, to see every layer.
    """

    what: str
    compiler: Sequence[str]
    project: Project
    folder: Path
    traced: bool

    def link(
        self, own: Sequence[str], last: Sequence[str] = (), processes: Processes | None = None
    ) -> Path:
        """Compile the model as a user's project does, and link it; returns the program.

        Args:
            own: sources of the program, and flags for them.
            last: flags for the linker.
            processes: that the compilers belong to.

        Raises:
            BuildError: the compiler had something to say.
        """
        project, command = self.project, [*self.compiler, "-I", str(self.project.folder)]
        objects = []
        for source in project.sources[1:] if self.traced else project.sources:
            objects.append(str(self.folder / f"{source}.o"))
            compiled = ["-c", str(project.folder / source), "-o", objects[-1]]
            run_compiler(self.what, [*command, *compiled], processes)
        program = self.folder / PROGRAM
        defines = harness_defines(project, traced=self.traced)
        linked = [*defines, *own, *objects, *last, "-o", str(program)]
        run_compiler(self.what, [*command, *linked], processes)
        return program


def harness_defines(project: Project, *, traced: bool) -> list[str]:
    """The `-D` options that tell the harness about a model."""
    macro = project.prefix.upper()
    included = project.sources[0] if traced else project.header
    defines = [
        f'-DMODEL_FILE="{included}"',
        f"-DMODEL(suffix)={project.prefix}##suffix",
        f"-DMODEL_CONSTANT(suffix)={macro}##suffix",
        f"-DMODEL_PIXEL={project.input.dtype}_t",
        f"-DHARNESS_OUTPUTS(X)={_outputs(project)}",
    ]
    if project.has_classes:
        defines.append("-DHARNESS_CLASSIFY")
    if traced:
        hook = "(index, output, bytes)=after_layer(index, output, bytes)"
        defines += ["-DHARNESS_TRACE", f"-D{macro}_AFTER_LAYER{hook}"]
    if project.has_compression:
        defines.append("-DHARNESS_COMPRESS_GREY")
    if project.image_in_arena is not None:
        defines.append("-DHARNESS_IMAGE_IN_ARENA")
    if project.has_luma:
        defines.append("-DHARNESS_COMPRESS_RGB")
    if project.camera is not None:
        defines.append("-DHARNESS_CAMERA")
        defines += ["-DHARNESS_CAMERA_CHROMA"] if project.camera.camera.is_planar else []
    if project.rejection is not None:
        defines.append("-DHARNESS_REJECT")
    return defines


def _outputs(project: Project) -> str:
    """A macro's call for each output, with its number, type and number of values."""
    types = {"int8": "int8_t", "int32": "int32_t", "int64": "int64_t", "float": "float"}
    return " ".join(
        f"X({index}, {types[output.type]}, {output.count})"
        for index, output in enumerate(project.outputs)
    )


def run_compiler(what: str, command: Sequence[str], processes: Processes | None = None) -> None:
    """Run a compiler; anything but silence is an error, because warnings are.

    Raises:
        BuildError: with the first lines that it printed.
    """
    endless = BuildError(f"{what}: the compiler did not end in {COMPILE_SECONDS} s")
    finished = (processes or Processes()).run(command, seconds=COMPILE_SECONDS, endless=endless)
    if finished.code != 0 or finished.messages:
        raise BuildError(
            f"{what}: the generated code does not compile without a message",
            found=first_lines(finished.messages) or f"exit code {finished.code}",
            allowed=" ".join(WARNINGS),
        )
