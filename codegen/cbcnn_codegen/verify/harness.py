"""Runs a built harness over images and decodes its output; harness.c gives the format."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.report import REPORT
from cbcnn_codegen.tools import Processes, first_lines
from cbcnn_codegen.verify.data import Samples, Source
from cbcnn_codegen.verify.project import Project, score_dtype

Array = npt.NDArray[Any]

RECORD_MARK: Final = 0x47414D49
END_MARK: Final = 0x454E4F44
SECONDS_TO_START: Final = 60.0
SECONDS_PER_IMAGE: Final = 5.0

EXIT_CODES: Final = {
    2: "the input is too short or there is not enough memory",
    3: "the model has no Image Compression Block and no camera for these images",
    4: "the code wrote outside its buffers or changed the image",
    5: "the output cannot be written",
    6: "a processor fault",
    7: "a file cannot be opened",
}


@dataclass(frozen=True)
class Outputs:
    """The results of the C for N images.

    Attributes:
        classes: from `run`; all 0 of a network without classes.
        classified: from `classify` for the traced images; the same as `classes` for the others.
        decided: from `classify_or_reject` for the traced images; None without it.
        stack_bytes: that `run` used, 0 if unknown.
        planes: from the Image Compression Block in C, or None.
        scores: N x values of each output, as the C stores them.
        layers: layer index to the bytes of its output, of the traced images.
    """

    classes: npt.NDArray[np.uint32]
    classified: npt.NDArray[np.uint32]
    stack_bytes: npt.NDArray[np.uint32]
    planes: Array | None
    scores: tuple[Array, ...]
    layers: dict[int, npt.NDArray[np.uint8]]
    decided: npt.NDArray[np.uint32] | None = None


def encode_input(samples: Samples, traced: int) -> bytes:
    """The input of the harness."""
    header = struct.pack("<II", samples.source, traced)
    return header + np.ascontiguousarray(samples.images).tobytes()


def run_program(
    what: str,
    project: Project,
    program: Path,
    samples: Samples,
    traced: int,
    processes: Processes | None = None,
    emulator: Sequence[str] = (),
) -> Outputs:
    """Run a program of this system, `what` being the name of its build.

    The first `traced` images are traced; 0 for a build that cannot. `emulator` is the command in
    front of a program for another processor.

    Raises:
        BuildError: the program failed, or a sanitizer stopped it.
    """
    limit = SECONDS_TO_START + SECONDS_PER_IMAGE * len(samples)
    data = encode_input(samples, traced)
    endless = endless_error(what, samples, limit)
    run = (processes or Processes()).run
    finished = run([*emulator, program], seconds=limit, data=data, endless=endless)
    if finished.code != 0:
        raise run_error(what, finished.code, finished.messages)
    return decode_output(what, project, samples, traced, finished.output)


def endless_error(what: str, samples: Samples, seconds: float) -> BuildError:
    """The error for a harness that had to be killed."""
    return BuildError(
        f"{what}: the generated code does not come to an end",
        found=f"{len(samples)} images not done after {seconds:.0f} s",
    )


def run_error(what: str, code: int, messages: str) -> BuildError:
    """The error for a harness that ended with `code`, negative for a signal."""
    reason = f"signal {-code}" if code < 0 else EXIT_CODES.get(code, f"exit code {code}")
    return BuildError(
        f"{what}: the generated code does not run",
        found=f"{reason}\n{first_lines(messages)}".strip(),
    )


def decode_output(
    what: str, project: Project, samples: Samples, traced: int, data: bytes
) -> Outputs:
    """Take the harness's output apart.

    Raises:
        BuildError: it is not what `report.json` announces.
    """
    count = len(samples)
    traced = min(traced, count)
    record = _record_type(project, samples.source)
    layers = _layers_type(project)
    full = np.dtype([("layers", layers), ("record", record)])
    size = traced * full.itemsize + (count - traced) * record.itemsize
    if len(data) != size + 4 or data[size:] != struct.pack("<I", END_MARK):
        raise _format_error(what, f"{len(data)} bytes", f"{size + 4} bytes")
    first = np.frombuffer(data, full, traced)
    rest = np.frombuffer(data, record, count - traced, traced * full.itemsize)
    records = np.concatenate([first["record"], rest])
    if (records["mark"] != RECORD_MARK).any():
        raise _format_error(what, "a record without its mark", "one record per image")
    for layer in project.layers:
        announced = first["layers"][f"{layer.index}"]
        for key, value in (("index", layer.index), ("bytes", layer.output_bytes)):
            if (announced[key] != value).any():
                raise _format_error(what, f"{key} {announced[key][0]}", f"{value} ({layer.name})")
    return Outputs(
        classes=records["class"],
        classified=records["classified"],
        decided=first["record"]["decided"] if project.rejection is not None else None,
        stack_bytes=records["stack_bytes"],
        planes=records["plane"] if samples.source is not Source.PLANES else None,
        scores=tuple(records[f"output {i}"] for i in range(len(project.outputs))),
        layers={layer.index: first["layers"][f"{layer.index}"]["data"] for layer in project.layers},
    )


def _record_type(project: Project, source: Source) -> np.dtype[Any]:
    fields: list[Any] = [
        ("mark", "<u4"),
        ("class", "<u4"),
        ("classified", "<u4"),
        ("stack_bytes", "<u4"),
    ]
    if project.rejection is not None:
        fields.append(("decided", "<u4"))
    if source is not Source.PLANES:
        fields.append(("plane", project.input.dtype, tuple(project.input.shape)))
    for index, output in enumerate(project.outputs):
        fields.append((f"output {index}", score_dtype(output), (output.count,)))
    return np.dtype(fields)


def _layers_type(project: Project) -> np.dtype[Any]:
    return np.dtype(
        [
            (
                f"{layer.index}",
                [("index", "<u4"), ("bytes", "<u4"), ("data", "u1", (layer.output_bytes,))],
            )
            for layer in project.layers
        ]
    )


def _format_error(what: str, found: str, allowed: str) -> BuildError:
    return BuildError(
        f"{what}: the generated code does not do what {REPORT} says",
        found=found,
        allowed=allowed,
        suggestion="generate the code again",
    )
