"""What a user wants to know about the generated code: `report.json`, and the same to read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from cbcnn_codegen.boards import Board, known_boards
from cbcnn_codegen.emit.source import Source
from cbcnn_codegen.measure import Measured
from cbcnn_codegen.plan import Plan, Step

REPORT: Final = "report.json"
REPORT_TEXT: Final = "report.md"
SCHEMA: Final = 1
GENERATOR: Final = "cbcnn-codegen"


def make_report(
    plan: Plan, source: Source, measured: Measured | None, files: Mapping[str, str]
) -> dict[str, Any]:
    """The content of `report.json`.

    Args:
        plan: that was emitted.
        source: the model file.
        measured: by the compiler; None leaves code and stack unknown, null in the report.
        files: all others, name to text.
    """
    flash, ram = _flash_bytes(plan, measured), _ram_bytes(plan, measured)
    return {
        "schema": SCHEMA,
        "generator": GENERATOR,
        "tool_version": source.version,
        "name": plan.options.name,
        "prefix": plan.options.name,
        "model_sha256": source.sha256,
        **_target(plan),
        "options": {
            "scores": plan.options.scores,
            "optimize": plan.options.optimize,
            "class_names": plan.options.class_names,
            "split_weights": plan.options.split_weights,
            "project": plan.options.project,
            "input_type": source.input_type,
            "rescale": None if source.rescale is None else list(source.rescale),
        },
        **_interface(plan),
        "measured_with": None if measured is None else measured.compiler,
        "flash_bytes": flash,
        "ram_bytes": ram,
        "image_in_arena": _image(plan),
        "layers": [_layer(step) for step in plan.steps],
        "knife_edges": {name: list(channels) for name, channels in plan.graph.knife_edges},
        "fits": [_fit(board, flash["total"], ram["total"]) for board in known_boards()],
        "notes": list(source.notes),
        "files": [
            {"name": name, "sha256": hashlib.sha256(text.encode()).hexdigest()}
            for name, text in files.items()
        ],
    }


def report_text(report: Mapping[str, Any]) -> str:
    """The report as JSON, in ASCII."""
    return json.dumps(report, indent=1) + "\n"


def _target(plan: Plan) -> dict[str, Any]:
    return {
        "target": plan.target.name,
        "word_bits": plan.sizes.word_bits,
        "threshold_bits": plan.sizes.threshold_bits,
        "compiler_flags": [*plan.target.flags, *plan.target.optimise],
    }


def _interface(plan: Plan) -> dict[str, Any]:
    """What the caller passes and gets."""
    image, block = plan.graph.input, plan.graph.preprocessing
    return {
        "input": {
            "height": image.shape.height,
            "width": image.shape.width,
            "channels": image.shape.channels,
            "dtype": image.dtype,
        },
        "classes": plan.graph.classes,
        "class_names": list(plan.graph.class_names),
        "scores": {
            "count": plan.scores.count,
            "type": plan.scores.format.type,
            "fraction_bits": plan.scores.format.fraction_bits,
        },
        "preprocessing": None
        if block is None
        else {
            "luma": block.luma,
            "equalise": block.equalise,
            "standardise_scale": block.standardise_scale,
        },
    }


def _flash_bytes(plan: Plan, measured: Measured | None) -> dict[str, int | None]:
    """Code, weights and all other constants; the total leaves out what is unknown."""
    if measured is None:
        code, weights, constants = None, plan.weights_bytes, plan.constants_bytes
    else:
        code, weights = measured.code_bytes, measured.weights_bytes
        constants = measured.constants_bytes
    total = (code or 0) + weights + constants
    return {"code": code, "weights": weights, "constants": constants, "total": total}


def _ram_bytes(plan: Plan, measured: Measured | None) -> dict[str, int | None]:
    """Variables, arena and stack; the total leaves out what is unknown."""
    stack = None if measured is None else measured.stack_bytes
    static = 0 if measured is None else measured.static_bytes
    total = static + plan.arena_bytes + (stack or 0)
    return {"static": static, "arena": plan.arena_bytes, "stack": stack, "total": total}


def _image(plan: Plan) -> dict[str, int] | None:
    """The place for the caller's image in the arena, and what it saves."""
    if plan.image is None:
        return None
    return {
        "offset": plan.image.offset,
        "arena_bytes": plan.arena_with_image_bytes,
        "saved_bytes": plan.image_saved_bytes,
    }


def _layer(step: Step) -> dict[str, Any]:
    op, output = step.site.op, step.site.output
    return {
        "index": step.index,
        "name": op.name,
        "source": op.source,
        "kind": "signs" if output.layout == "pixel_words" else "accumulators",
        "shape": list(output.shape),
        "kernel": step.offer.kernel,
        "products": {"binary": step.products.binary, "integer": step.products.integer},
        "weights_bytes": step.weights_bytes,
        "constants_bytes": step.constants_bytes,
        "output_bytes": step.output.bytes,
        "scratch_bytes": 0 if step.scratch is None else step.scratch.bytes,
        "instructions_estimated": step.instructions,
        "reason": step.reason,
        "candidates": [asdict(candidate) for candidate in step.candidates],
    }


def _fit(board: Board, flash: int | None, ram: int | None) -> dict[str, Any]:
    return {
        "board": board.name,
        "title": board.title,
        "target": board.target,
        "flash_bytes": board.flash_bytes,
        "ram_bytes": board.ram_bytes,
        "fits": (flash or 0) <= board.flash_bytes and (ram or 0) <= board.ram_bytes,
    }
