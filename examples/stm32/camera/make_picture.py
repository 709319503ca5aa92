"""Write stored_picture.c: a sample image in the middle of a scene that is wider than high.

python make_picture.py ../../models/signs/samples/03_00003.png > stored_picture.c
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
from numpy.typing import NDArray

PIXELS_PER_LINE = 10
WIDTH, HEIGHT = 96, 72
"""As in sensor.h."""


def make_picture(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint16]:
    """RGB565 [height, width]: a grey gradient, and the image over the full height in its middle."""
    frame = np.empty((height, width, 3), np.uint8)
    frame[:] = np.linspace(60, 160, width, dtype=np.uint8)[None, :, None]
    left = (width - height) // 2
    frame[:, left : left + height] = cv2.resize(image, (height, height))
    red, green, blue = np.moveaxis(frame.astype(np.uint16), -1, 0)
    packed: NDArray[np.uint16] = red >> 3 << 11 | green >> 2 << 5 | blue >> 3
    return packed


def main() -> None:
    """Print the C file."""
    image = cv2.cvtColor(cv2.imread(sys.argv[1]), cv2.COLOR_BGR2RGB)
    frame = make_picture(image, WIDTH, HEIGHT).reshape(-1)
    print("/* SPDX-License-Identifier: 0BSD */")
    print("/*\n * Made by make_picture.py.\n */")
    print('#include "sensor.h"\n')
    print("/* clang-format off */")
    print("const uint16_t stored_picture[STORED_HEIGHT * STORED_WIDTH] = {")
    for first in range(0, len(frame), PIXELS_PER_LINE):
        print("    " + " ".join(f"0x{p:04x}," for p in frame[first : first + PIXELS_PER_LINE]))
    print("};\n/* clang-format on */")


if __name__ == "__main__":
    main()
