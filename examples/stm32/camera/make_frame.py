"""Write frame_buffer.c: a sample image as a camera would have it, in the middle of a larger frame.

python make_frame.py ../../models/signs/samples/03_00003.png 96 72 > frame_buffer.c
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
from numpy.typing import NDArray

PIXELS_PER_LINE = 10


def make_frame(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint16]:
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
    path, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
    frame = make_frame(image, width, height).reshape(-1)
    print("/* SPDX-License-Identifier: 0BSD */")
    print("/*\n * Made by make_frame.py.\n */")
    print('#include "frame_buffer.h"\n')
    print("/* clang-format off */")
    print(f"static const uint16_t pixels[{height} * {width}] = {{")
    for first in range(0, len(frame), PIXELS_PER_LINE):
        print("    " + " ".join(f"0x{p:04x}," for p in frame[first : first + PIXELS_PER_LINE]))
    print("};\n/* clang-format on */\n")
    print(f"const struct picture frame_buffer = {{pixels, {width}, {height}}};")


if __name__ == "__main__":
    main()
