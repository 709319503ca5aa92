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
from cbcnn_inputs.frame_pixels import image_of_frame
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.own_pictures import PictureFit
from support.commands import ROOT, SIGNS
from support.generated import generate_code

EXAMPLES: Final = ROOT / "examples" / "stm32"
MODEL: Final = SIGNS / "model.h5"
GOLDEN_IMAGES: Final = 3


CAMERA: Final = Camera(640, 480, "rgb565-le")
"""Whose frames the camera example takes."""


@cache
def code_for(target: str, *, camera: bool = False) -> Project:
    """Code of the signs model, measured."""
    folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-board-")) / target
    options = {"camera": CAMERA, "fit": "crop"} if camera else {}
    return generate_code(
        MODEL, folder, target, measure=True, name="signs", class_names=True, **options
    )


@cache
def golden_images(target: str) -> tuple[Golden, ...]:
    """The first sample images."""
    return make_golden(code_for(target), MODEL, SIGNS / "samples", GOLDEN_IMAGES)


def program(example: str) -> tuple[Path, ...]:
    """The files of an example."""
    return tuple(sorted(p for p in (EXAMPLES / example).iterdir() if p.suffix in (".c", ".h")))


def stored_picture() -> npt.NDArray[np.uint16]:
    """The RGB565 picture of the camera example."""
    text = (EXAMPLES / "camera" / "stored_picture.c").read_text(encoding="utf-8")
    pixels = [int(word, 16) for word in re.findall(r"0x[0-9a-f]{4}", text)]
    return np.array(pixels, np.uint16).reshape(72, 96)


def expect_camera(graph: Graph) -> tuple[int, npt.NDArray[Any]]:
    """Class and scores of the frame that shows the stored picture, by Python."""
    picture = stored_picture()
    rows, columns = (
        np.arange(after) * before // after
        for before, after in zip(picture.shape, (CAMERA.height, CAMERA.width), strict=True)
    )
    shown = np.ascontiguousarray(picture[rows][:, columns], "<u2")
    frame = shown.view(np.uint8).reshape(-1)
    image = image_of_frame(frame, CAMERA, PictureFit(32, 32, "crop", "rgb"))
    assert graph.preprocessing is not None
    planes = preprocessing.apply(graph.preprocessing, image[None])
    expected = expect_reference(graph, planes, traced=False)
    assert expected.scores is not None
    return int(expected.classes[0]), expected.scores
