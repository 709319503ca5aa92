"""The origin that the generated files state, besides the plan."""

from __future__ import annotations

from dataclasses import dataclass, field

from cbcnn_codegen.calibration import Calibration
from cbcnn_codegen.evidence import NO_EVIDENCE, Evidence
from cbcnn_inputs.installation import tool_version
from cbcnn_inputs.metadata import InputType


@dataclass(frozen=True)
class Origin:
    """The model file, as far as the output depends on it.

    Attributes:
        sha256: of the model file, 64 hexadecimal digits.
        notes: remarks of the reader for the report.
        input_type, rescale, custom: the options with which the reader read the file.
        calibration: that quantized the network; None for none.
        evidence: of the network besides its code.
        version: of this tool.
    """

    sha256: str
    notes: tuple[str, ...] = ()
    input_type: InputType | None = None
    rescale: tuple[float, float] | None = None
    calibration: Calibration | None = None
    custom: tuple[str, ...] = ()
    evidence: Evidence = NO_EVIDENCE
    version: str = field(default_factory=tool_version)
