"""Times bfloat16 on this processor, so that nobody waits for it by mistake.

A processor without instructions for bfloat16 emulates it, which takes many times as long as
float32. No list of processors with such instructions would stay true, so this module times both.
"""

from __future__ import annotations

import time
from typing import Any, Final

from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.progress import console
from cbcnn_trainer.settings import Precision

_IMAGES: Final = (8, 14, 14, 64)
_KERNELS: Final = (3, 3, 64, 64)
_ROUNDS: Final = 3


def warn_if_slow(precision: Precision) -> None:
    """Print a warning where the precision of a run costs more time than float32 would."""
    if precision == "float32":
        return
    ratio = slowdown(precision)
    if ratio > 1:
        console.print(
            f"warning: a convolution in {precision} takes {ratio:.1f} times as long as in float32 "
            "on this processor; --precision float32 is faster, with --convolution fused more so"
        )


def slowdown(precision: Precision) -> float:
    """Time of a convolution and its gradients in this precision, as a multiple of float32's.

    The shortest of a few rounds of each, after one that compiles.
    """
    return _seconds(precision) / _seconds("float32")


def _seconds(precision: Precision) -> float:
    images = tf.ones(_IMAGES, precision)
    kernels = tf.ones(_KERNELS, precision)

    def differentiate() -> Any:
        with tf.GradientTape() as tape:
            tape.watch([images, kernels])
            sums = tf.nn.conv2d(images, kernels, 1, "SAME")
        return tape.gradient(sums, [images, kernels])

    step = tf.function(differentiate)
    step()
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        for gradient in step():
            gradient.numpy()  # waits for it
        times.append(time.perf_counter() - begun)
    return min(times)
