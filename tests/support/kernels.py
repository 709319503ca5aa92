"""Call a kernel alone: built for this machine with a sanitizer, buffers exactly as large as said.

Run as a program it draws layers of its own, for a process in which the address sanitizer has
replaced `malloc`:

    LD_PRELOAD=libasan.so python -m support.kernels LIBRARY WORD_BITS NARROW PIXEL ISA COUNT
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.ir import PoolSigns, Scores
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.plan import Field, Format, Kernel, Layer, Table, fitting_kernels
from cbcnn_codegen.plan.buffers import buffers_of
from cbcnn_codegen.plan.fixed_point import FixedPoint
from cbcnn_codegen.plan.pack import pack_channels
from cbcnn_codegen.plan.ranges import clipped_thresholds
from cbcnn_codegen.plan.steps import LayerOp
from support.layers import Case, draw_case

Array = npt.NDArray[Any]

CANARY = 0xA5
STRICT = ("-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


@dataclass(frozen=True)
class Variant:
    """The types that kernels are built with, and the folder of those that replace portable ones."""

    word_bits: int
    threshold_bits: int
    signed_pixels: bool
    isa: str = "portable"

    @property
    def defines(self) -> list[str]:
        """Options of the compiler."""
        return [
            f"-DCBCNN_WORD_BITS={self.word_bits}",
            *(["-DCBCNN_NARROW_THRESHOLDS"] if self.threshold_bits == 16 else []),
            *(["-DCBCNN_SIGNED_PIXELS"] if self.signed_pixels else []),
        ]

    @property
    def format(self) -> Format:
        """The same for the plan."""
        lane_words = 256 // self.word_bits if self.isa == "vector" else 1
        return Format(self.word_bits, self.threshold_bits, 8, lane_words)

    @property
    def pixel(self) -> Any:
        """Type of an image's values."""
        return "int8" if self.signed_pixels else "uint8"


def build_kernels(folder: Path, variant: Variant, sanitizer: str) -> Path:
    """A shared library of all kernels: portable ones, or tuned ones of the same name."""
    library = folder / "kernels.so"
    portable, tuned = (firmware_path("kernels", name) for name in ("portable", variant.isa))
    kernels = {path.name: path for of in (portable, tuned) for path in sorted(of.glob("*.c"))}
    command = ["gcc", *STRICT, "-shared", "-fPIC", *variant.defines, "-I", str(portable)]
    command += [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all"]
    if tuned != portable:
        command += ["-Wno-unused-function"]
        for header in sorted(tuned.glob("*.h")):
            command += ["-include", str(header)]
    subprocess.run([*command, *map(str, kernels.values()), "-o", str(library)], check=True)
    return library


class Kernels:
    """The built kernels."""

    def __init__(self, library: Path, variant: Variant) -> None:
        self.variant = variant
        self.functions = ctypes.CDLL(str(library))
        self.libc = ctypes.CDLL(None)
        self.libc.malloc.restype = ctypes.c_void_p
        self.libc.malloc.argtypes = [ctypes.c_size_t]
        self.libc.free.argtypes = [ctypes.c_void_p]

    def run(self, kernel: Kernel, layer: Layer, source: Array) -> Array:
        """What a kernel makes of one image's map, as integers; no two of its buffers overlap."""
        with self._memory() as take:
            output = take(self._empty(layer, kernel))
            self._run(layer, kernel, take, take(self._input(layer, source)), output)
            return self._result(layer, kernel, output)

    def run_overlapped(self, kernel: Kernel, layer: Layer, source: Array, lead_bytes: int) -> Array:
        """The same with the output in the memory of the input, which starts so much behind it."""
        before, after = self._empty(layer, kernel), self._input(layer, source)
        block = np.full(max(before.nbytes, lead_bytes + after.nbytes), CANARY, np.uint8)
        octets = np.ascontiguousarray(after).view(np.uint8).ravel()
        block[lead_bytes : lead_bytes + after.nbytes] = octets
        with self._memory() as take:
            output = take(block)
            self._run(layer, kernel, take, output + lead_bytes, output)
            return self._result(layer, kernel, output)

    def _run(
        self,
        layer: Layer,
        kernel: Kernel,
        take: Callable[[Array], int],
        source: int,
        output: int,
    ) -> None:
        arguments = [take(self._descriptor(kernel, layer, take)), source, output]
        if kernel.scratch is not None:
            element, items = kernel.scratch(layer)
            size = items * self.variant.format.item_bytes(element)
            arguments.append(take(np.full(size, CANARY, np.uint8)))
        self._call(kernel.name, *arguments)

    def _empty(self, layer: Layer, kernel: Kernel) -> Array:
        """Memory for the output: one row of items for each pixel."""
        shape = layer.output.shape
        packed = kernel.writes == "pixel_words"
        items = self.variant.format.words(shape.channels) if packed else shape.channels
        dtype = np.dtype(f"u{self.variant.word_bits // 8}" if packed else "i4")
        octets = np.full(shape.height * shape.width * items * dtype.itemsize, CANARY, np.uint8)
        return octets.view(dtype).reshape(-1, items)

    def _result(self, layer: Layer, kernel: Kernel, address: int) -> Array:
        empty = self._empty(layer, kernel)
        octets = ctypes.string_at(address, empty.nbytes)
        result = np.frombuffer(octets, empty.dtype).reshape(empty.shape)
        if kernel.writes == "pixel_words":
            result = unpack_signs(result, layer.output.shape.channels)
        return result.reshape(layer.output.shape)

    def luma_rgb888(self, colours: Array) -> Array:
        """Grey level of each row of three."""
        return self._luma("rgb888", colours, len(colours))

    def luma_rgb565(self, pixels: Array) -> Array:
        """Grey level of each value of 16 bits."""
        return self._luma("rgb565", pixels, len(pixels))

    def _luma(self, kind: str, pixels: Array, count: int) -> Array:
        with self._memory() as take:
            source, grey = take(pixels), take(np.zeros(count, np.uint8))
            self._call(f"luma_{kind}_u8", source, grey, count)
            return np.frombuffer(ctypes.string_at(grey, count), np.uint8)

    def compress(self, grey: Array, *, equalise: bool, scale: int | None) -> Array:
        """The Image Compression Block from a grey image on, in place, as bytes."""
        with self._memory() as take:
            image = take(grey)
            counts, levels = take(np.full(256, CANARY, np.uint32)), take(np.zeros(256, np.uint8))
            self._call("count_levels_u8", image, grey.size, counts, levels)
            if equalise:
                self._call("equalise_levels", counts, grey.size, levels)
            if scale is not None:
                self._call("standardise_levels", counts, grey.size, scale, levels)
            self._call("map_levels_u8", image, grey.size, levels, image)
            return np.frombuffer(ctypes.string_at(image, grey.size), np.uint8).reshape(grey.shape)

    def scores_i64(self, fixed: FixedPoint, accumulators: Array) -> tuple[int, Array]:
        """Class and scores in fixed point."""
        return self._scores("i64", [fixed.multipliers, fixed.offsets], accumulators, np.int64)

    def scores_f32(self, scores: Scores, accumulators: Array) -> tuple[int, Array]:
        """Class and float scores."""
        return self._scores("f32", [scores.multiplier, scores.offset], accumulators, np.float32)

    def scores_i32(self, accumulators: Array) -> int:
        """Class by the accumulators; the scores must be the same numbers."""
        best, scores = self._scores("i32", [], accumulators, np.int32)
        np.testing.assert_array_equal(scores, accumulators)
        return best

    def _scores(
        self, kind: str, tables: Sequence[Array], accumulators: Array, dtype: Any
    ) -> tuple[int, Array]:
        count = len(accumulators)
        with self._memory() as take:
            members = [count, *(take(table) for table in tables)]
            layer = take(np.array(members, np.uint64))
            values, scores = take(accumulators), take(np.zeros(count, dtype))
            best = self._call(f"scores_i32_{kind}", layer, values, scores)
            assert self._call(f"scores_i32_{kind}", layer, values, 0) == best
            size = count * np.dtype(dtype).itemsize
            return best, np.frombuffer(ctypes.string_at(scores, size), dtype)

    def _call(self, name: str, *arguments: int) -> int:
        """Call with integers and addresses alike; each is passed in a register of 64 bits."""
        function = getattr(self.functions, f"cbcnn_{name}")
        function.restype = ctypes.c_size_t
        result: int = function(*(ctypes.c_size_t(argument) for argument in arguments))
        return result

    def _input(self, layer: Layer, source: Array) -> Array:
        if layer.source.kind == "plane":
            return source.astype(self.variant.pixel)
        packed = pack_channels(source > 0, self.variant.word_bits)
        return packed.astype(f"<u{self.variant.word_bits // 8}")

    def _descriptor(self, kernel: Kernel, layer: Layer, take: Callable[[Array], int]) -> Array:
        """The struct as C lays it out: 32-bit integers, then aligned pointers."""
        integers = np.array(list(_integers(kernel.describe(layer))), np.int32).tobytes()
        integers += bytes(-len(integers) % 8)
        pointers = [self._table(table, take) for table in kernel.pack(layer)]
        return np.frombuffer(integers + np.array(pointers, np.uint64).tobytes(), np.uint8)

    def _table(self, table: Table | None, take: Callable[[Array], int]) -> int:
        if table is None:
            return 0
        types = {
            "word": f"<u{self.variant.word_bits // 8}",
            "threshold": f"<i{self.variant.threshold_bits // 8}",
            "pattern": "u1",
            "u8": "u1",
            "u32": "<u4",
        }
        return take(table.values.astype(types[table.element]))

    @contextmanager
    def _memory(self) -> Iterator[Callable[[Array], int]]:
        """Copies arrays to memory of their exact size, which is freed in the end."""
        blocks: list[tuple[int, int]] = []

        def take(values: Array) -> int:
            octets = np.ascontiguousarray(values)
            address: int = self.libc.malloc(octets.nbytes)
            ctypes.memmove(address, octets.ctypes.data, octets.nbytes)
            blocks.append((address, values.nbytes))
            return address

        try:
            yield take
        finally:
            for address, _ in blocks:
                self.libc.free(address)


def _integers(fields: Sequence[Field]) -> Iterator[int]:
    for field in fields:
        yield from _integers(field.members)
        yield from field.values


def unpack_signs(words: Array, channels: int) -> Array:
    """Words to -1/+1; unused bits must be 0."""
    bits = np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=-1, bitorder="little")
    assert not bits[:, channels:].any(), "unused bits are set"
    return np.where(bits[:, :channels] > 0, 1, -1)


def check_case(kernels: Kernels, case: Case, expected_kernel: str | None = None) -> None:
    """Demand that every kernel that fits computes what the reference does, for each image.

    Where a kernel's output may overlap its input it runs again with buffers that do.

    Args:
        expected_kernel: one that must be among them.
    """
    if not _fits(case, kernels.variant):
        return
    trace = reference.run(case.graph, case.images)
    layer = last_layer(case, kernels.variant)
    sources = trace.maps[case.graph.ops[0].name] if layer.index else case.images
    fitting = fitting_kernels(layer)
    assert expected_kernel is None or expected_kernel in {kernel.name for kernel in fitting}
    for number, expected in enumerate(trace.maps[layer.op.name]):
        for kernel in fitting:
            output = buffers_of(layer, kernel)[0]
            actual = [kernels.run(kernel, layer, sources[number])]
            if output.over:
                lead_bytes = output.lead_bytes
                actual.append(kernels.run_overlapped(kernel, layer, sources[number], lead_bytes))
            for values, how in zip(actual, ("apart", "overlapped"), strict=False):
                message = f"{kernel.name}, {how}\n{case.graph}"
                wanted = expected.reshape(values.shape)
                np.testing.assert_array_equal(values, wanted, err_msg=message)


def last_layer(case: Case, variant: Variant) -> Layer:
    """The layer of a case, which is the last operation of its graph."""
    maps, index = case.graph.maps(), len(case.graph.ops) - 1
    op = case.graph.ops[index]
    assert isinstance(op, LayerOp)
    return Layer(index, op, maps[index], maps[index + 1], case.graph.input, variant.format)


def _fits(case: Case, variant: Variant) -> bool:
    """Whether the thresholds have a place in the type that the kernels were built with."""
    op, source = case.graph.ops[-1], case.graph.maps()[-2]
    if isinstance(op, PoolSigns) or op.thresholds is None:
        return True
    widest = np.abs(clipped_thresholds(op, source, case.graph.input)).max()
    return bool(widest < 2 ** (variant.threshold_bits - 1))


def main() -> None:
    """Draw layers until the sanitizer complains or all are done."""
    library, word_bits, threshold_bits, signed, isa, count = sys.argv[1:]
    variant = Variant(int(word_bits), int(threshold_bits), signed == "True", isa)
    kernels = Kernels(Path(library), variant)
    for seed in range(int(count)):
        check_case(kernels, draw_case(np.random.default_rng(seed), variant.pixel))
    print("done")


if __name__ == "__main__":
    main()
