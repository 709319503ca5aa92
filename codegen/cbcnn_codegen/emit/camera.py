"""The C that makes the network's image of a camera's lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.tables import DescriptorView, field_rows
from cbcnn_codegen.emit.text import format_call, format_define
from cbcnn_codegen.kernels import Field
from cbcnn_codegen.plan import CameraStep, Plan
from cbcnn_inputs.frames import Luminance, Packed

_INDENT: Final = 4
_STORES: Final = ("channels", "luma", "thrice")
"""In the order of the numbers in `scaling.h`."""

_MEANINGS: Final = {
    "rgb888": "three bytes for each pixel, red first",
    "bgr888": "three bytes for each pixel, blue first",
    "rgb565-le": "5 bits red, highest, 6 green and 5 blue for each pixel, low byte first",
    "rgb565-be": "5 bits red, highest, 6 green and 5 blue for each pixel, high byte first",
    "yuyv": "Y U Y V for two pixels",
    "uyvy": "U Y V Y for two pixels",
    "nv12": "Y for each pixel; behind them U V for each square of four",
    "grey": "one byte for each pixel",
}


@dataclass(frozen=True)
class CameraView:
    """Strings of the templates; `prepares` says what becomes of a frame.

    Attributes:
        chroma: whether colours come in lines of their own.
        clears: whether a part of the image stays black.
        has_line: whether pixels of a line have a place in the arena.
    """

    defines: list[str]
    format: str
    frame: str
    prepares: str
    chroma: bool
    clears: bool
    has_line: bool
    line_prototype: str
    line_definition: str
    frame_prototype: str
    frame_definition: str
    frame_call: str
    sums_offset: str
    line_offset: str
    is_taken: str
    decode: list[str]
    scale: str


def view_camera(plan: Plan) -> CameraView | None:
    """The strings of a plan's camera; None without one."""
    step = plan.camera
    if step is None:
        return None
    camera, macro = step.camera, plan.options.name.upper()
    return CameraView(
        defines=[
            format_define(f"{macro}_CAMERA_HEIGHT", str(camera.height)),
            format_define(f"{macro}_CAMERA_WIDTH", str(camera.width)),
            format_define(
                f"{macro}_CAMERA_LINE_BYTES", str(max(camera.line_bytes, camera.chroma_line_bytes))
            ),
        ],
        format=camera.format,
        frame=_describe(step),
        prepares=str(step.fit),
        chroma=camera.is_planar,
        clears=step.filled[2:] != (step.fit.height, step.fit.width),
        has_line=step.line is not None,
        line_prototype=_declare(plan, step, "line", ";"),
        line_definition=_declare(plan, step, "line", ""),
        frame_prototype=_declare(plan, step, "frame", ";"),
        frame_definition=_declare(plan, step, "frame", ""),
        frame_call=_call_line(plan, step),
        sums_offset=str(step.sums.offset),
        line_offset="" if step.line is None else str(step.line.offset),
        is_taken=f"{_row(step)} < {step.taken.height}",
        decode=_decode(plan, step),
        scale=_scale(plan, step),
    )


def _describe(step: CameraStep) -> str:
    meaning, of = _MEANINGS[step.camera.format.removesuffix("-limited")], step.camera.pixel
    if not isinstance(of, Luminance):
        return meaning
    return f"{meaning}; {'Y is 16 to 235' if of.limited else 'Y is 0 to 255'}"


def _declare(plan: Plan, step: CameraStep, what: str, tail: str) -> str:
    parameters = [
        f"const uint8_t *{what}",
        *(["const uint8_t *chroma"] if step.camera.is_planar else []),
        "uint32_t row" if what == "line" else "size_t line_bytes",
        f"{plan.graph.input.dtype}_t *plane",
        "void *arena",
    ]
    return format_call(f"void {plan.options.name}_camera_{what}", parameters, tail)


def _call_line(plan: Plan, step: CameraStep) -> str:
    arguments = [
        "frame + (size_t)row * line_bytes",
        *(["chroma + (size_t)(row / 2) * line_bytes"] if step.camera.is_planar else []),
        *("row", "plane", "arena"),
    ]
    return format_call(f"{plan.options.name}_camera_line", arguments, ";", 2 * _INDENT)


def _decode(plan: Plan, step: CameraStep) -> list[str]:
    """Calls that make pixels of a line, one after the other in the same place."""
    pixel, taken = step.camera.pixel, step.taken
    count, source = str(taken.width), _source(step)
    calls: list[str] = []
    for kernel in step.kernels[:-1]:
        if kernel == "rgb_yuv_u8":
            chroma = "chroma" if step.camera.is_planar else "line"
            first = [f"&{plan.options.name}_yuv", "line", chroma, str(taken.left)]
        elif kernel == "luma_yuv_u8":
            first = [f"&{plan.options.name}_yuv", "line", str(taken.left)]
        elif kernel == "rgb_rgb565_u8":
            is_reversed = isinstance(pixel, Packed) and pixel.reversed
            first = [source, "0" if is_reversed else "1"]
        else:
            first = ["pixels" if calls else source]
        arguments = [*first, "pixels", count]
        calls.append(format_call(f"{plan.options.name}_{kernel}", arguments, ";", 2 * _INDENT))
    return calls


def _source(step: CameraStep) -> str:
    """The first pixel that counts, in the line that came."""
    bytes_before = step.taken.left
    if isinstance(step.camera.pixel, Packed):
        bytes_before *= step.camera.pixel.bits // 8
    return f"line + {bytes_before}" if bytes_before else "line"


def _scale(plan: Plan, step: CameraStep) -> str:
    offset = (step.filled.top * step.fit.width + step.filled.left) * step.image_channels
    arguments = [
        f"&{plan.options.name}_scaling",
        _source(step) if step.line is None else "pixels",
        _row(step),
        "sums",
        f"(uint8_t *)plane + {offset}" if offset else "(uint8_t *)plane",
    ]
    return format_call(f"{plan.options.name}_scale_line_u8", arguments, ";", 2 * _INDENT)


def _row(step: CameraStep) -> str:
    """Number of the row in the part that is scaled; very large above it."""
    return f"row - {step.taken.top}" if step.taken.top else "row"


def camera_descriptors(plan: Plan) -> list[DescriptorView]:
    """Constants of its kernels."""
    step = plan.camera
    if step is None:
        return []
    found = [DescriptorView("scaling_t", "scaling", list(field_rows(scaling_fields(step))))]
    of = step.camera.pixel
    if isinstance(of, Luminance) and any("yuv" in kernel for kernel in step.kernels):
        found.append(DescriptorView("yuv_t", "yuv", list(field_rows(yuv_fields(of)))))
    return found


def scaling_fields(step: CameraStep) -> tuple[Field, ...]:
    """The members of `scaling_t`."""
    return (
        _axis("across", step.taken.width, step.filled.width),
        _axis("down", step.taken.height, step.filled.height),
        Field("channels", (step.channels,)),
        Field(f"store {step.store}", (_STORES.index(step.store),)),
        Field("row_bytes", (step.fit.width * step.image_channels,)),
    )


def yuv_fields(of: Luminance) -> tuple[Field, ...]:
    """The members of `yuv_t`."""
    places = {
        "luma_step": of.step,
        "luma_first": of.y,
        "chroma_step": of.chroma_step,
        "u_first": of.u,
        "v_first": of.v,
        **of.weights._asdict(),
    }
    return tuple(Field(name, (value,)) for name, value in places.items())


def _axis(name: str, before: int, after: int) -> Field:
    """An axis as `scaling.h` has it."""
    common = math.gcd(before, after)
    low, high = before // common, after // common
    total = low if after <= before else 2 * high
    values = (before, after, low, high, total, low // high)
    return Field(f"{name}: before, after, from, to, sum, whole", values)
