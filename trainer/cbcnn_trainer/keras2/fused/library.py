"""Compiles `pooled_convolution.c` for this processor and calls it with NumPy arrays."""

from __future__ import annotations

import ctypes
import functools
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.compilers import find_compiler
from cbcnn_inputs.errors import MissingToolError
from cbcnn_inputs.systems import shared_library, usable_processors

SOURCE: Final = Path(__file__).with_name("pooled_convolution.c")
FLAGS: Final = ("-std=gnu11", "-O3", "-march=native", "-pthread")

Floats = NDArray[np.float32]
Choices = NDArray[np.uint8]


@functools.cache
def load(kernel_size: int, pool_size: int) -> PooledConvolution:
    """The functions for kernels and windows of these sides, compiled once in a process.

    Raises:
        MissingToolError: no compiler, or one that cannot compile it.
    """
    sizes = (f"-DKERNEL={kernel_size}", f"-DPOOL={pool_size}")
    compiler = _find_compiler()
    with tempfile.TemporaryDirectory() as folder:
        kind = shared_library()
        library = Path(folder, f"pooled_convolution{kind.suffix}")
        flags = (*FLAGS, *kind.flags, *sizes)
        command = [*compiler, *flags, str(SOURCE), "-o", str(library)]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
            return PooledConvolution(ctypes.CDLL(str(library)), pool_size)
        except (subprocess.CalledProcessError, OSError) as error:
            found = getattr(error, "stderr", "") or str(error)
    raise _cannot_compile(found)


def _find_compiler() -> tuple[str, ...]:
    try:
        return find_compiler().command
    except MissingToolError as error:
        raise _cannot_compile(str(error.found)) from error


def _cannot_compile(found: str) -> MissingToolError:
    return MissingToolError(
        "the fused convolution cannot be compiled",
        found=found.strip(),
        allowed="gcc 9 or newer, or clang, with the headers of the C library",
        suggestion="apt-get install gcc libc6-dev, or --convolution tensorflow",
    )


class PooledConvolution:
    """The two functions of `pooled_convolution.c` for one size of kernel and window.

    Arrays are float32 in C order: inputs [N, H, W, C] of -1 and +1 where `signs`, else any
    integers; kernel [K, K, C, F] of -1 and +1; pooled maps [N, H // P, W // P, F].
    """

    def __init__(self, library: ctypes.CDLL, pool_size: int) -> None:
        self._library = library
        self._pool_size = pool_size
        self._threads = usable_processors()

    def forward(self, inputs: Floats, kernel: Floats, *, signs: bool) -> tuple[Floats, Choices]:
        """Largest sum of each window, and its position in the window, counted row by row."""
        count, height, width, _ = inputs.shape
        side = self._pool_size
        maxima = np.empty((count, height // side, width // side, kernel.shape[3]), np.float32)
        choices = np.empty(maxima.shape, np.uint8)
        arrays = (inputs, kernel, maxima, choices)
        self._call("pooled_convolution", inputs, kernel, signs, arrays)
        return maxima, choices

    def backward(
        self, inputs: Floats, kernel: Floats, choices: Choices, gradient: Floats, *, signs: bool
    ) -> tuple[Floats, Floats]:
        """Gradients of inputs and kernel from that of the maxima; images have none, so zeros."""
        to_inputs = np.zeros(inputs.shape, np.float32)
        to_kernel = np.empty(kernel.shape, np.float32)
        arrays = (inputs, kernel, choices, gradient, to_kernel, to_inputs)
        self._call("pooled_convolution_gradients", inputs, kernel, signs, arrays)
        return to_inputs, to_kernel

    def _call(
        self, name: str, inputs: Floats, kernel: Floats, signs: bool, arrays: tuple[Any, ...]
    ) -> None:
        shape = (ctypes.c_int32 * 5)(*inputs.shape, kernel.shape[3])
        held = [np.ascontiguousarray(array) for array in arrays]
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in held]
        function = getattr(self._library, name)
        if function(shape, ctypes.c_int(signs), ctypes.c_int(self._threads), *pointers):
            raise MemoryError(f"no memory or threads for {name} of {inputs.shape}")
