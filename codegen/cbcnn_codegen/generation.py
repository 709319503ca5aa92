"""The whole path from a model file to generated files, as one function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from cbcnn_codegen.answer_pictures import answer_pictures
from cbcnn_codegen.boards import Board, known_boards
from cbcnn_codegen.calibrate import calibrate
from cbcnn_codegen.emit import emit_model, emit_sources, file_names, write_project
from cbcnn_codegen.errors import CbcnnError, MissingToolError, UsageError
from cbcnn_codegen.evidence import Evidence
from cbcnn_codegen.find_training import find_training
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.measure import Measured, measure
from cbcnn_codegen.memory import Budget, Footprint, demand_fit
from cbcnn_codegen.names import name_from_stem
from cbcnn_codegen.options import Optimize, Options, ScoreType
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import Plan, make_plan
from cbcnn_codegen.projects import headers_beside
from cbcnn_codegen.read import read_model
from cbcnn_codegen.report import REPORT, Report, encode
from cbcnn_codegen.report.make import make_report
from cbcnn_codegen.suggest_integers import suggest_integers
from cbcnn_codegen.targets import Target, find_target
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.idle_options import Requirement, refuse_idle
from cbcnn_inputs.metadata import InputType
from cbcnn_inputs.own_pictures.fit import Fit

_SHOW_CLASSES: Final = ("arduino", "platformio")


@dataclass(frozen=True)
class Request:
    """A user's request; see the options of `cbcnn-codegen`.

    Attributes:
        word_bits: of words of signs, where the target has a choice.
        calibrate: images that quantize real-valued layers; None leaves them in float32.
        camera: frames that the C makes images of; None for none.
        fit: how, of a model that does not say it.
        samples: images for `report.html`, with the network's answers; None shows none.
    """

    model: Path
    target: str
    name: str | None = None
    scores: ScoreType = "integer"
    class_names: bool = False
    split_weights: bool = False
    project: tuple[str, ...] = ()
    optimize: Optimize = "balanced"
    input_type: InputType | None = None
    rescale: tuple[float, float] | None = None
    calibrate: Path | None = None
    samples: Path | None = None
    custom: tuple[str, ...] = ()
    budget: Budget | None = None
    measure: bool = True
    camera: Camera | None = None
    fit: Fit | None = None
    word_bits: int | None = None


@dataclass(frozen=True)
class Generated:
    """Generated files and the facts about them.

    Attributes:
        files: name to text.
        report: of the code.
        notes: for the user: of the reader, and what would compute faster.
    """

    files: Mapping[str, str]
    report: Report
    notes: tuple[str, ...]

    def write(self, folder: str | Path, *, force: bool = False) -> None:
        """Write all files in one step.

        Raises:
            OutputError: the folder cannot be written, or holds files of somebody else.
        """
        write_project(Path(folder), self.files, family=file_names(self.report.name), force=force)

    def summary(self, folder: Path) -> dict[str, Any]:
        """The object that `cbcnn-codegen --json` prints; `files` are paths."""
        flash, ram = asdict(self.report.flash_bytes), asdict(self.report.ram_bytes)
        return {
            **asdict(self.report),
            "files": [str(folder / name) for name in self.files],
            "flash_bytes": flash["total"],
            "ram_bytes": ram["total"],
            "flash": flash,
            "ram": ram,
            "notes": list(self.notes),
        }


def generate(request: Request) -> Generated:
    """Read the model, lower it, plan it for the target and print it as C; writes nothing.

    Raises:
        UsageError: an unknown target, a name that C does not take, options that contradict.
        ModelFileError, UnsupportedLayerError: the model cannot be read or generated.
        DoesNotFitError: it needs more memory than the request allows.
        MissingToolError: without the target's compiler nobody can say whether it fits.
    """
    target = find_target(request.target, request.word_bits)
    default_name = name_from_stem(request.model.stem, headers_beside(request.project))
    options = Options(
        name=default_name if request.name is None else request.name,
        scores=request.scores,
        class_names=request.class_names,
        split_weights=request.split_weights,
        project=request.project,
        optimize=request.optimize,
        camera=request.camera,
        fit=request.fit,
    )
    read = read_model(
        request.model,
        input_type=request.input_type,
        rescale=request.rescale,
        custom=request.custom,
    )
    if request.class_names:
        has_names = bool(read.graph.class_names)
        named = Requirement("--class-names", has_names, "a model file that has class names")
        refuse_idle(["--class-names"], [named])
    if request.samples is not None:
        shown = Requirement("--samples", read.graph.has_classes, "a network that has classes")
        refuse_idle(["--samples"], [shown])
    _demand_shown(request.project, read.graph)
    if request.fit is not None:
        refuse_idle(["--fit"], _fit_requirements(request, read.graph))
    if request.calibrate is None:
        graph, calibration = lower(read.graph), None
    else:
        graph, calibration = calibrate(read.graph, Path(request.calibrate))
    training, not_shown = find_training(Path(request.model), read.sha256)
    answers = () if request.samples is None else answer_pictures(graph, Path(request.samples))
    origin = Origin(
        sha256=read.sha256,
        notes=read.notes,
        input_type=request.input_type,
        rescale=request.rescale,
        calibration=calibration,
        custom=request.custom,
        evidence=Evidence(training, answers),
    )

    def make(mode: Optimize) -> tuple[Mapping[str, str], Report]:
        """Files and report of the code for one mode."""
        plan = make_plan(graph, target, replace(options, optimize=mode))
        sources = emit_sources(plan, origin)
        measured = measure(plan, sources) if request.measure else None
        return make_files(plan, origin, measured, sources)

    files, report = make(options.optimize)
    suggestion = suggest_integers(read.graph, graph, target, options)
    if request.budget is not None:
        demand_fit(request.budget, report, lambda mode: Footprint.of(make(mode)[1]))
        if report.measured_with is None:
            raise _fit_unknown(target, request)
    notes = (*read.notes, *not_shown, *_camera_notes(request, read.graph))
    return Generated(files, report, (*notes, *filter(None, [suggestion])))


def _demand_shown(project: Sequence[str], graph: Graph) -> None:
    """Raise for forms with a program that shows the class of an image, which there is none of."""
    asked = [name for name in project if name in _SHOW_CLASSES]
    if asked and not graph.has_classes:
        raise UsageError(
            f"--project {','.join(asked)} has a program that shows the class of an image",
            found="a network without classes: a map, or several outputs",
            allowed="the other forms of --project",
            suggestion="without that form: the C and its header join any program",
        )


def _fit_requirements(request: Request, graph: Graph) -> list[Requirement]:
    known = "a model that does not say how pictures become images"
    return [
        Requirement("--fit", request.camera is not None, "--camera, whose frames it fits"),
        Requirement("--fit", graph.pictures is None, known),
    ]


def _camera_notes(request: Request, graph: Graph) -> list[str]:
    """What to tell of frames whose preparation is a guess."""
    if request.camera is None or graph.pictures is not None or request.fit is not None:
        return []
    return [
        "the model file does not say how pictures became images in training; frames of the camera "
        "are cropped, and --fit pad or stretch does it otherwise"
    ]


def make_files(
    plan: Plan,
    origin: Origin,
    measured: Measured | None,
    sources: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], Report]:
    """All files of a plan, name to text, and the report that is one of them.

    Args:
        plan: to print.
        origin: the model file.
        measured: sizes for the report; None leaves code and stack unknown.
        sources: from `emit_sources`, if they are at hand.
    """
    draft = make_report(plan, origin, measured, _kin(plan.target))
    files = emit_model(plan, origin, draft, sources or emit_sources(plan, origin))
    report = draft.with_files(files)
    return {**files, REPORT: encode(report)}, report


def _kin(target: Target) -> tuple[Board, ...]:
    """Boards that the code is told to fit or not: those whose compiler it is for.

    All whose tables lie in the memory of everything else where no board has the compiler.
    """
    cores = {board: find_target(board.target) for board in known_boards()}
    own = tuple(board for board, core in cores.items() if core.compiler == target.compiler)
    return own or tuple(board for board, core in cores.items() if not core.table_spaces)


def _fit_unknown(target: Target, request: Request) -> CbcnnError:
    """The error for a budget that may or may not suffice: code and stack are unknown."""
    if not request.measure:
        return UsageError(
            "--fits and --no-measure contradict each other",
            found="code and stack are part of what has to fit, and are not measured",
            suggestion="leave one of them away",
        )
    return MissingToolError(
        "whether the model fits cannot be told without its target's compiler",
        found=f"no GCC by the name {target.compiler[0]} on PATH",
        suggestion="install it, or leave --fits away",
    )
