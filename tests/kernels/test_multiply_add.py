"""Three fused multiply-adds are one: NumPy's, that of integers in C, and the C library's."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cbcnn_codegen.ir import multiply_add
from cbcnn_codegen.locate_firmware import firmware_path
from support.tools import require_tool

Floats = npt.NDArray[np.float32]
COUNT = 100_000


@pytest.fixture(scope="module")
def functions(tmp_path_factory: Any) -> ctypes.CDLL:
    """Built without the processor's own instruction, so that integers do it."""
    require_tool("gcc", "gcc")
    library = tmp_path_factory.mktemp("multiply_add") / "library.so"
    source = Path(__file__).with_name("multiply_add.c")
    strict = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
    sanitizer = ("-fsanitize=undefined", "-fno-sanitize-recover=all", "-mno-fma")
    folder = str(firmware_path("kernels", "portable"))
    command = ["gcc", *strict, *sanitizer, "-shared", "-fPIC", "-I", folder, str(source)]
    subprocess.run([*command, "-lm", "-o", str(library)], check=True)
    return ctypes.CDLL(str(library))


def in_c(functions: ctypes.CDLL, name: str, *arrays: Floats) -> Floats:
    results = np.zeros(COUNT, np.float32)
    pointers = [ctypes.c_void_p(of.ctypes.data) for of in (*arrays, results)]
    getattr(functions, name)(*pointers, ctypes.c_size_t(COUNT))
    return results


def scaled(random: np.random.Generator, bits: int, exponents: int, around: int = 0) -> Floats:
    """Integers of so many bits, times powers of two."""
    values = random.integers(-(2**bits), 2**bits + 1, COUNT).astype(np.float64)
    powers = around + random.integers(-exponents, exponents + 1, COUNT)
    made: Floats = (values * np.exp2(powers.astype(np.float64))).astype(np.float32)
    return made


SCALED: dict[str, tuple[tuple[int, int, int], ...]] = {
    "sums that lie between two floats": ((12, 1, 0), (12, 1, 0), (24, 24, 0)),
    "few bits far apart": ((3, 40, 0), (3, 40, 0), (24, 40, 0)),
    "denormal results": ((24, 3, -80), (24, 2, -93), (24, 3, -149)),
    "results that overflow": ((24, 3, 40), (24, 2, 40), (24, 3, 100)),
}
MIDDLE = "sums next to the middle between two floats"


def draw(what: str, random: np.random.Generator) -> tuple[Floats, ...]:
    """Factors and addends of one kind."""
    if what in SCALED:
        return tuple(scaled(random, *how) for how in SCALED[what])
    if what == "any bits":
        bits = random.integers(0, 2**32, (3, COUNT), dtype=np.uint32)
        return tuple(bits.view(np.float32))
    if what == MIDDLE:
        odd = random.integers(2**22, 2**23, COUNT) * 2 + 1
        first, second = np.full(COUNT, 1 + 2.0**-23), np.full(COUNT, 0.5 - 2.0**-24)
        signed = (first * random.choice([-1, 1], COUNT), odd * random.choice([-1, 1], COUNT))
        return tuple(of.astype(np.float32) for of in (signed[0], second, signed[1]))
    factors = scaled(random, 24, 2), scaled(random, 24, 2)
    product = (factors[0].astype(np.float64) * factors[1]).astype(np.float32)
    next_one = np.nextafter(product, np.float32(np.inf))
    return *factors, -(product if what == "the error of a product" else next_one)


KINDS = (
    *SCALED,
    MIDDLE,
    "any bits",
    "the error of a product",
    "nearly the error of a product",
)


@pytest.mark.parametrize("what", KINDS)
def test_all_multiply_adds_round_once(what: str, functions: ctypes.CDLL) -> None:
    numbers = draw(what, np.random.default_rng(KINDS.index(what)))
    finite = np.isfinite(np.stack(numbers)).all(axis=0)
    x, y, z = (np.where(finite, of, np.float32(1)).astype(np.float32) for of in numbers)
    with np.errstate(over="ignore"):
        ours = multiply_add(x, y, z)
    library = in_c(functions, "of_library", x, y, z)
    for result in (ours, in_c(functions, "of_kernels", x, y, z)):
        np.testing.assert_array_equal(result.view(np.uint32), library.view(np.uint32))


def test_some_of_them_would_be_wrong_with_two_roundings() -> None:
    """Of float64, and of float32: else nothing above tells one from the other."""
    x, y, z = draw(MIDDLE, np.random.default_rng(1))
    twice = (x.astype(np.float64) * y + z).astype(np.float32)
    assert (twice != multiply_add(x, y, z)).mean() > 0.4
    x, y, z = draw("the error of a product", np.random.default_rng(1))
    assert (x * y + z != multiply_add(x, y, z)).mean() > 0.9
