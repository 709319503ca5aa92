"""Firmware projects for the tests of what is built, not of what runs."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.board.golden import Golden, make_golden
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs import preprocessing
from support.commands import ROOT, SIGNS
from support.generated import generate_code

EXAMPLES: Final = ROOT / "examples" / "stm32"
MODEL: Final = SIGNS / "model.h5"
GOLDEN_IMAGES: Final = 3


@cache
def code_for(target: str) -> Project:
    """Code of the signs model, measured."""
    folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-board-")) / target
    return generate_code(MODEL, folder, target, measure=True, name="signs", class_names=True)


@cache
def golden_images(target: str) -> tuple[Golden, ...]:
    """The first sample images."""
    return make_golden(code_for(target), MODEL, SIGNS / "samples", GOLDEN_IMAGES)


def program(example: str) -> tuple[Path, ...]:
    """The files of an example."""
    return tuple(sorted(p for p in (EXAMPLES / example).iterdir() if p.suffix in (".c", ".h")))


def stored_frame() -> npt.NDArray[np.uint16]:
    """The RGB565 frame of the camera example."""
    text = (EXAMPLES / "camera" / "frame_buffer.c").read_text(encoding="utf-8")
    size = re.search(r"pixels\[(\d+) \* (\d+)\]", text)
    assert size is not None
    pixels = [int(word, 16) for word in re.findall(r"0x[0-9a-f]{4}", text)]
    return np.array(pixels, np.uint16).reshape(int(size[1]), int(size[2]))


def scale_middle(frame: npt.NDArray[np.uint16], height: int, width: int) -> npt.NDArray[np.uint16]:
    """What scale.c says that it makes of a frame that is wider than high, for a square network."""
    side = frame.shape[0]
    left = (frame.shape[1] - side) // 2
    middle = frame[:, left : left + side].astype(np.int64)
    scaled = np.empty((height, width), np.uint16)
    for y in range(height):
        for x in range(width):
            rows = slice(y * side // height, (y + 1) * side // height)
            block = middle[rows, x * side // width : (x + 1) * side // width]
            red, green, blue = (int(c.mean()) for c in (block >> 11, block >> 5 & 63, block & 31))
            scaled[y, x] = red << 11 | green << 5 | blue
    return scaled


def expect_camera(graph: Graph) -> tuple[int, npt.NDArray[Any]]:
    """Class and scores of the stored frame, by Python."""
    shape = graph.input.shape
    scaled = scale_middle(stored_frame(), shape.height, shape.width)
    assert graph.preprocessing is not None
    rgb = preprocessing.rgb565_to_rgb888(scaled[None])
    planes = preprocessing.apply(graph.preprocessing, rgb)
    expected = expect_reference(graph, planes, traced=False)
    assert expected.scores is not None
    return int(expected.classes[0]), expected.scores
