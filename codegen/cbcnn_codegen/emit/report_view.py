"""The report as rows of strings for the readable one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cbcnn_codegen.emit.text import markdown_text
from cbcnn_codegen.report import BoardFit, Report, ReportedLayer
from cbcnn_codegen.report.words import (
    EXACTNESS,
    say_camera,
    say_compression,
    say_image,
    say_outputs,
    say_scores,
)


@dataclass(frozen=True)
class ReportView:
    """Everything in the template of `report.md`; each row is the cells of a table joined."""

    name: str
    version: str
    target: str
    sha256: str
    input: str
    exactness: str
    calibration: str
    answer: list[str]
    pictures: str
    camera: str
    compression: str
    measured: str
    is_measured: bool
    memory: list[str]
    image: str
    has_image: bool
    optimize: str
    flags: str
    layers: list[str]
    reasons: list[str]
    total: str
    knife_edges: list[str]
    boards: list[str]
    notes: list[str]


def view_report(report: Report) -> ReportView:
    """The strings of a report, with names from the model file made harmless."""
    image, flash, ram, layers = report.input, report.flash_bytes, report.ram_bytes, report.layers
    return ReportView(
        name=report.name,
        version=report.tool_version,
        target=report.target,
        sha256=report.model_sha256,
        input=f"{image.height} x {image.width} x {image.channels}, {image.dtype}",
        exactness=EXACTNESS[report.level],
        calibration="" if report.calibration is None else report.calibration.describe(),
        answer=_answer(report),
        pictures="" if report.pictures is None else str(report.pictures),
        camera=say_camera(report.camera),
        compression=say_compression(report.preprocessing),
        measured=str(report.measured_with),
        is_measured=report.measured_with is not None,
        memory=[
            *(_row(f"flash, {part}", _number(size)) for part, size in asdict(flash).items()),
            *(_row(f"RAM, {part}", _number(size)) for part, size in asdict(ram).items()),
        ],
        image=say_image(report.image_in_arena),
        has_image=report.image_in_arena is not None,
        optimize=report.options.optimize,
        flags=" ".join(report.compiler_flags),
        layers=[_layer_row(layer) for layer in layers],
        reasons=[f"{markdown_text(layer.name)}: {layer.reason}" for layer in layers],
        total=_total_row(layers),
        knife_edges=[
            f"{markdown_text(name)}: channels {', '.join(map(str, channels))}"
            for name, channels in report.knife_edges.items()
        ],
        boards=[_board_row(board) for board in report.fits],
        notes=[markdown_text(note) for note in report.notes],
    )


def _answer(report: Report) -> list[str]:
    """What the network puts out."""
    if report.has_classes:
        return [f"classes: {report.classes}", f"scores: {say_scores(report.scores)}"]
    return [f"output: {markdown_text(said)}" for said in say_outputs(report)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: int | None) -> str:
    return "not measured" if value is None else f"{value:,}"


def _layer_row(layer: ReportedLayer) -> str:
    return _row(
        str(layer.index),
        markdown_text(layer.name),
        "x".join(map(str, layer.shape)),
        layer.kind,
        f"`{layer.kernel}`",
        _number(layer.products.binary),
        _number(layer.products.integer),
        _number(layer.products.real),
        _number(layer.weights_bytes),
        _number(layer.constants_bytes),
        _number(layer.output_bytes),
        _number(layer.scratch_bytes),
    )


def _total_row(layers: Sequence[ReportedLayer]) -> str:
    return _row(
        *(["", "all layers", "", "", ""]),
        _number(sum(layer.products.binary for layer in layers)),
        _number(sum(layer.products.integer for layer in layers)),
        _number(sum(layer.products.real for layer in layers)),
        _number(sum(layer.weights_bytes for layer in layers)),
        _number(sum(layer.constants_bytes for layer in layers)),
        "",
        "",
    )


def _board_row(board: BoardFit) -> str:
    return _row(
        board.title,
        board.target,
        _number(board.flash_bytes),
        _number(board.ram_bytes),
        "yes" if board.fits else "no",
    )
