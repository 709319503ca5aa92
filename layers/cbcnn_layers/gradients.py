"""Functions of tensors whose gradient is another one than their own, on every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Tensor = Any


def value_of(x: Any) -> Tensor:
    """A tensor of numbers; of a variable those that it has now, also where a caller lent them."""
    return x.value if isinstance(x, keras.Variable) else ops.convert_to_tensor(x)


def with_gradient(
    x: Tensor,
    forward: Callable[[Tensor], Tensor],
    backward: Callable[[Tensor, Tensor], Tensor],
) -> Tensor:
    """`forward(x)`, whose gradient is `backward(x, upstream)`.

    TensorFlow and JAX hand the upstream gradient over as the only argument; PyTorch hands over `x`
    too, and the gradient by name.
    """

    @ops.custom_gradient  # type: ignore[untyped-decorator, unused-ignore]
    def call(x: Tensor) -> tuple[Tensor, Callable[..., Tensor]]:
        def gradient(*arguments: Tensor, upstream: Tensor = None) -> Tensor:
            return backward(x, arguments[0] if upstream is None else upstream)

        return forward(x), gradient

    return call(value_of(x))


def where(mask: Tensor, values: Tensor) -> Tensor:
    """The values where the mask holds, 0 elsewhere, even where they are infinite."""
    return ops.where(mask, values, ops.zeros_like(values))


def straight_through(x: Tensor, upstream: Tensor, clip_value: float | None) -> Tensor:
    """The upstream gradient where |x| is at most `clip_value`; everywhere without a limit."""
    return upstream if clip_value is None else where(ops.abs(x) <= clip_value, upstream)
