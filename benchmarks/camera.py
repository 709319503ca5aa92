"""Counts what a Cortex-M4 executes to make the network's image of a camera's frame.

    python -m benchmarks.camera

prints the table of docs/camera.md: instructions for each format, by Unicorn, and cycles estimated
from the core's manual, of `…_camera_frame` with all that it calls, the Image Compression Block too.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.passes import lower
from cbcnn_codegen.profile.layers import Work, add_up
from cbcnn_codegen.profile.program import build_program
from cbcnn_codegen.profile.unicorn_counter import count_with_unicorn
from cbcnn_codegen.read import read_model
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify.camera import camera_samples
from cbcnn_codegen.verify.data import Source, load_samples
from cbcnn_codegen.verify.harness import encode_input
from cbcnn_codegen.verify.project import read_project
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.own_pictures.fit import Fit

SIGNS: Final = Path(__file__).parents[1] / "examples" / "models" / "signs"
FORMATS: Final = ("rgb565-le", "rgb888", "yuyv", "nv12", "grey")
SIZES: Final = ((640, 480), (320, 240))


def count_frame(camera: Camera, fit: Fit, folder: Path) -> Work:
    """What one frame costs with the model `signs`, 32x32 with an Image Compression Block.

    Args:
        camera: that sends the frame.
        fit: what becomes of its shape.
        folder: for the code.
    """
    model, target = SIGNS / "model.h5", find_target("cortex-m4")
    request = Request(
        model=model, target=target.name, camera=camera, fit=fit, measure=False, name="net"
    )
    generate(request).write(folder)
    project = read_project(folder)
    graph = lower(read_model(model).graph)
    images = load_samples(SIGNS / "samples", graph, 1)
    assert project.camera is not None
    frame = replace(camera_samples(images, project.camera, graph), source=Source.FRAMES)
    program = build_program(project, target, folder)
    (where,) = program.functions("net_camera_frame")
    counted = replace(program, entry=where.start, forward=(where,))
    run = count_with_unicorn(counted, encode_input(frame.part(slice(0, 1)), 0))
    work = add_up(run.flow, counted, dict.fromkeys(where, 0), target.timing)
    return work[0]


def main() -> None:
    """Print the table."""
    print("| frame | format | fit | instructions | per pixel | cycles, estimated |")
    print("| --- | --- | --- | ---: | ---: | ---: |")
    for width, height in SIZES:
        for name in FORMATS:
            for fit in ("crop", "stretch"):
                with tempfile.TemporaryDirectory() as folder:
                    found = count_frame(Camera(width, height, name), fit, Path(folder))
                each = found.instructions / (width * height)
                print(
                    f"| {width}x{height} | `{name}` | {fit} | {found.instructions:,} | "
                    f"{each:.1f} | {found.cycles:,} |"
                )


if __name__ == "__main__":
    main()
