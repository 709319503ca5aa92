"""Call a kernel alone, with buffers exactly as large as said."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.kernels import Field, Offer, Site, StoredMap, Table
from cbcnn_codegen.kernels.fixed_point import FixedPoint
from cbcnn_codegen.kernels.packing import pack_channels
from cbcnn_codegen.ops.scores import Scores
from support.integer_layers import draw_integers
from support.kernels.build import Variant
from support.layers import Case, LayerKind, draw_case
from support.narrow_layers import draw_narrow
from support.real_layers import draw_block, draw_reals

Array = npt.NDArray[Any]

CANARY = 0xA5

TYPES: dict[str, str] = {"int8": "i1", "int16": "<i2", "int32": "<i4", "reals": "<f4"}
"""NumPy's types of maps that are no packed signs, by their layout."""


class Kernels:
    """The built kernels."""

    def __init__(self, library: Path, variant: Variant) -> None:
        self.variant = variant
        self.functions = ctypes.CDLL(str(library))
        self.libc = ctypes.CDLL(None)
        self.libc.malloc.restype = ctypes.c_void_p
        self.libc.malloc.argtypes = [ctypes.c_size_t]
        self.libc.free.argtypes = [ctypes.c_void_p]

    def draw_case(self, seed: int, kind: LayerKind) -> Case:
        """A layer that these kernels can compute."""
        rng = np.random.default_rng(seed)
        return draw_case(rng, self.variant.pixel, kind, self.variant.threshold_bits)

    def draw_reals(self, seed: int) -> Case:
        """An operation on floats."""
        return draw_reals(np.random.default_rng(seed), self.variant.pixel)

    def draw_integers(self, seed: int) -> Case:
        """An operation of branches of signs and integers."""
        return draw_integers(np.random.default_rng(seed), self.variant.pixel)

    def draw_block(self, seed: int) -> Case:
        """A product and what follows its sums on floats."""
        return draw_block(np.random.default_rng(seed), self.variant.pixel)

    def draw_narrow(self, seed: int) -> Case:
        """An operation on integers of 8 or 16 bits."""
        return draw_narrow(np.random.default_rng(seed), self.variant.pixel)

    def run(self, offer: Offer, site: Site, *sources: Array) -> Array:
        """What a kernel makes of one image's maps; no two of its buffers overlap."""
        with self._memory() as take:
            output = take(self._empty(site))
            inputs = [take(self._input(*pair)) for pair in zip(site.sources, sources, strict=True)]
            self._run(offer, take, inputs, output)
            return self._result(site, output)

    def run_overlapped(
        self, offer: Offer, site: Site, sources: Sequence[Array], over: int, lead_bytes: int
    ) -> Array:
        """The same with the output in the memory of one input, which starts so much behind it."""
        inputs = [self._input(*pair) for pair in zip(site.sources, sources, strict=True)]
        before, after = self._empty(site), inputs[over]
        block = np.full(max(before.nbytes, lead_bytes + after.nbytes), CANARY, np.uint8)
        octets = np.ascontiguousarray(after).view(np.uint8).ravel()
        block[lead_bytes : lead_bytes + after.nbytes] = octets
        with self._memory() as take:
            output = take(block)
            places = [take(of) for of in inputs]
            places[over] = output + lead_bytes
            self._run(offer, take, places, output)
            return self._result(site, output)

    def _run(
        self, offer: Offer, take: Callable[[Array], int], sources: Sequence[int], output: int
    ) -> None:
        missing = [0] if offer.joins and len(sources) == 1 else []
        arguments = [take(self._descriptor(offer, take)), *sources, *missing, output]
        if offer.scratch is not None:
            size = offer.scratch.bytes(self.variant.sizes)
            arguments.append(take(np.full(size, CANARY, np.uint8)))
        self._call(offer.kernel, *arguments)

    def _empty(self, site: Site) -> Array:
        """Memory for the output: one row of items for each pixel."""
        shape = site.output.shape
        items = site.output.pixel_items(site.sizes)
        word = f"u{self.variant.word_bits // 8}"
        dtype = np.dtype(word if _is_packed(site) else TYPES[site.writes])
        octets = np.full(shape.height * shape.width * items * dtype.itemsize, CANARY, np.uint8)
        return octets.view(dtype).reshape(-1, items)

    def _result(self, site: Site, address: int) -> Array:
        empty = self._empty(site)
        octets = ctypes.string_at(address, empty.nbytes)
        result = np.frombuffer(octets, empty.dtype).reshape(empty.shape)
        if _is_packed(site):
            result = unpack_signs(result, site.output.shape.channels)
        return result.reshape(site.output.shape)

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

    def _input(self, stored: StoredMap, source: Array) -> Array:
        if stored.layout == "plane":
            return source.astype(self.variant.pixel)
        if stored.layout in TYPES:
            return source.astype(TYPES[stored.layout])
        packed = pack_channels(source > 0, self.variant.word_bits)
        return packed.astype(f"<u{self.variant.word_bits // 8}")

    def _descriptor(self, offer: Offer, take: Callable[[Array], int]) -> Array:
        """The struct as C lays it out: 32-bit integers, then aligned pointers."""
        integers = np.array(list(_integers(offer.fields)), np.int32).tobytes()
        integers += bytes(-len(integers) % 8)
        pointers = [self._table(table, take) for table in offer.tables]
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
            "int8": "i1",
            "int16": "<i2",
            "int32": "<i4",
            "float": "<f4",
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


def _is_packed(site: Site) -> bool:
    return site.writes == "pixel_words"
