"""The commands that repeat a report, from its options."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.report import Report

MODEL: Final = "model.h5"
FOLDER: Final = "out"
DATA: Final = "DATA"
"""What stands for paths of the user, which never enter a generated file."""


@dataclass(frozen=True)
class CommandLine:
    """A command line, and what it is for."""

    purpose: str
    text: str


def repeat(report: Report) -> tuple[CommandLine, ...]:
    """Generate, verify and measure the code again, and put it on a board."""
    commands = [
        CommandLine("Generate the same files", " ".join(_codegen(report))),
        CommandLine("Prove that the C computes what Python does, bit for bit", _verify()),
        CommandLine("Count the instructions of every layer", f"cbcnn-profile {FOLDER}"),
    ]
    fitting = [board for board in report.fits if board.fits and board.target == report.target]
    if fitting:
        board = f"--board {fitting[0].board}"
        commands += [
            CommandLine(
                f"Build firmware for a {fitting[0].title}",
                f"cbcnn-board build {FOLDER} {board} --model {MODEL}",
            ),
            CommandLine(
                "See what it answers, live",
                f"cbcnn-board watch {MODEL} {FOLDER} {board} --port PORT --data {DATA}",
            ),
        ]
    return tuple(commands)


def _verify() -> str:
    return f"cbcnn-verify {MODEL} {FOLDER} --data {DATA}"


def _codegen(report: Report) -> Iterator[str]:
    """The words of the command that generates the code, with every option that is no default."""
    options = report.options
    yield f"cbcnn-codegen {MODEL} --target {report.target} --name {report.name}"
    if options.optimize != "balanced":
        yield f"--optimize {options.optimize}"
    if options.scores != "integer":
        yield f"--scores {options.scores}"
    if options.class_names:
        yield "--class-names"
    if options.split_weights:
        yield "--split-weights"
    if options.project is not None:
        yield f"--project {options.project}"
    if options.camera is not None:
        yield f"--camera {options.camera}"
    if options.fit is not None:
        yield f"--fit {options.fit}"
    if options.input_type is not None:
        yield f"--input {options.input_type}"
    if options.rescale is not None:
        scale, offset = options.rescale
        yield f"--rescale {scale!r},{offset!r}"
    for custom in options.custom:
        yield f"--custom {shlex.quote(custom)}"
    if report.calibration is not None:
        yield "--real-layers int8 --calibrate CALIBRATION"
    if report.evidence.answers:
        yield "--samples SAMPLES"
    if report.measured_with is None:
        yield "--no-measure"
    yield f"-o {FOLDER}"
