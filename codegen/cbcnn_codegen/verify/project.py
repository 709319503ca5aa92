"""A folder of generated code, as its `report.json` describes it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from cbcnn_codegen.emit.report import REPORT, SCHEMA
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.ir import Shape
from cbcnn_codegen.options import MODES, Optimize
from cbcnn_inputs.metadata import InputType
from cbcnn_inputs.regular import read_text
from cbcnn_inputs.together import complete

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Layer:
    """One step of the generated code and the buffer that it leaves behind.

    Attributes:
        index: what the code passes to `AFTER_LAYER`.
        name: of the operation in the lowered graph.
        kind: packed signs or int32 accumulators.
    """

    index: int
    name: str
    kind: Literal["signs", "accumulators"]
    shape: Shape
    output_bytes: int


@dataclass(frozen=True)
class Project:
    """What the harness has to know about generated code.

    Attributes:
        sources: the C files, the model's own first.
        hashes: file name to SHA-256 as it was generated.
        image_type: element type of the images that the code takes.
        scores: how many `run` writes.
        fraction_bits: a score s is worth s / 2**fraction_bits.
        has_image: whether the arena has a place for the image.
        optimize: the mode, which decides the flags of the compiler.
        input_type, rescale: how the model file was read, as the generator was told.
    """

    folder: Path
    name: str
    prefix: str
    target: str
    optimize: Optimize
    word_bits: int
    model_sha256: str
    sources: tuple[str, ...]
    header: str
    hashes: Mapping[str, str]
    shape: Shape
    image_type: InputType
    scores: int
    score_type: str
    fraction_bits: int
    has_luma: bool
    has_compression: bool
    has_image: bool
    layers: tuple[Layer, ...]
    input_type: InputType | None
    rescale: tuple[float, float] | None
    report: Mapping[str, Any]

    @property
    def score_dtype(self) -> np.dtype[Any]:
        """The element type of the scores that `run` writes."""
        return np.dtype({"int32": "<i4", "int64": "<i8", "float": "<f4"}[self.score_type])

    @property
    def image_bytes(self) -> int:
        """Size of one image that the network is fed with."""
        return self.shape.size


def read_project(folder: Path) -> Project:
    """The project in `folder`.

    Raises:
        UsageError: no generated code there, or a report of another version.
        OutputError: a run that was interrupted has decided to put other files there, and cannot.
    """
    complete(folder)
    path = folder / REPORT
    try:
        report = json.loads(read_text(path))
        if not isinstance(report, dict) or report.get("schema") != SCHEMA:
            raise ValueError(f"not a report of schema {SCHEMA}")
        project = _parse(folder, report)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"{error}"
        raise UsageError(
            f"{folder} is not a folder of generated code",
            found=f"{REPORT}: {type(error).__name__}: {reason}"[:200],
            allowed="the folder that cbcnn-codegen wrote",
            suggestion=f"cbcnn-codegen MODEL --target host -o {folder}",
        ) from error
    for name in (*project.sources, project.header):
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder} is incomplete",
                found=f"{REPORT} names {name}, which is not there",
                suggestion="generate the code again",
            )
    return project


def describe_project(folder: Path, report: Mapping[str, Any]) -> Project:
    """Generated code that is not written yet; `report` is the content of its `report.json`."""
    return _parse(folder, report)


def find_edited_files(project: Project) -> list[str]:
    """Names of the files that are not as they were generated."""
    edited = []
    for name, expected in project.hashes.items():
        path = project.folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            edited.append(name)
    return edited


def _parse(folder: Path, report: Mapping[str, Any]) -> Project:
    hashes = {_matching(_FILE_NAME, file["name"]): str(file["sha256"]) for file in report["files"]}
    name = _matching(_FILE_NAME, report["name"])
    options, source, scores = report["options"], report["input"], report["scores"]
    block = report["preprocessing"]
    rescale = options.get("rescale")
    project = Project(
        folder=folder,
        name=name,
        prefix=_matching(_IDENTIFIER, report["prefix"]),
        target=str(report["target"]),
        optimize=_one_of(options.get("optimize", "balanced"), *MODES),
        word_bits=int(report["word_bits"]),
        model_sha256=str(report["model_sha256"]),
        sources=_sources(name, hashes),
        header=f"{name}.h",
        hashes=hashes,
        shape=Shape(int(source["height"]), int(source["width"]), int(source["channels"])),
        image_type=_one_of(source["dtype"], "uint8", "int8"),
        scores=int(scores["count"]),
        score_type=_one_of(scores["type"], "int32", "int64", "float"),
        fraction_bits=int(scores["fraction_bits"]),
        has_luma=block is not None and bool(block["luma"]),
        has_compression=block is not None,
        has_image=report.get("image_in_arena") is not None,
        layers=tuple(_parse_layer(layer) for layer in report["layers"]),
        input_type=options.get("input_type"),
        rescale=None if rescale is None else (float(rescale[0]), float(rescale[1])),
        report=report,
    )
    if project.word_bits not in (8, 16, 32, 64):
        raise ValueError(f"word_bits {project.word_bits}")
    return project


def _parse_layer(layer: Mapping[str, Any]) -> Layer:
    height, width, channels = (int(size) for size in layer["shape"])
    return Layer(
        index=int(layer["index"]),
        name=str(layer["name"]),
        kind=_one_of(layer["kind"], "signs", "accumulators"),
        shape=Shape(height, width, channels),
        output_bytes=int(layer["output_bytes"]),
    )


def _sources(name: str, files: Collection[str]) -> tuple[str, ...]:
    if not {f"{name}.c", f"{name}.h"} <= set(files):
        raise ValueError(f"no {name}.c and {name}.h among the files")
    others = (file for file in files if file.endswith(".c") and file != f"{name}.c")
    return (f"{name}.c", *others)


def _matching(pattern: re.Pattern[str], text: Any) -> str:
    """Names become arguments of a compiler and parts of paths."""
    if not isinstance(text, str) or not pattern.fullmatch(text) or text.startswith(("-", ".")):
        raise ValueError(f"the name {text!r}")
    return text


def _one_of(value: Any, *allowed: str) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r} instead of {' or '.join(allowed)}")
    return value
