"""Draws pictures of simple shapes, as a user's folder of classes has them.

    python examples/draw_pictures.py pictures

writes 300 of them, PNG and JPEG of many sizes, into the folders `circle`, `square` and `triangle`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SHAPES = ("circle", "square", "triangle")


def draw_shape(name: str, random: np.random.Generator) -> NDArray[np.uint8]:
    """A picture in blue, green and red, of random size, uint8 [H, W, 3]."""
    height, width = (int(side) for side in random.integers(40, 120, 2))
    picture = random.integers(0, 60, (height, width, 3)).astype(np.uint8)
    picture += random.integers(0, 60, 3).astype(np.uint8)
    size = int(min(height, width) * random.uniform(0.25, 0.4))
    x, y = (int(side * random.uniform(0.42, 0.58)) for side in (width, height))
    colour = tuple(int(level) for level in random.integers(150, 256, 3))
    if name == "circle":
        cv2.circle(picture, (x, y), size, colour, -1)
    elif name == "square":
        cv2.rectangle(picture, (x - size, y - size), (x + size, y + size), colour, -1)
    else:
        corners = [[x, y - size], [x - size, y + size], [x + size, y + size]]
        cv2.fillPoly(picture, [np.array(corners, np.int32)], colour)
    return picture


def write_shapes(folder: Path, count: int, seed: int = 0) -> Path:
    """`count` pictures of each shape in `folder/SHAPE`, PNG and JPEG, in videos of five frames."""
    random = np.random.default_rng(seed)
    for name in SHAPES:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            suffix = "png" if index % 2 else "jpg"
            path = folder / name / f"video{index // 5:02d}_{index:03d}.{suffix}"
            assert cv2.imwrite(str(path), draw_shape(name, random))
    return folder


def main() -> None:
    """Entry point of the command."""
    parser = argparse.ArgumentParser(description="Draw pictures of three shapes.")
    parser.add_argument("folder", type=Path, help="for the pictures, a folder for each class")
    parser.add_argument("--count", type=int, default=100, help="pictures of each class")
    arguments = parser.parse_args()
    folder = write_shapes(arguments.folder, arguments.count)
    print(f"{arguments.count * len(SHAPES)} pictures in {folder}: {', '.join(SHAPES)}")


if __name__ == "__main__":
    main()
