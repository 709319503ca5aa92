"""The report of generated code: one type, its JSON, and the function that makes it of a plan."""

from cbcnn_codegen.report.encoding import decode, encode
from cbcnn_codegen.report.scores import ReportedScores
from cbcnn_codegen.report.used_memory import (
    FlashBytes,
    ImagePlace,
    RamBytes,
    ReportedBuffer,
)
from cbcnn_codegen.report.values import (
    GENERATOR,
    REPORT,
    REPORT_PAGE,
    REPORT_TEXT,
    SCHEMA,
    BoardFit,
    FileHash,
    ImageFormat,
    Manifest,
    Report,
    ReportedCamera,
    ReportedLayer,
    ReportedOptions,
)

__all__ = [
    "GENERATOR",
    "REPORT",
    "REPORT_PAGE",
    "REPORT_TEXT",
    "SCHEMA",
    "BoardFit",
    "FileHash",
    "FlashBytes",
    "ImageFormat",
    "ImagePlace",
    "Manifest",
    "RamBytes",
    "Report",
    "ReportedBuffer",
    "ReportedCamera",
    "ReportedLayer",
    "ReportedOptions",
    "ReportedScores",
    "decode",
    "encode",
]
