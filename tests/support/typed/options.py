"""Options of layers as people write them, all of them supported."""

from __future__ import annotations

from typing import Any, Final

from support.typed.call import Call, Name
from support.typed.state import Draft

CHANNELS: Final = (1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65)
SIGN_NAMES: Final = ("ste_sign", "approx_sign", "swish_sign")
SIGN_CLASSES: Final = ("SteSign", "ApproxSign", "SwishSign")


def sign_object(draft: Draft) -> Call:
    """One of Larq's signs as an object."""
    kind = draft.pick(SIGN_CLASSES)
    if kind == "SteSign":
        options = draft.sometimes(0.5, clip_value=draft.pick([1.0, 1.25, 2]))
    elif kind == "SwishSign":
        options = draft.sometimes(0.5, beta=draft.pick([5.0, 10.0]))
    else:
        options = {}
    return Call(f"larq.quantizers.{kind}", (), options)


def quantizer(draft: Draft) -> Any:
    """A sign in the place of a quantizer: by name or as an object."""
    return draft.pick(SIGN_NAMES) if draft.chance(0.7) else sign_object(draft)


def kernel(draft: Draft) -> dict[str, Any]:
    """How a Larq layer says that its weights are binary."""
    drawn = draft.rng.random()
    if drawn < 0.08:  # the weights are -H and +H themselves
        return {
            "kernel_quantizer": draft.pick(
                [None, Call("larq.quantizers.NoOp", (), {"precision": 1})]
            )
        }
    if drawn < 0.16:
        magnitude = Call("larq.quantizers.MagnitudeAwareSign")
        return {"kernel_quantizer": draft.pick(["magnitude_aware_sign", magnitude])}
    constraint = draft.sometimes(
        0.6,
        kernel_constraint=draft.pick(["weight_clip", Call("larq.constraints.WeightClip", (1.5,))]),
    )
    return {"kernel_quantizer": _counted(draft, quantizer(draft)), **constraint}


def _counted(draft: Draft, quantizer: Any) -> Any:
    """Now and then with a metric, which has variables of its own in the file."""
    if isinstance(quantizer, Call) and draft.chance(0.2):
        return quantizer.with_option("metrics", ["flip_ratio"])
    return quantizer


def shared(draft: Draft) -> dict[str, Any]:
    """What every layer with weights takes and inference does not see, and a bias."""
    return {
        **draft.sometimes(0.5, use_bias=draft.chance(0.4)),
        **draft.sometimes(0.05, trainable=False),
        **draft.sometimes(0.05, kernel_initializer="he_normal"),
        **draft.sometimes(0.05, activity_regularizer="l2"),
    }


def input_quantizer(draft: Draft) -> dict[str, Any]:
    """Binarize what the layer reads; signs and the image need it not."""
    needless = draft.kind == "signs" or (draft.kind == "image" and draft.chance(0.85))
    if draft.zero < 0:
        return {}
    if needless and draft.chance(0.6):
        return draft.sometimes(0.3, input_quantizer=None)
    if draft.kind == "image" and draft.chance(0.6):
        return {}
    return {"input_quantizer": quantizer(draft)}


def pair(draft: Draft, row: int, column: int) -> int | tuple[int, int] | list[int]:
    """A size along rows and columns in one of its forms."""
    if row == column and draft.chance(0.7):
        return row
    forms: list[tuple[int, int] | list[int]] = [(row, column), [row, column]]
    return draft.pick(forms)


def window(draft: Draft, sizes: tuple[int, ...], max_stride: int) -> tuple[dict[str, Any], str]:
    """Sizes, strides and padding of a window that fits the map."""
    height, width, _ = draft.dimensions
    row = draft.pick(sizes)
    column = row if draft.chance(0.75) else draft.pick(sizes)
    strides = [1, 1] if draft.chance(0.6) else [int(draft.rng.integers(1, max_stride + 1))] * 2
    if draft.chance(0.1):
        strides[1] = int(draft.rng.integers(1, max_stride + 1))
    fits = row <= height and column <= width
    padding = "valid" if fits and draft.chance(0.5) else "same"
    return {"size": (row, column), "strides": tuple(strides)}, padding


def output_size(size: int, kernel_size: int, stride: int, padding: str) -> int:
    """Rows or columns that a window visits."""
    return -(-size // stride) if padding == "same" else (size - kernel_size) // stride + 1


def binary_activation(draft: Draft) -> Any:
    """What makes signs as an `activation`, which Keras can only save as an object."""
    return Name("cbcnn.binary_tanh") if draft.zero < 0 else sign_object(draft)
