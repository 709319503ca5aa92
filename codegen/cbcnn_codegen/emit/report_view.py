"""The report as rows of strings for the readable one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cbcnn_codegen.emit.text import markdown_text


@dataclass(frozen=True)
class ReportView:
    """Everything in the template of `report.md`; each row is the cells of a table joined."""

    name: str
    version: str
    target: str
    sha256: str
    input: str
    classes: str
    scores: str
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


def view_report(report: Mapping[str, Any]) -> ReportView:
    """The strings of a report; names from the model file are made harmless."""
    source, flash, ram = report["input"], report["flash_bytes"], report["ram_bytes"]
    layers = report["layers"]
    return ReportView(
        name=report["name"],
        version=report["tool_version"],
        target=report["target"],
        sha256=report["model_sha256"],
        input=f"{source['height']} x {source['width']} x {source['channels']}, {source['dtype']}",
        classes=str(report["classes"]),
        scores=_scores(report["scores"]),
        compression=_compression(report["preprocessing"]),
        measured=str(report["measured_with"]),
        is_measured=report["measured_with"] is not None,
        memory=[
            *(_row(f"flash, {part}", _number(size)) for part, size in flash.items()),
            *(_row(f"RAM, {part}", _number(size)) for part, size in ram.items()),
        ],
        image=_image(report),
        has_image=report["image_in_arena"] is not None,
        optimize=report["options"]["optimize"],
        flags=" ".join(report["compiler_flags"]),
        layers=[_layer_row(layer) for layer in layers],
        reasons=[f"{markdown_text(layer['name'])}: {layer['reason']}" for layer in layers],
        total=_total_row(layers),
        knife_edges=[
            f"{markdown_text(name)}: channels {', '.join(map(str, channels))}"
            for name, channels in report["knife_edges"].items()
        ],
        boards=[_board_row(board) for board in report["fits"]],
        notes=[markdown_text(note) for note in report["notes"]],
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: int | None) -> str:
    return "not measured" if value is None else f"{value:,}"


def _scores(scores: Mapping[str, Any]) -> str:
    if scores["type"] == "float":
        return "float32"
    if scores["fraction_bits"] == 0:
        return f"{scores['type']}, exact integers"
    return f"{scores['type']}, fixed point with {scores['fraction_bits']} fraction bits"


def _compression(block: Mapping[str, Any] | None) -> str:
    if block is None:
        return "none"
    scale = block["standardise_scale"]
    steps = [
        *(["luma"] if block["luma"] else []),
        *(["histogram equalisation"] if block["equalise"] else []),
        *([] if scale is None else [f"standardisation to {scale} per deviation"]),
    ]
    return ", ".join(steps)


def _image(report: Mapping[str, Any]) -> str:
    place = report["image_in_arena"]
    if place is None:
        return ""
    saved, size = f"{place['saved_bytes']:,}", f"{place['arena_bytes']:,}"
    return (
        f"an arena of {size} bytes, {place['offset']:,} from its start, which saves {saved} bytes"
    )


def _layer_row(layer: Mapping[str, Any]) -> str:
    products = layer["products"]
    return _row(
        str(layer["index"]),
        markdown_text(layer["name"]),
        "x".join(map(str, layer["shape"])),
        layer["kind"],
        f"`{layer['kernel']}`",
        _number(products["binary"]),
        _number(products["integer"]),
        _number(layer["weights_bytes"]),
        _number(layer["constants_bytes"]),
        _number(layer["output_bytes"]),
        _number(layer["scratch_bytes"]),
    )


def _total_row(layers: list[Mapping[str, Any]]) -> str:
    return _row(
        *(["", "all layers", "", "", ""]),
        *(
            _number(sum(layer["products"][kind] for layer in layers))
            for kind in ("binary", "integer")
        ),
        *(_number(sum(layer[key] for layer in layers)) for key in ("weights_bytes",)),
        _number(sum(layer["constants_bytes"] for layer in layers)),
        "",
        "",
    )


def _board_row(board: Mapping[str, Any]) -> str:
    return _row(
        board["title"],
        board["target"],
        _number(board["flash_bytes"]),
        _number(board["ram_bytes"]),
        "yes" if board["fits"] else "no",
    )
