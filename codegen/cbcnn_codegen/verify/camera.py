"""Frames of a camera, to verify the whole way from a frame to a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Graph
from cbcnn_codegen.report import ReportedCamera
from cbcnn_codegen.tools import Processes
from cbcnn_codegen.verify.data import Array, Samples, Source
from cbcnn_codegen.verify.expect import Expectation, expect_reference
from cbcnn_codegen.verify.harness import Outputs, run_program
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs import preprocessing
from cbcnn_inputs.frame_pixels import encode_frame, image_of_frame
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.own_pictures.scale import scale

FRAMES: Final = 6
_MOST_BYTES: Final = 1 << 25
"""Of all frames together; there are at least two."""


def camera_samples(samples: Samples, of: ReportedCamera, graph: Graph) -> Samples:
    """Frames that show images, and frames of noise and of the largest numbers.

    Args:
        samples: images; the first few are shown.
        of: the camera, and what its frames become.
        graph: the network.

    Returns:
        As `Source.LINES` and `Source.FRAMES` read them.
    """
    camera = of.camera
    count = max(2, min(FRAMES, _MOST_BYTES // camera.frame_bytes))
    frames = list(islice(_frames(samples, camera), count))
    images = np.stack([image_of_frame(frame, camera, of.fit) for frame in frames])
    if graph.preprocessing is None:
        planes = images.reshape(len(images), *graph.input.shape)
    else:
        planes = preprocessing.apply(graph.preprocessing, images)
    lines = np.stack([_lines(frame, of) for frame in frames])
    return Samples(Source.LINES, lines, planes, None, f"frames of {camera}")


def run_frames(
    project: Project,
    graph: Graph,
    samples: Samples,
    programs: Mapping[str, Path],
    pool: Executor,
    processes: Processes,
) -> Iterator[tuple[str, Samples, Expectation, Outputs]]:
    """Run each build over frames: line by line, and whole ones with gaps behind their lines.

    Args:
        project: the code; it has a camera.
        graph: its network, lowered.
        samples: images to make frames of.
        programs: name of a build to its program, which shows every layer.
        pool: that runs programs.
        processes: that they belong to.

    Raises:
        BuildError: a program does not come to its end.
    """
    if project.camera is None:
        return
    lines = camera_samples(samples, project.camera, graph)
    expected = expect_reference(graph, lines.planes, traced=True)
    kinds = (lines, replace(lines, source=Source.FRAMES))
    runs = [
        (f"{name}, {kind.source.name.lower()} of a camera", program, kind)
        for name, program in programs.items()
        for kind in kinds
    ]

    def run(name: str, program: Path, kind: Samples) -> Outputs:
        return run_program(name, project, program, kind, len(kind), processes)

    for (name, _, kind), outputs in zip(runs, pool.map(lambda one: run(*one), runs), strict=True):
        yield name, kind, expected, outputs


def _frames(samples: Samples, camera: Camera) -> Iterator[Array]:
    """Noise first: it reaches every number of U and V."""
    rng = np.random.default_rng(camera.frame_bytes)
    yield rng.integers(0, 256, camera.frame_bytes).astype(np.uint8)
    shown = (encode_frame(_picture(image, camera), camera) for image in cycle(samples.images))
    yield next(shown)
    yield np.full(camera.frame_bytes, 255, np.uint8)
    yield from shown


def _picture(image: Array, camera: Camera) -> Array:
    """An image of any kind as a colour picture of the camera's size; integers become levels."""
    levels = (image.astype(np.int64) - np.iinfo(image.dtype).min).astype(np.uint8)
    planes = levels.reshape(*image.shape[:2], -1)[..., :3]
    colours = planes if planes.shape[2] == 3 else np.repeat(planes[..., :1], 3, axis=2)
    return scale(np.ascontiguousarray(colours), camera.height, camera.width)


def _lines(frame: Array, of: ReportedCamera) -> Array:
    """Each line of pixels, and behind it the line of its colours, all of one length."""
    lines, chroma = of.camera.planes(frame)
    shared = np.repeat(chroma, 2, axis=0)[: len(lines)]
    kinds = [lines, shared] if of.camera.is_planar else [lines]
    padded = [np.pad(kind, ((0, 0), (0, of.line_bytes - kind.shape[1]))) for kind in kinds]
    return np.stack(padded, axis=1)
