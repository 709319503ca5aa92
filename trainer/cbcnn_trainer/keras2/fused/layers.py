"""Keras layers that train as Larq's convolution, Keras's pooling and batch norm do together.

They have the weights of the layers that they stand for, in the same order, so `model.set_weights`
carries them from one model to the other.
"""

from __future__ import annotations

import functools
from typing import Any

from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.fused import library

Tensor = Any


def pooled_convolution(inputs: Tensor, kernel: Tensor, pool_size: int, *, signs: bool) -> Tensor:
    """Max pooling of a convolution, [N, H // P, W // P, F], with gradients.

    Stride 1, zero padding, windows beside each other; rows and columns that no window covers are
    dropped. Of equal sums in a window, the first row by row gets the gradient.

    Args:
        inputs: float32 [N, H, W, C]; -1 and +1, or, without `signs`, integers of an image, which
            gets no gradient.
        kernel: float32 [K, K, C, F] of -1 and +1.
        pool_size: P, side of the windows.
        signs: whether the inputs are -1 and +1.
    """
    functions = library.load(int(kernel.shape[0]), pool_size)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def convolve(inputs: Tensor, kernel: Tensor) -> Any:
        forward = functools.partial(functions.forward, signs=signs)
        maxima, choices = tf.numpy_function(forward, [inputs, kernel], [tf.float32, tf.uint8])

        def differentiate(upstream: Tensor) -> Any:
            backward = functools.partial(functions.backward, signs=signs)
            arguments = [inputs, kernel, choices, upstream]
            gradients = tf.numpy_function(backward, arguments, [tf.float32, tf.float32])
            for gradient, variable in zip(gradients, (inputs, kernel), strict=True):
                gradient.set_shape(variable.shape)
            return gradients

        return maxima, differentiate

    maxima = convolve(inputs, kernel)
    height, width = (None if side is None else side // pool_size for side in inputs.shape[1:3])
    maxima.set_shape((inputs.shape[0], height, width, kernel.shape[3]))
    return maxima


class FusedConvolution(larq.layers.QuantConv2D):  # type: ignore[misc]
    """`QuantConv2D` with the `MaxPool2D` behind it. Its kernel is binarized; its input where it has
    an input quantizer, and is an image's integers where it has none.
    """

    def __init__(self, filters: int, kernel_size: int, pool_size: int, **options: Any) -> None:
        super().__init__(filters, kernel_size, padding="same", use_bias=False, **options)
        self.pool_size = pool_size

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """The pooled sums; Keras's `call` comes here with the quantized kernel."""
        signs = self.input_quantizer is not None
        return pooled_convolution(inputs, tf.convert_to_tensor(kernel), self.pool_size, signs=signs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the pooled map."""
        count, height, width, _ = tf.TensorShape(input_shape).as_list()
        sides = (None if side is None else side // self.pool_size for side in (height, width))
        return tf.TensorShape([count, *sides, self.filters])


class FusedNormFirst(FusedConvolution):
    """An image's `QuantConv2D`, then `BatchNormalization`, then `MaxPool2D`, without the map that
    the norm and the pooling would see.

    The norm is one line for each channel, rising or falling with the sign of gamma, so the largest
    value behind it is that of the largest or of the smallest sum. Its statistics are those of all
    sums; a sum is w . x for a window x of the image, so their mean is w . E[x] and their variance
    w . Cov[x] w, with the moments of the windows, which are few numbers, the same for all channels.
    """

    def __init__(self, *sizes: int, momentum: float, epsilon: float, **options: Any) -> None:
        super().__init__(*sizes, **options)
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        """Make the kernel, then the weights of a batch norm."""
        super().build(input_shape)
        for name, value, trainable in (
            ("gamma", "ones", True),
            ("beta", "zeros", True),
            ("moving_mean", "zeros", False),
            ("moving_variance", "ones", False),
        ):
            weight = self.add_weight(name, (self.filters,), initializer=value, trainable=trainable)
            setattr(self, name, weight)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """The pooled, normalised map."""
        with larq.context.quantized_scope(True):
            kernel = tf.convert_to_tensor(self.kernel)
        if training:
            mean, variance = self._follow(*self._moments(inputs, kernel))
        else:
            mean, variance = self.moving_mean, self.moving_variance
        direction = tf.where(self.gamma >= 0, 1.0, -1.0)
        maxima = super().convolution_op(inputs, direction * kernel)
        slope = self.gamma * tf.math.rsqrt(variance + self.epsilon)
        return maxima * (direction * slope) + (self.beta - mean * slope)

    def _moments(self, inputs: Tensor, kernel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Mean and variance of each channel's sums, and how many sums there are."""
        weights = tf.reshape(kernel, [-1, self.filters])
        values = int(weights.shape[0])
        each = tf.reshape(tf.eye(values), [*kernel.shape[:3], values])
        windows = tf.reshape(tf.nn.conv2d(inputs, each, 1, "SAME"), [-1, values])
        count = tf.cast(tf.shape(windows)[0], tf.float32)
        centre = tf.reduce_mean(windows, axis=0, keepdims=True)
        windows -= centre
        covariance = tf.matmul(windows, windows, transpose_a=True) / count
        mean = tf.reshape(tf.matmul(centre, weights), [-1])
        return mean, tf.reduce_sum(weights * tf.matmul(covariance, weights), axis=0), count

    def _follow(self, mean: Tensor, variance: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
        """Move the running statistics as Keras does, towards the variance without bias."""
        unbiased = variance * count / tf.maximum(count - 1, 1)
        for running, now in ((self.moving_mean, mean), (self.moving_variance, unbiased)):
            running.assign_sub((running - now) * (1 - self.momentum))
        return mean, variance
