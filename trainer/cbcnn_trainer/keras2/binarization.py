"""Binarizes real numbers, forward and backward: equations (3) to (7), Algorithm 1.

Two values leave only one question open, the sign of zero, and the paper answers it twice.
Equation (5) rounds with a floor, which makes zero +1; Larq does the same. Algorithm 1 says
`x <= 0 gives -1`, as the authors' own layers do, whose rounding is half to even. A model's
layers say which answer it means, see `layers` and `models`.

Backward, every function here is the same straight-through estimator, so models of both kinds train
alike.
"""

from __future__ import annotations

from typing import Any, Literal

from cbcnn_trainer.keras2.backend import tf

SignOfZero = Literal[1, -1]
Tensor = Any


def hard_sigmoid(x: Tensor) -> Tensor:
    """`clip((x + 1) / 2, 0, 1)`: the probability of +1 that binarization rounds to 0 or 1."""
    return tf.clip_by_value(0.5 * x + 0.5, 0.0, 1.0)


def round_half_up(x: Tensor) -> Tensor:
    """Nearest integer, a half going up: `floor(x + 1/2)`."""
    return tf.floor(x + 0.5)


def sign_by_rounding(x: Tensor) -> Tensor:
    """`2 * round(hard_sigmoid(x)) - 1` with the half going up: -1 or +1, and +1 for zero.

    This is the paper's construction of the sign. In float32 it takes the tiny negative numbers
    from -2**-24 on for zero, because adding 1/2 loses them; `sign` does not.
    """
    return 2.0 * round_half_up(hard_sigmoid(x)) - 1.0


def sign(x: Tensor, sign_of_zero: SignOfZero = 1) -> Tensor:
    """-1 or +1 by the sign of x, of the type of x; both zeros give `sign_of_zero`."""
    positive = x >= 0 if sign_of_zero == 1 else x > 0
    one = tf.ones_like(x)
    return tf.where(positive, one, -one)


def straight_through(x: Tensor, upstream: Tensor, limit: float = 1.0) -> Tensor:
    """The gradient that passes `upstream` unchanged where |x| <= limit, and nothing elsewhere.

    The interval is closed, as in Larq and in the authors' layers. Algorithm 1 leaves |x| = limit
    out, but latent weights are clipped to exactly that value and would never leave it again.
    """
    return tf.where(tf.abs(x) <= limit, upstream, tf.zeros_like(upstream))


def binarize(weights: Tensor, scale: float = 1.0, sign_of_zero: SignOfZero = 1) -> Tensor:
    """Weights as -scale or +scale; the gradient passes where |weight| <= scale.

    Equal, forward and backward, to `scale * SteSign()(weights / scale)` of Larq when zero is +1.

    Args:
        weights: latent weights.
        scale: the paper's H, more than 0.
        sign_of_zero: what a weight of zero becomes.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def quantize(latent: Tensor) -> Tensor:
        def gradient(upstream: Tensor) -> Tensor:
            return straight_through(latent, upstream, scale)

        return scale * sign(latent, sign_of_zero), gradient

    return quantize(weights)


def activate(x: Tensor, sign_of_zero: SignOfZero = 1) -> Tensor:
    """Activations as -1 or +1; the gradient passes where |x| <= 1. Equal to Larq's `ste_sign`."""
    return binarize(x, 1.0, sign_of_zero)


def algorithm_1(x: Tensor) -> Tensor:
    """The paper's Algorithm 1: forward -1 for x <= 0 and else +1, backward straight through."""
    return activate(x, sign_of_zero=-1)
