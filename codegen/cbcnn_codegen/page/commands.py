"""The commands that repeat a report, from its options."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.report import Report
from cbcnn_codegen.targets import find_target

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
    options, usual_bits = report.options, find_target(report.target).word_bits
    yield f"cbcnn-codegen {MODEL} --target {report.target} --name {report.name}"
    values = {
        "--word-bits": report.word_bits if report.word_bits != usual_bits else None,
        "--optimize": options.optimize if options.optimize != "balanced" else None,
        "--scores": options.scores if options.scores != "integer" else None,
        "--project": ",".join(options.project) or None,
        "--camera": options.camera,
        "--fit": options.fit,
        "--input": options.input_type,
        "--rescale": None if options.rescale is None else "{!r},{!r}".format(*options.rescale),
        "--real-layers": None if report.calibration is None else "int8",
        "--calibrate": None if report.calibration is None else "CALIBRATION",
        "--samples": "SAMPLES" if report.evidence.answers else None,
    }
    yield from (f"{option} {value}" for option, value in values.items() if value is not None)
    yield from (f"--custom {shlex.quote(custom)}" for custom in options.custom)
    flags = {
        "--class-names": options.class_names,
        "--split-weights": options.split_weights,
        "--no-measure": report.measured_with is None,
    }
    yield from (flag for flag, is_set in flags.items() if is_set)
    yield f"-o {FOLDER}"
