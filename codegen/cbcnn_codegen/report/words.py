"""Facts of a report in words, for the forms that people read."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.report.scores import ReportedScores
from cbcnn_codegen.report.used_memory import (
    ImagePlace,
)
from cbcnn_codegen.report.values import (
    Report,
    ReportedCamera,
)
from cbcnn_inputs.errors import printable
from cbcnn_inputs.metadata import ImageCompression

EXACTNESS: Final = {
    1: "level 1, every sign, sum and class as in Larq",
    2: "level 2, float32 in a documented order: every bit as in the reference",
    3: "level 3, quantized: another network than the model, every bit as in its own reference",
}


def say_answer(report: Report) -> str:
    """What the network makes of a picture."""
    if report.has_classes:
        return f"one of {report.classes} classes"
    shapes = ("x".join(map(str, output.dimensions)) for output in report.outputs)
    return f"an output of {' and one of '.join(shapes)}"


def say_outputs(report: Report) -> list[str]:
    """Each output of a network that answers with no class: layer, shape, buffer and type."""
    return [
        f"{printable(one.layer)}, {'x'.join(map(str, one.dimensions))} in {one.name}: "
        f"{say_scores(one)}"
        for one in ([] if report.has_classes else report.outputs)
    ]


def say_scores(scores: ReportedScores) -> str:
    """The type of the scores."""
    if scores.type == "int8":
        return "int8, signs as -1 and +1"
    if scores.type == "float":
        return "float32"
    if scores.fraction_bits == 0:
        return f"{scores.type}, exact integers"
    return f"{scores.type}, fixed point with {scores.fraction_bits} fraction bits"


def say_compression(block: ImageCompression | None) -> str:
    """The steps of the Image Compression Block."""
    if block is None:
        return "none"
    scale = block.standardise_scale
    steps = [
        *(["luma"] if block.luma else []),
        *(["histogram equalisation"] if block.equalise else []),
        *([] if scale is None else [f"standardisation to {scale} per deviation"]),
    ]
    return ", ".join(steps)


def say_camera(camera: ReportedCamera | None) -> str:
    """What frames of a camera become; "" without one."""
    return "" if camera is None else f"frames of {camera.camera} become images of {camera.fit}"


def say_image(place: ImagePlace | None) -> str:
    """Where the image may lie in the arena; "" if nowhere."""
    if place is None:
        return ""
    return (
        f"an arena of {place.arena_bytes:,} bytes, {place.offset:,} from its start, "
        f"which saves {place.saved_bytes:,} bytes"
    )
