"""Draw layers for all kernels, in a process in which the address sanitizer replaced `malloc`.

LD_PRELOAD=libasan.so python -m support.kernels.watch LIBRARY WORD_BITS NARROW PIXEL ISA
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import get_args

from cbcnn_codegen.kernels import known_kernels
from support.complete import COMPLETE
from support.kernels.build import Variant
from support.kernels.call import Kernels
from support.kernels.compare import check_case
from support.layers import LayerKind

MOST_SEEDS = 150
LEAST_RUNS = 3
"""Layers of each kernel that the address sanitizer watches, and seeds to find them with."""
NARROW_TURNS = 16
"""Their kernels are the most, and some of them are drawn seldom."""

WIDE = {"conv_interleaved_b1_b1"}
WIDE_BITS = 64
"""Kernels that take words of so many bits alone."""


def main() -> None:
    """Draw layers of every kind until the sanitizer complains or each kernel has run often.

    With `CBCNN_COMPLETE=1` all of `MOST_SEEDS` are drawn.
    """
    library, word_bits, threshold_bits, signed, isa = sys.argv[1:]
    variant = Variant(int(word_bits), int(threshold_bits), signed == "True", isa)
    kernels = Kernels(Path(library), variant)
    layers = {name for name in known_kernels() if not name.startswith("scores")}
    if variant.word_bits != WIDE_BITS:
        layers -= WIDE
    runs = Counter(dict.fromkeys(layers, LEAST_RUNS))
    for seed in range(MOST_SEEDS):
        for kind in get_args(LayerKind):
            runs.subtract(check_case(kernels, kernels.draw_case(seed, kind)))
        for turn in range(4):
            runs.subtract(check_case(kernels, kernels.draw_reals(4 * seed + turn)))
            runs.subtract(check_case(kernels, kernels.draw_block(4 * seed + turn)))
            runs.subtract(check_case(kernels, kernels.draw_integers(4 * seed + turn)))
        for turn in range(NARROW_TURNS):
            runs.subtract(check_case(kernels, kernels.draw_narrow(NARROW_TURNS * seed + turn)))
        if max(runs.values()) <= 0 and not COMPLETE:
            break
    if max(runs.values()) <= 0:
        print("done")
        return
    print(f"too few layers for {+runs}")


if __name__ == "__main__":
    main()
