"""The C of the Image Compression Block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.text import format_call
from cbcnn_codegen.plan import Plan
from cbcnn_inputs.preprocessing import LEVELS

_INDENT: Final = 4


@dataclass(frozen=True)
class CompressionView:
    """The Image Compression Block; `levels` is set when a step maps grey levels."""

    luma: bool
    equalise: bool
    standardise: bool
    levels: bool
    standardise_call: str
    rgb888_prototype: str
    rgb888_definition: str
    rgb565_prototype: str
    rgb565_definition: str
    grey_prototype: str
    grey_definition: str
    counts_offset: str
    levels_offset: str
    pixels: str


def view_compression(plan: Plan) -> CompressionView | None:
    """The strings of a plan's block; None without one."""
    block, buffer = plan.graph.preprocessing, plan.compression
    if block is None or buffer is None:
        return None
    standardise = block.standardise_scale is not None
    shape = plan.graph.input.shape
    pixels = str(shape.height * shape.width)
    return CompressionView(
        luma=block.luma,
        equalise=block.equalise,
        standardise=standardise,
        levels=block.equalise or standardise,
        standardise_call=format_call(
            f"{plan.options.name}_standardise_levels",
            ["counts", pixels, str(block.standardise_scale), "levels"],
            ";",
            _INDENT,
        ),
        rgb888_prototype=_declare_compress(plan, "rgb888", "uint8_t *rgb", ";"),
        rgb888_definition=_declare_compress(plan, "rgb888", "uint8_t *rgb", ""),
        rgb565_prototype=_declare_compress(plan, "rgb565", "uint16_t *rgb", ";"),
        rgb565_definition=_declare_compress(plan, "rgb565", "uint16_t *rgb", ""),
        grey_prototype=_declare_compress(plan, "grey", "uint8_t *grey", ";"),
        grey_definition=_declare_compress(plan, "grey", "uint8_t *grey", ""),
        counts_offset=str(buffer.offset),
        levels_offset=str(buffer.offset + 4 * LEVELS),
        pixels=pixels,
    )


def copies_grey(plan: Plan) -> bool:
    """Whether the Image Compression Block leaves grey levels as they are."""
    block = plan.graph.preprocessing
    return block is not None and not block.equalise and block.standardise_scale is None


def _declare_compress(plan: Plan, source: str, parameter: str, tail: str) -> str:
    prefix, pixel = plan.options.name, plan.graph.input.dtype
    parameters = [f"const {parameter}", f"{pixel}_t *plane", "void *arena"]
    return format_call(f"void {prefix}_compress_{source}", parameters, tail)
