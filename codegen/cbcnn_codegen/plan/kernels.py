"""The kernels and what they ask for: one registry, one entry each.

A kernel's text is `kernels/<isa>/<name>.c`, in the first folder of the target that has it, and its
function is `cbcnn_<name>`. A kernel decides how its weights are packed. What lies between kernels
is a named `Layout`, so one that wants another layout cannot be put in by mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from cbcnn_codegen.ir import BinarizeInput, BinaryConv, BinaryDense, PoolSigns
from cbcnn_codegen.plan.costs import price
from cbcnn_codegen.plan.describe import (
    describe_binarize_plane,
    describe_conv_b1,
    describe_conv_plane,
    describe_dense_b1,
    describe_dense_plane,
    describe_pool_b1,
    pack_binarize,
    pack_plane,
    pack_pool,
    pack_words,
)
from cbcnn_codegen.plan.overlap import lead_of_pixels, lead_of_words
from cbcnn_codegen.plan.quad import GROUP_TAPS, can_quad, describe_quad, pack_quad, quad_scratch
from cbcnn_codegen.plan.sliced import (
    Slicing,
    can_slice,
    describe_sliced,
    pack_sliced,
    slice_layer,
    sliced_scratch,
)
from cbcnn_codegen.plan.steps import Field, Layer, LayerOp, Layout, Scratch, Table
from cbcnn_codegen.plan.work import (
    Work,
    binarize_work,
    conv_b1_work,
    dense_b1_work,
    dense_plane_work,
    plane_work,
    pool_work,
    quad_work,
    sliced_work,
)

_GROUP_TAPS: Final = 4
_GROUP_SUMS: Final = 16
_CHUNK_SUMS: Final = 128


@dataclass(frozen=True)
class Kernel:
    """A C function that computes one kind of layer.

    Attributes:
        name: of the file, and of the function after the prefix.
        struct: type of its descriptor, after the prefix.
        op: the kind of layer.
        reads, writes: layouts of its input and output.
        describe: the integers of the descriptor.
        pack: the tables that the descriptor points to, in order; None for a null pointer.
        scratch: memory that it needs while it runs; None for none.
        work: what it does, in pieces that a target has a price for.
        code_bytes: the text section that `arm-none-eabi-gcc -Os` makes of its file for a Cortex-M4;
            a test compiles it again.
        lead: bytes that its output has to start before its input, if it overlaps the input at all;
            None where it must not.
        fits: whether it can compute a layer of that kind.
    """

    name: str
    struct: str
    op: type[LayerOp]
    reads: Layout
    writes: Layout
    describe: Callable[[Layer], tuple[Field, ...]]
    pack: Callable[[Layer], tuple[Table | None, ...]]
    scratch: Callable[[Layer], Scratch] | None
    work: Callable[[Layer], Work]
    code_bytes: int
    lead: Callable[[Layer], int] | None = None
    fits: Callable[[Layer], bool] = lambda layer: True

    def estimate(self, layer: Layer) -> int:
        """Instructions of the layer on the processors that its format is for."""
        return price(self.work(layer), layer.format.costs)


def _patch_words(layer: Layer) -> Scratch:
    """The pixels under one window."""
    assert isinstance(layer.op, BinaryConv)
    window = layer.op.window
    words = layer.format.words(layer.source.shape.channels)
    return Scratch("word", window.height * window.width * words)


def _patch_sums(layer: Layer) -> Scratch:
    """All pattern sums of the taps under one window."""
    assert isinstance(layer.op, BinaryConv)
    groups = -(-layer.op.weights[0].size // _GROUP_TAPS)
    return Scratch("int32", _GROUP_SUMS * groups)


def _chunk_sums(layer: Layer) -> Scratch:
    return Scratch("int32", _CHUNK_SUMS)


def _chunk_sums_and_accumulators(layer: Layer) -> Scratch:
    return Scratch("int32", _CHUNK_SUMS + layer.format.word_bits)


def _sliced(largest_part: int | None) -> Kernel:
    """The bit-sliced convolution with parts of at most so many words."""

    def slicing(layer: Layer) -> Slicing:
        return slice_layer(layer, largest_part)

    return Kernel(
        name="conv_sliced_b1_b1",
        struct="conv_sliced_t",
        op=BinaryConv,
        reads="pixel_words",
        writes="pixel_words",
        describe=describe_sliced(slicing),
        pack=pack_sliced,
        scratch=sliced_scratch(slicing),
        work=sliced_work(slicing),
        code_bytes=3326,
        fits=can_slice,
    )


def _quad(most_taps: int) -> Kernel:
    """The first convolution on four pixels at a time, with groups of at most so many taps."""
    return Kernel(
        name="conv_quad_plane_b1",
        struct="conv_quad_t",
        op=BinaryConv,
        reads="plane",
        writes="pixel_words",
        describe=partial(describe_quad, most_taps=most_taps),
        pack=partial(pack_quad, most_taps=most_taps),
        scratch=partial(quad_scratch, most_taps=most_taps),
        work=quad_work(most_taps),
        code_bytes=1088,
        lead=lead_of_pixels,
        fits=can_quad,
    )


KERNELS: Final[tuple[Kernel, ...]] = (
    _sliced(None),
    _sliced(9),
    _sliced(3),
    Kernel(
        name="conv_b1_b1",
        struct="conv_b1_t",
        op=BinaryConv,
        reads="pixel_words",
        writes="pixel_words",
        describe=describe_conv_b1,
        pack=pack_words,
        scratch=_patch_words,
        work=conv_b1_work,
        code_bytes=1346,
        lead=lead_of_pixels,
    ),
    Kernel(
        name="conv_b1_i32",
        struct="conv_b1_t",
        op=BinaryConv,
        reads="pixel_words",
        writes="int32",
        describe=describe_conv_b1,
        pack=pack_words,
        scratch=_patch_words,
        work=conv_b1_work,
        code_bytes=1206,
        lead=lead_of_pixels,
    ),
    Kernel(
        name="conv_plane_b1",
        struct="conv_plane_t",
        op=BinaryConv,
        reads="plane",
        writes="pixel_words",
        describe=describe_conv_plane,
        pack=pack_plane,
        scratch=_patch_sums,
        work=plane_work,
        code_bytes=684,
        lead=lead_of_pixels,
    ),
    _quad(GROUP_TAPS),
    _quad(3),
    _quad(2),
    Kernel(
        name="conv_plane_i32",
        struct="conv_plane_t",
        op=BinaryConv,
        reads="plane",
        writes="int32",
        describe=describe_conv_plane,
        pack=pack_plane,
        scratch=_patch_sums,
        work=plane_work,
        code_bytes=582,
        lead=lead_of_pixels,
    ),
    Kernel(
        name="dense_b1_b1",
        struct="dense_b1_t",
        op=BinaryDense,
        reads="pixel_words",
        writes="pixel_words",
        describe=describe_dense_b1,
        pack=pack_words,
        scratch=None,
        work=dense_b1_work,
        code_bytes=716,
        lead=lead_of_words,
    ),
    Kernel(
        name="dense_b1_i32",
        struct="dense_b1_t",
        op=BinaryDense,
        reads="pixel_words",
        writes="int32",
        describe=describe_dense_b1,
        pack=pack_words,
        scratch=None,
        work=dense_b1_work,
        code_bytes=624,
        lead=lead_of_words,
    ),
    Kernel(
        name="dense_plane_b1",
        struct="dense_plane_t",
        op=BinaryDense,
        reads="plane",
        writes="pixel_words",
        describe=describe_dense_plane,
        pack=pack_plane,
        scratch=_chunk_sums_and_accumulators,
        work=dense_plane_work,
        code_bytes=464,
        lead=lead_of_words,
    ),
    Kernel(
        name="dense_plane_i32",
        struct="dense_plane_t",
        op=BinaryDense,
        reads="plane",
        writes="int32",
        describe=describe_dense_plane,
        pack=pack_plane,
        scratch=_chunk_sums,
        work=dense_plane_work,
        code_bytes=356,
    ),
    Kernel(
        name="binarize_plane_b1",
        struct="binarize_plane_t",
        op=BinarizeInput,
        reads="plane",
        writes="pixel_words",
        describe=describe_binarize_plane,
        pack=pack_binarize,
        scratch=None,
        work=binarize_work,
        code_bytes=124,
        lead=lead_of_pixels,
    ),
    Kernel(
        name="pool_b1_b1",
        struct="pool_b1_t",
        op=PoolSigns,
        reads="pixel_words",
        writes="pixel_words",
        describe=describe_pool_b1,
        pack=pack_pool,
        scratch=None,
        work=pool_work,
        code_bytes=236,
        lead=lead_of_pixels,
    ),
)
