"""Says which networks can be built at all, before anything imports TensorFlow."""

from __future__ import annotations

from typing import Final

from cbcnn_inputs.errors import DataError
from cbcnn_trainer.presets import Architecture

LARGEST_INPUT: Final = 255
LARGEST_FUSED_WINDOW: Final = 15
"""A position in it is a byte."""

Shape = tuple[int, int, int]
"""Height, width and channels."""


def check(architecture: Architecture, input_shape: Shape, classes: int) -> None:
    """Raise a DataError unless the network can be built from these numbers."""
    _check_shortcuts(architecture)
    sizes = (*architecture.filters, *architecture.units, architecture.kernel_size, classes)
    if min(*sizes, architecture.pool_size, *input_shape) < 1:
        raise DataError(
            "the network has an empty part",
            found=f"{architecture}, input {input_shape}, {classes} classes",
            allowed="sizes of 1 and more",
        )
    height, width, channels = input_shape
    _check_maps(architecture, height, width)
    if not architecture.binary and architecture.sign_of_zero == -1:
        raise DataError(
            "a network of real values takes no signs",
            found="a sign of zero of -1 without binarization",
            allowed="a sign of zero of +1",
            suggestion="leave --sign-of-zero out",
        )
    if not architecture.binary_kernels and not (
        architecture.binary and architecture.sign_of_zero == 1
    ):
        raise DataError(
            "real kernels alone need Larq's layers",
            found="no binary kernels with "
            + ("a sign of zero of -1" if architecture.binary else "no binarization at all"),
            allowed="a sign of zero of +1, and signs between blocks",
            suggestion="leave --no-binary-kernels out",
        )
    if architecture.sign_of_zero == 1 and architecture.kernel_scale != 1:
        raise DataError(
            "Larq's layers have no kernel scale",
            found=f"kernel scale {architecture.kernel_scale} with a sign of zero of +1",
            allowed="kernel scale 1",
            suggestion="--sign-of-zero -1",
        )
    other_gradient = (architecture.activation_gradient, architecture.gradient_window) != (
        "ste-sign",
        1,
    )
    if architecture.sign_of_zero == -1 and other_gradient:
        raise DataError(
            "the authors' layers have one gradient",
            found=f"{architecture.activation_gradient}, window "
            f"{architecture.gradient_window:g}, with a sign of zero of -1",
            allowed="ste-sign, window 1",
            suggestion="--sign-of-zero +1",
        )
    fan_in = channels * (architecture.kernel_size**2 if architecture.filters else height * width)
    if fan_in * LARGEST_INPUT >= 1 << 24:
        raise DataError(
            "the first layer's sums would not be exact in float32",
            found=f"{fan_in} inputs to each of them",
            allowed=f"at most {((1 << 24) - 1) // LARGEST_INPUT}",
        )


def _check_maps(architecture: Architecture, height: int, width: int) -> None:
    """Raise a DataError if strides and poolings leave nothing of an image of this size."""
    stride = 1 if architecture.downsampling == "real" else architecture.first_stride
    rows, columns = -(-height // stride), -(-width // stride)
    for index in range(len(architecture.filters)):
        rows, columns = rows // architecture.pool_size, columns // architecture.pool_size
        if min(rows, columns) < 1:
            first = f", a first stride of {stride}" if stride > 1 else ""
            raise DataError(
                f"block {index + 1} pools the map away",
                found=f"{len(architecture.filters)} blocks with pooling by "
                f"{architecture.pool_size}{first} on {height}x{width} pixels",
                allowed=f"at most {index} blocks",
                suggestion="fewer --filters or a smaller --pool-size",
            )


def check_fused(architecture: Architecture) -> None:
    """Compile fused convolutions for this network, so that a run begins only if they work.

    Raises:
        DataError: they cannot train this network.
        MissingToolError: they cannot be compiled.
    """
    from cbcnn_trainer.keras2.fused import library

    if architecture.pool_size > LARGEST_FUSED_WINDOW:
        raise DataError(
            "fused convolutions have smaller windows",
            found=f"pooling by {architecture.pool_size}",
            allowed=f"at most {LARGEST_FUSED_WINDOW}",
            suggestion="--convolution tensorflow",
        )
    if architecture.first_stride > 1:
        raise DataError(
            "fused convolutions visit every pixel",
            found=f"a first stride of {architecture.first_stride}",
            allowed="a first stride of 1",
            suggestion="--convolution tensorflow",
        )
    if not (architecture.binary and architecture.binary_kernels and architecture.sign_of_zero == 1):
        raise DataError(
            "fused convolutions are those of Larq's binary layers",
            found="real values, real kernels or a sign of zero of -1",
            allowed="binary layers with a sign of zero of +1",
            suggestion="--convolution tensorflow",
        )
    library.load(architecture.kernel_size, architecture.pool_size)


def _check_shortcuts(architecture: Architecture) -> None:
    """Raise a DataError unless the parts around shortcuts fit together."""
    filters, residuals = architecture.filters, architecture.residuals
    if residuals and len(residuals) != len(filters):
        raise DataError(
            "residual layers and filters do not match",
            found=f"{len(residuals)} numbers of residual layers for {len(filters)} of filters",
            allowed="as many, or none for a network without residual layers",
            suggestion=f"--residuals {','.join('1' for _ in filters)}",
        )
    if architecture.ending == "average" and (architecture.units or not filters):
        raise DataError(
            "the mean of each channel leads to the classes at once",
            found=f"{len(filters)} numbers of filters and {len(architecture.units)} of units",
            allowed="filters and no units with an ending of average",
            suggestion="--units '' or --ending binary",
        )
