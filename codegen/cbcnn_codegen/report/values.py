"""The facts about generated code: the content of `report.json`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from cbcnn_codegen.calibration import Calibration
from cbcnn_codegen.evidence import Evidence
from cbcnn_codegen.ir import Level, Shape
from cbcnn_codegen.options import Optimize, ScoreType
from cbcnn_codegen.plan import Candidate, Products
from cbcnn_codegen.report.scores import ReportedScores
from cbcnn_codegen.report.used_memory import FlashBytes, ImagePlace, RamBytes, ReportedBuffer
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.metadata import ImageCompression, InputType
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.fit import Fit
from cbcnn_inputs.own_pictures.known import Known
from cbcnn_inputs.rejection import Rejection

REPORT: Final = "report.json"
REPORT_TEXT: Final = "report.md"
REPORT_PAGE: Final = "report.html"
SCHEMA: Final = 1
GENERATOR: Final = "cbcnn-codegen"

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_FILE_NAME: Final = re.compile(rf"{_NAME}(/{_NAME})*")
_WORD_BITS: Final = (8, 16, 32, 64)


@dataclass(frozen=True)
class FileHash:
    """A generated file, and the SHA-256 of its text."""

    name: str
    sha256: str

    @classmethod
    def of(cls, name: str, text: str) -> FileHash:
        """The entry of a file."""
        return cls(name, hashlib.sha256(text.encode()).hexdigest())


@dataclass(frozen=True)
class Manifest:
    """Files that a report names, of the code or of firmware around it."""

    generator: str
    name: str
    files: tuple[FileHash, ...]

    @property
    def hashes(self) -> dict[str, str]:
        """File name to SHA-256 as it was generated."""
        return {file.name: file.sha256 for file in self.files}


@dataclass(frozen=True)
class ReportedOptions:
    """The options of the user, and those with which the model file was read."""

    scores: ScoreType
    optimize: Optimize
    class_names: bool
    split_weights: bool
    project: tuple[str, ...]
    input_type: InputType | None
    rescale: tuple[float, float] | None
    custom: tuple[str, ...]
    camera: Camera | None
    fit: Fit | None


@dataclass(frozen=True)
class ReportedCamera:
    """The frames that the code makes images of, and what they become."""

    width: int
    height: int
    format: str
    line_bytes: int
    fit: PictureFit

    @property
    def camera(self) -> Camera:
        """Its frames."""
        return Camera(self.width, self.height, self.format)


@dataclass(frozen=True)
class ImageFormat:
    """The image that the code takes."""

    height: int
    width: int
    channels: int
    dtype: InputType

    @property
    def shape(self) -> Shape:
        """Of one image."""
        return Shape(self.height, self.width, self.channels)

    @property
    def bytes(self) -> int:
        """Of one image."""
        return self.shape.size


LayerKind = Literal["signs", "int8", "int16", "accumulators", "reals"]
"""The output of a layer: packed signs, integers of 8, 16 or 32 bits, or floats."""


@dataclass(frozen=True)
class ReportedLayer:
    """One step of the generated code and the map that it makes.

    Attributes:
        index: what the code passes to `AFTER_LAYER`.
        name: of the operation in the lowered graph.
        source: the Keras layer that it stands for.
        reads: indices of the layers whose maps it reads; -1 is the image.
        kind: of the values of the map.
    """

    index: int
    name: str
    source: str
    reads: tuple[int, ...]
    kind: LayerKind
    shape: Shape
    kernel: str
    products: Products
    weights_bytes: int
    constants_bytes: int
    output_bytes: int
    scratch_bytes: int
    instructions_estimated: int
    reason: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class BoardFit:
    """Whether the code fits a board, and how much it leaves there; less than 0 is missing."""

    board: str
    title: str
    target: str
    flash_bytes: int
    ram_bytes: int
    flash_left_bytes: int
    ram_left_bytes: int
    fits: bool


@dataclass(frozen=True)
class Report:
    """The whole report, in the order of `report.json`.

    Attributes:
        prefix: of all symbols.
        level: of exactness: 1, all bits are those of Larq; 2, float32 in a documented order, all
            bits those of the reference; 3, quantized, all bits those of a reference of its own.
        classes: 0 of a network that does not answer with a class: of a map or several outputs.
        outputs: in the model's order; the scores, if there are classes.
        calibration: that quantized the network; None if none did.
        measured_with: the compiler; None leaves code and stack unknown.
        arena: its pieces.
        knife_edges: operation to the channels whose sign depends on float rounding.
        fits: all known boards.
        pictures: what pictures of any size become in front of `preprocessing`, or None.
        rejection: when `classify_or_reject` gives no answer, or None.
        camera: whose frames the code takes, or None.
        notes: of the reader.
        evidence: of the network besides its code.
        files: all but the report itself.

    Raises:
        ValueError: another schema, or invalid names. Names become arguments of a compiler and parts
            of paths.
    """

    schema: int
    generator: str
    tool_version: str
    name: str
    prefix: str
    model_sha256: str
    target: str
    word_bits: int
    threshold_bits: int
    compiler_flags: tuple[str, ...]
    options: ReportedOptions
    input: ImageFormat
    level: Level
    calibration: Calibration | None
    classes: int
    class_names: tuple[str, ...]
    outputs: tuple[ReportedScores, ...]
    preprocessing: ImageCompression | None
    pictures: PictureFit | None
    rejection: Rejection | None
    camera: ReportedCamera | None
    measured_with: str | None
    flash_bytes: FlashBytes
    ram_bytes: RamBytes
    image_in_arena: ImagePlace | None
    arena: tuple[ReportedBuffer, ...]
    layers: tuple[ReportedLayer, ...]
    knife_edges: Mapping[str, tuple[int, ...]]
    fits: tuple[BoardFit, ...]
    notes: tuple[str, ...]
    evidence: Evidence
    files: tuple[FileHash, ...]

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise ValueError(f"schema {self.schema} instead of {SCHEMA}")
        if self.word_bits not in _WORD_BITS:
            raise ValueError(f"word_bits {self.word_bits}")
        if not re.fullmatch(_NAME, self.name):
            raise ValueError(f"the name {self.name!r}")
        for file in self.files:
            if not _FILE_NAME.fullmatch(file.name):
                raise ValueError(f"the name {file.name!r}")
        for name in (self.prefix, *(output.name or "scores" for output in self.outputs)):
            if not _IDENTIFIER.fullmatch(name):
                raise ValueError(f"the name {name!r}")
        if not self.outputs or (self.has_classes and len(self.outputs) > 1):
            raise ValueError(f"{len(self.outputs)} outputs and {self.classes} classes")

    @property
    def scores(self) -> ReportedScores:
        """The only output.

        Raises:
            ValueError: there are several.
        """
        (scores,) = self.outputs
        return scores

    @property
    def has_classes(self) -> bool:
        """Whether the code answers with a class."""
        return self.classes > 0

    @property
    def ranges(self) -> Mapping[str, float] | None:
        """Of the calibration; None without one."""
        return None if self.calibration is None else self.calibration.ranges

    @property
    def hashes(self) -> dict[str, str]:
        """File name to SHA-256 as it was generated."""
        return {file.name: file.sha256 for file in self.files}

    @property
    def code(self) -> tuple[str, ...]:
        """The C files and headers of the model; what lies in folders only includes or uses them."""
        names = (file.name for file in self.files)
        return tuple(name for name in names if name.endswith((".c", ".h")) and "/" not in name)

    @property
    def sources(self) -> tuple[str, ...]:
        """The C files to compile, the model's own first."""
        others = (name for name in self.code if name.endswith(".c"))
        return tuple(dict.fromkeys((f"{self.name}.c", *others)))

    @property
    def header(self) -> str:
        """The file to include."""
        return f"{self.name}.h"

    @property
    def has_compression(self) -> bool:
        """Whether the code has an Image Compression Block."""
        return self.preprocessing is not None

    @property
    def known(self) -> Known:
        """What the code's model says of pictures."""
        return Known(self.pictures, self.class_names)

    @property
    def has_luma(self) -> bool:
        """Whether the Image Compression Block takes colours."""
        return self.preprocessing is not None and self.preprocessing.luma

    def with_files(self, files: Mapping[str, str]) -> Report:
        """The same with other files, name to text."""
        entries = tuple(FileHash.of(name, text) for name, text in files.items())
        return replace(self, files=entries)
