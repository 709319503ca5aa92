"""What follows the sums of a product, as `epilogue_f32.h` has it: steps, and their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from cbcnn_codegen.ir import Float32Array, Operation
from cbcnn_codegen.kernels.offer import Table, Work
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.dorefa import Dorefa
from cbcnn_codegen.ops.heaviside import Heaviside
from cbcnn_codegen.ops.leaky_relu import LeakyRelu
from cbcnn_codegen.ops.prelu import Prelu
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.to_float import ToFloat

LARGEST = float(np.finfo(np.float32).max)


class StepCode(IntEnum):
    """The names that `epilogue_f32.h` has."""

    END = 0
    SCALE = 1
    NORM = 2
    AFFINE = 3
    CLIP = 4
    SLOPE = 5
    DOREFA = 6
    STEP = 7
    ADD = 8


class Epilogue(NamedTuple):
    """Steps, the numbers of all of them, and the work for all pixels."""

    steps: Table | None
    values: Table | None
    work: Work


def make_epilogue(
    steps: Sequence[Operation], pixels: int, channels: int, first: Sequence[float] = ()
) -> Epilogue:
    """The tables of the steps behind a product.

    Args:
        steps: `is_step`, an `Add`, or the `ToFloat` of integer sums.
        pixels: of the map.
        channels: of the map.
        first: numbers of the kernel's own in front of those of the steps.
    """
    encoded = [_encode(step, channels) for step in steps]
    codes = [code for code, _ in encoded if code is not StepCode.END]
    numbers = [np.array(first, np.float32), *(values for _, values in encoded)]
    values = np.concatenate([part.ravel() for part in numbers]).astype(np.float32)
    work = {_WORK[code]: 0.0 for code in codes}
    for code in codes:
        work[_WORK[code]] += pixels * channels
    names = ", ".join(code.name.lower() for code in codes)
    listed = np.array([*codes, StepCode.END], np.uint8)
    return Epilogue(
        Table("steps", "u8", listed, names) if codes else None,
        Table("values", "float", values, f"{len(values)} numbers") if len(values) else None,
        work,
    )


_WORK = {
    StepCode.SCALE: "real_multiply",
    StepCode.NORM: "real_norm",
    StepCode.AFFINE: "real_affine",
    StepCode.CLIP: "real_clip",
    StepCode.SLOPE: "real_slope",
    StepCode.DOREFA: "real_dorefa",
    StepCode.STEP: "real_step",
    StepCode.ADD: "real_add",
}
"""Each takes about what it takes in a pass of its own."""


def _encode(step: Operation, channels: int) -> tuple[StepCode, Float32Array]:
    """The name of a step and its numbers; END where nothing is to be done."""
    code, values = StepCode.END, np.zeros(0, np.float32)
    match step:
        case ToFloat(scale=scale) if scale == 1:
            pass
        case ToFloat(scale=scale):
            code, values = StepCode.SCALE, _numbers(scale)
        case BatchNorm(fused=True, multiply_add=True) as norm:
            numbers = (norm.mean, norm.reciprocal_deviation(), norm.gamma, norm.beta)
            code, values = StepCode.NORM, _columns(*numbers)
        case Affine() | BatchNorm(fused=False) as affine:
            code, values = StepCode.AFFINE, _columns(*affine.as_affine(channels))
        case Clip(low=low, high=high):
            code, values = StepCode.CLIP, _numbers(low, high)
        case Relu():
            code, values = StepCode.CLIP, _numbers(0, LARGEST)
        case LeakyRelu(alpha=alpha):
            code, values = StepCode.SLOPE, np.full(channels, alpha, np.float32)
        case Prelu(slopes=slopes):
            code, values = StepCode.SLOPE, slopes
        case Dorefa(levels=levels):
            code, values = StepCode.DOREFA, _numbers(levels)
        case Heaviside():
            code = StepCode.STEP
        case Add():
            code = StepCode.ADD
        case _:
            raise ValueError(f"{step.name}: no step behind a product")
    return code, values


def _numbers(*values: float) -> Float32Array:
    return np.array(values, np.float32)


def _columns(*values: Float32Array) -> Float32Array:
    """The values of a channel beside each other."""
    made: Float32Array = np.stack(values, axis=1).astype(np.float32)
    return made
