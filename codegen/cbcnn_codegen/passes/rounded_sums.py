"""Refuses networks in which TensorFlow's rounding of sums decides, and shows a way out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Element, Float32Array, Float64Array, Node
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm

_SHOWN = 8


def refuse_ties(
    nodes: Sequence[Node], channels: Sequence[int], what: str = "sign"
) -> UnsupportedLayerError:
    """The error for sums of -H and +H that lie on the line where a sign or label changes.

    In real numbers such a sum is on the line; TensorFlow's is a little above or below, as it
    happens to round, while the generated code counts and is always on it. Neither is wrong, but
    they are not equal, and no code without the very same additions would be.

    Args:
        nodes: the chain from the sums to the sign.
        channels: where it happens.
        what: the answer that changes there.
    """
    shown = ", ".join(map(str, channels[:_SHOWN])) + (", …" if len(channels) > _SHOWN else "")
    return UnsupportedLayerError(
        layer=repr(_layer(nodes)),
        found="weights of -H and +H, whose sums TensorFlow rounds, and sums that lie where the "
        f"{what} changes, in channel{'s' * (len(channels) > 1)} {shown}",
        allowed=f"such weights where no sum that can occur lies so close to a change of {what}",
        suggestion=_cure(nodes),
    )


def _layer(nodes: Sequence[Node]) -> str:
    """The layer whose sums are rounded."""
    return next(node.source for node in nodes if _is_rounded(node))


def _is_rounded(node: Node) -> bool:
    return isinstance(node.op, Affine) and node.op.is_rounded


def _cure(nodes: Sequence[Node]) -> str:
    """The same function with weights of -1 and +1."""
    if any(isinstance(node.op, BatchNorm) for node in nodes):
        return (
            "kernel_quantizer='ste_sign', and in the batch normalization moving_mean / H, "
            "moving_variance / H**2 and epsilon / H**2"
        )
    biased = any(isinstance(node.op, Affine) and node.op.bias is not None for node in nodes)
    same = "with bias / H" if biased else "whose sums have the same signs"
    return f"kernel_quantizer='ste_sign', {same}; or a trained batch normalization behind it"


def refuse_tied_scores(
    chain: Sequence[Node], element: Element, multiplier: Float32Array, offset: Float32Array
) -> UnsupportedLayerError | None:
    """The error for classes whose scores are equal for sums that occur again and again, or None.

    Two classes tie where `s * m + o = t * n + p` for their sums s and t. Such pairs of sums exist
    by chance in every large layer, occur rarely, and are reported as near ties. They occur all the
    time if the multipliers are the same and the offsets differ by a multiple of them, and if both
    offsets are the same, for s = t = 0. Then the first class wins in the generated code, and
    in TensorFlow whichever its rounding favours.

    Args:
        chain: from the sums to the scores.
        element: the sums that can occur.
        multiplier: of the scores, one for each class.
        offset: the same.
    """
    affine = next((node.op for node in chain if _is_rounded(node)), None)
    if not isinstance(affine, Affine) or affine.error is None:
        return None
    off = _move_of_scores(affine, element, multiplier)
    together = off[:, None] + off
    apart = np.abs(offset[:, None].astype(np.float64) - offset)
    tied = (apart <= together) & _reaches_zero(element)
    factor = np.where(multiplier == 0, np.nan, np.abs(multiplier.astype(np.float64)))[:, None]
    steps = element.step * np.rint(apart / factor / element.step)
    on_line = (np.abs(apart - steps * factor) <= together) & (steps <= 2 * element.largest)
    tied |= on_line & (multiplier[:, None] == multiplier)
    first, second = np.nonzero(np.triu(tied & (together > 0), 1))
    if not len(first):
        return None
    return UnsupportedLayerError(
        layer=repr(_layer(chain)),
        found="weights of -H and +H, whose sums TensorFlow rounds, and scores of classes "
        f"{first[0]} and {second[0]} that are equal again and again",
        allowed="such weights in the last layer where the scores of no two classes are made alike",
        suggestion="kernel_quantizer='ste_sign', or a trained batch normalization behind it",
    )


def _reaches_zero(element: Element) -> bool:
    return element.low % element.step == 0


def _move_of_scores(affine: Affine, element: Element, multiplier: Float32Array) -> Float64Array:
    """The error to expect now and then in TensorFlow's scores, one for each class."""
    assert affine.error is not None, "the caller looked"
    worth = affine.as_affine(len(affine.error.fixed))[0].astype(np.float64)
    off = affine.error.likely(np.full(len(worth), element.largest))
    relative = np.divide(off, np.abs(worth), out=np.zeros_like(off), where=worth != 0)
    moved: Float64Array = np.tile(relative, len(multiplier) // len(relative)) * np.abs(multiplier)
    return moved
