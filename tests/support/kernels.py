"""Call a kernel alone: built for this machine with a sanitizer, buffers exactly as large as said.

Run as a program it draws layers of its own, for a process in which the address sanitizer has
replaced `malloc`:

    LD_PRELOAD=libasan.so python -m support.kernels LIBRARY WORD_BITS NARROW PIXEL ISA
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.kernels import (
    Field,
    Offer,
    Site,
    StoredMap,
    Table,
    TypeSizes,
    find_offers,
    known_kernels,
)
from cbcnn_codegen.kernels.comparison import clipped_thresholds
from cbcnn_codegen.kernels.fixed_point import FixedPoint
from cbcnn_codegen.kernels.packing import pack_channels
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.to_float import ToFloat
from cbcnn_codegen.passes.widths import find_narrow
from cbcnn_codegen.plan.buffers import Demands, find_lives
from cbcnn_codegen.plan.sites import connect_sites, store_maps
from support.commands import ROOT
from support.complete import COMPLETE
from support.integer_layers import draw_integers
from support.layers import Case, LayerKind, draw_case
from support.narrow_layers import draw_narrow
from support.real_layers import draw_block, draw_reals

Array = npt.NDArray[Any]

BUILT = ROOT / "build" / "test-kernels"
"""Libraries by what they are made of; nothing in here is ever wrong, so it may be removed."""

CANARY = 0xA5
MOST_SEEDS = 150
LEAST_RUNS = 3
"""Layers of each kernel that the address sanitizer watches, and seeds to find them with."""
NARROW_TURNS = 16
"""Their kernels are the most, and some of them are drawn seldom."""
LANE_BITS = {"vector": 256, "mve": 128}
"""Bits of the lanes in folders where they are no single words."""

WIDE = {"conv_interleaved_b1_b1"}
WIDE_BITS = 64
"""Kernels that take words of so many bits alone."""

TYPES: dict[str, str] = {"int8": "i1", "int16": "<i2", "int32": "<i4", "reals": "<f4"}
"""NumPy's types of maps that are no packed signs, by their layout."""

STRICT = ("-std=c99", "-O0", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


@dataclass(frozen=True)
class Variant:
    """The types that kernels are built with, and the folder of those that replace portable ones.

    Attributes:
        features: of the processor that the compiler may use, as Linux names them.
    """

    word_bits: int
    threshold_bits: int
    signed_pixels: bool
    isa: str = "portable"
    features: tuple[str, ...] = ()

    @property
    def defines(self) -> list[str]:
        """Options of the compiler."""
        return [
            f"-DCBCNN_WORD_BITS={self.word_bits}",
            *(["-DCBCNN_NARROW_THRESHOLDS"] if self.threshold_bits == 16 else []),
            *(["-DCBCNN_SIGNED_PIXELS"] if self.signed_pixels else []),
            *(f"-m{feature.replace('_', '')}" for feature in self.features),
            *(["-Wno-conversion"] if self.word_bits < 32 else []),  # some warn of promoted words
        ]

    @property
    def sizes(self) -> TypeSizes:
        """The same for the plan."""
        lane_words = LANE_BITS.get(self.isa, self.word_bits) // self.word_bits
        has_lists = self.isa == "vector"
        return TypeSizes(self.word_bits, self.threshold_bits, 8, lane_words, has_lists)

    @property
    def pixel(self) -> Any:
        """Type of an image's values."""
        return "int8" if self.signed_pixels else "uint8"


def build_kernels(variant: Variant, sanitizer: str) -> Path:
    """A shared library of all kernels: portable ones, or tuned ones of the same name.

    It is built once for each content of the files, whichever process asks first.
    """
    folders = tuple(firmware_path("kernels", name) for name in ("portable", variant.isa))
    command = ["gcc", *STRICT, "-shared", "-fPIC", *variant.defines]
    command += [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all"]
    library = BUILT / f"{_content(command, folders)}.so"
    BUILT.mkdir(parents=True, exist_ok=True)
    with library.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not library.is_file():
            _build(command, folders, library)
    return library


def _build(command: Sequence[str], folders: Sequence[Path], library: Path) -> None:
    with tempfile.TemporaryDirectory(dir=BUILT) as place:
        # Tuned files replace portable ones of their name for whoever includes them, as they do
        # in generated code; a compiler's search path would prefer the neighbour.
        for folder in folders:
            shutil.copytree(folder, place, dirs_exist_ok=True)
        built = Path(place) / library.name
        files = sorted(map(str, Path(place).glob("*.c")))
        subprocess.run([*command, *files, "-o", str(built)], check=True)
        built.replace(library)


def _content(command: Sequence[str], folders: Sequence[Path]) -> str:
    """A digest of the compiler, its command and every file that it may read."""
    version = subprocess.run(["gcc", "--version"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(version + "\0".join(command).encode())
    for path in (path for folder in folders for path in sorted(folder.iterdir())):
        digest.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


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


def check_case(kernels: Kernels, case: Case, expected_kernel: str | None = None) -> set[str]:
    """Demand that every offer for the layer computes what the reference does, for each image.

    Where an offer's output may overlap its input it runs again with buffers that do.

    Args:
        expected_kernel: one that must be among them.

    Returns:
        the kernels that were compared.
    """
    trace = reference.run(case.graph, case.images)
    found: set[str] = set()
    for sites in every_width(case, kernels.variant):
        found |= _check_sites(kernels, case, sites, trace.maps)
    assert expected_kernel is None or expected_kernel in found
    return found


def _check_sites(
    kernels: Kernels, case: Case, sites: tuple[Site, ...], maps: Mapping[str, Array]
) -> set[str]:
    site, demands = sites[-1], Demands(sites, find_lives(sites))
    values = {case.graph.input.name: case.images, **maps}
    read = [values[name] for name in case.graph.nodes[-1].inputs]
    found = find_offers(site)
    for number, expected in enumerate(maps[site.op.name]):
        for offer in found:
            sources = [of[number] for of in read]
            actual = {"apart": kernels.run(offer, site, *sources)}
            for lead in demands.buffers_of(len(sites) - 1, offer)[0].leads:
                over = [of.name for of in site.sources].index(lead.over)
                how = f"over {lead.over}"
                actual[how] = kernels.run_overlapped(offer, site, sources, over, lead.bytes)
            for how, made in actual.items():
                message = f"{offer.kernel}, {how}\n{case.graph}"
                wanted = expected.reshape(made.shape)
                np.testing.assert_array_equal(made, wanted, err_msg=message)
                np.testing.assert_array_equal(np.signbit(made), np.signbit(wanted), message)
    return {offer.kernel for offer in found}


def every_width(case: Case, variant: Variant) -> list[tuple[Site, ...]]:
    """The sites of a case with the integers in 16 bits that fit, in 32, and from 16 to 32."""
    op, narrow = case.graph.ops[-1], find_narrow(case.graph)
    if isinstance(op, ToFloat):
        narrow |= _narrow_for_others(case.graph)
    some = narrow if op.keeps_width else narrow - {op.name}
    return [case_sites(case, variant, of) for of in {narrow, some, frozenset[str]()}]


def _narrow_for_others(graph: Graph) -> frozenset[str]:
    """What the last operation reads, if it would lie in 16 bits because of another reader."""
    (name,) = graph.nodes[-1].inputs
    maker, element = graph.node(name), graph.types[name].element
    fits = element.kind == "integers" and element.largest <= np.iinfo(np.int16).max
    return frozenset({name} if maker is not None and maker.op.makes_narrow and fits else ())


def case_sites(
    case: Case, variant: Variant, narrow: Collection[str] | None = None
) -> tuple[Site, ...]:
    """The sites of a case; that of the layer itself is the last one.

    Args:
        narrow: values that lie in 16 bits; None for all that can.

    Raises:
        ValueError: the thresholds have no place in the type that the kernels were built with, so
            nothing would be tested.
    """
    sites = connect_sites(case.graph, store_maps(case.graph, "integer", narrow), variant.sizes)
    op, source = sites[-1].op, sites[-1].sources[0]
    limits = np.iinfo(f"i{variant.threshold_bits // 8}")
    if isinstance(op, BinarizeInput | BinaryConv | BinaryDense) and op.thresholds is not None:
        thresholds = clipped_thresholds(op, source)
        if thresholds.min() < limits.min or thresholds.max() > limits.max:
            raise ValueError(f"thresholds beyond {variant.threshold_bits} bits:\n{case.graph}")
    return sites


def main() -> None:
    """Draw layers of every kind until the sanitizer complains or each kernel has run often.

    With `CBCNN_COMPLETE=1` all of `MOST_SEEDS` are drawn.
    """
    library, word_bits, threshold_bits, signed, isa = sys.argv[1:]
    variant = Variant(int(word_bits), int(threshold_bits), signed == "True", isa)
    kernels = Kernels(Path(library), variant)
    layers = {name for name in known_kernels() if not name.startswith("scores")}
    if variant.word_bits != WIDE_BITS:
        layers -= WIDE
    runs = Counter(dict.fromkeys(layers, LEAST_RUNS))
    for seed in range(MOST_SEEDS):
        for kind in get_args(LayerKind):
            runs.subtract(check_case(kernels, kernels.draw_case(seed, kind)))
        for turn in range(4):
            runs.subtract(check_case(kernels, kernels.draw_reals(4 * seed + turn)))
            runs.subtract(check_case(kernels, kernels.draw_block(4 * seed + turn)))
            runs.subtract(check_case(kernels, kernels.draw_integers(4 * seed + turn)))
        for turn in range(NARROW_TURNS):
            runs.subtract(check_case(kernels, kernels.draw_narrow(NARROW_TURNS * seed + turn)))
        if max(runs.values()) <= 0 and not COMPLETE:
            break
    if max(runs.values()) <= 0:
        print("done")
        return
    print(f"too few layers for {+runs}")


if __name__ == "__main__":
    main()
