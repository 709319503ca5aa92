"""The layer kernels against the reference interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_codegen.ir import Input, Padding, Shape, Window, chain_graph
from cbcnn_codegen.kernels import find_offers
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.pool_signs import PoolSigns
from support.complete import COMPLETE
from support.kernels.build import Variant, build_kernels
from support.kernels.call import Kernels
from support.kernels.compare import case_sites, check_case
from support.kernels.watch import WIDE_BITS
from support.layers import CHANNELS, Case, LayerKind, draw_binarization, draw_images
from support.tools import require_tool

SEEDS = range(60)


@pytest.mark.parametrize("kind", get_args(LayerKind))
def test_every_layer_equals_the_reference(kernels: Kernels, kind: LayerKind) -> None:
    for seed in SEEDS:
        check_case(kernels, kernels.draw_case(seed, kind))


@pytest.mark.parametrize("block", range(3))
def test_every_operation_on_floats_equals_the_reference(kernels: Kernels, block: int) -> None:
    for seed in range(60 * block, 60 * block + 60):
        check_case(kernels, kernels.draw_reals(seed))


def test_every_operation_of_branches_equals_the_reference(kernels: Kernels) -> None:
    used = set()
    for seed in range(150):
        used |= check_case(kernels, kernels.draw_integers(seed))
    assert used >= {
        *(f"{name}_i32_i32" for name in ("add", "multiply", "concatenate", "max_pool", "sum_pool")),
        *("concatenate_b1_b1", "multiply_b1_b1", "sum_pool_b1_i32", "threshold_i32_b1"),
        *(f"{name}_i16_i16" for name in ("add", "multiply", "concatenate", "max_pool", "sum_pool")),
        *("integers_b1_i32", "integers_plane_i32", "integers_b1_i16", "integers_plane_i16"),
        *("gather_b1_b1", "repack_b1_b1"),
        *("sum_pool_b1_i16", "sum_pool_i16_i32", "threshold_i16_b1"),
    }


def test_every_product_that_goes_on_with_floats_equals_the_reference(kernels: Kernels) -> None:
    used = set()
    for seed in range(120):
        used |= check_case(kernels, kernels.draw_block(seed))
    assert used >= {"conv_b1_f32", "conv_f32_f32", "conv_real_plane_f32", "depthwise_f32_f32"}


def test_every_operation_on_narrow_integers_equals_the_reference(kernels: Kernels) -> None:
    for seed in range(100):
        check_case(kernels, kernels.draw_narrow(seed))


@pytest.mark.parametrize("pad", [-1, 0, 1])
@pytest.mark.parametrize("channels", CHANNELS)
def test_every_border_counts_its_padding(kernels: Kernels, channels: int, pad: int) -> None:
    """A 5x5 window on a 4x3 map: every pixel lies at some border, corners included."""
    window = Window(5, 5, 1, 1, Padding(2, 2, 2, 2))
    check_case(kernels, _conv_case(kernels, Shape(4, 3, channels), window, pad, None))


@pytest.mark.parametrize("pad", [-1, 0, 1])
def test_borders_of_the_image_count_their_padding(kernels: Kernels, pad: int) -> None:
    window = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
    rng = np.random.default_rng(pad + 1)
    source = Input("image", Shape(5, 4, 3), kernels.variant.pixel)
    op = BinaryConv("conv", _signs(rng, 33, 3, 3, 3), window, pad, None, None, None)
    check_case(kernels, Case(chain_graph("borders", source, (op,)), draw_images(rng, source)))


def test_pools_that_reach_over_the_edge_ignore_what_is_there(kernels: Kernels) -> None:
    window = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
    pool = Window(3, 3, 2, 2, Padding(1, 1, 1, 1))
    check_case(kernels, _conv_case(kernels, Shape(5, 5, 40), window, 0, pool))


def test_rows_that_pooling_drops_do_not_matter(kernels: Kernels) -> None:
    window = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
    check_case(kernels, _conv_case(kernels, Shape(7, 5, 8), window, 0, Window(2, 2, 2, 2)))


def test_windows_that_lie_in_the_padding_alone_make_zero(kernels: Kernels) -> None:
    window = Window(2, 2, 2, 2, Padding(2, 2, 2, 2))
    check_case(kernels, _conv_case(kernels, Shape(3, 3, 5), window, 0, None))


@pytest.mark.parametrize("inputs", [1, 31, 32, 33, 64, 255, 256, 257, 512, 8191, 8192])
def test_counts_are_exact_for_every_length_of_a_run(kernels: Kernels, inputs: int) -> None:
    """All bits differ from the first unit's weights and none from the second's."""
    rng = np.random.default_rng(inputs)
    source = Input("image", Shape(1, 1, inputs), kernels.variant.pixel)
    signs = draw_binarization(rng, source)
    images = draw_images(rng, source)
    on = np.where((images[0, 0, 0].astype(int) >= signs.thresholds) != signs.complement, 1, -1)
    weights = np.stack([-on, on, *_signs(rng, 3, inputs)]).astype(np.int8)
    op = BinaryDense("dense", weights.reshape(5, 1, 1, inputs), None, None)
    check_case(kernels, Case(chain_graph("runs", source, (signs, op)), images))


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 2)])
def test_pooled_signs_take_the_minimum_where_it_is_asked_for(
    kernels: Kernels, size: tuple[int, int]
) -> None:
    rng = np.random.default_rng(sum(size))
    source = Input("image", Shape(5, 6, 70), kernels.variant.pixel)
    op = PoolSigns("pool", Window(*size, 2, 2), rng.random(70) < 0.5)
    graph = chain_graph("pool", source, (draw_binarization(rng, source), op))
    check_case(kernels, Case(graph, draw_images(rng, source)))


WATCHED = [(32, "portable"), (64, "vector")] + [(64, "portable"), (32, "rv32")] * COMPLETE


@pytest.mark.parametrize(("word_bits", "isa"), WATCHED)
def test_kernels_touch_nothing_but_their_buffers(word_bits: int, isa: str) -> None:
    """The address sanitizer watches the ends of every buffer, in a process of its own."""
    require_tool("gcc", "gcc")
    variant = Variant(word_bits, 32, word_bits == 64, isa)
    library = build_kernels(variant, "address,undefined")
    runtimes = [_gcc_library(name) for name in ("libasan.so", "libubsan.so")]
    environment = os.environ | {
        "LD_PRELOAD": " ".join(runtimes),
        # Buffers are of `malloc`, each of its exact size; Python's own objects need no watch.
        "ASAN_OPTIONS": "detect_leaks=0:malloc_context_size=2",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path]),
        "PYTHONMALLOC": "pymalloc",
    }
    arguments = [str(library), str(word_bits), "32", str(variant.signed_pixels), isa]
    result = subprocess.run(
        [sys.executable, "-m", "support.kernels.watch", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "done\n"), result.stderr[-4000:]


def _gcc_library(name: str) -> str:
    command = ["gcc", f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _signs(rng: np.random.Generator, *shape: int) -> NDArray[Any]:
    return rng.choice(np.array([-1, 1], np.int8), shape)


def _conv_case(
    kernels: Kernels, shape: Shape, window: Window, pad: int, pool: Window | None
) -> Case:
    rng = np.random.default_rng(shape.channels)
    source = Input("image", shape, kernels.variant.pixel)
    weights = _signs(rng, 35, window.height, window.width, shape.channels)
    thresholds = rng.integers(-3, 4, 35).astype(np.int32)
    op = BinaryConv("conv", weights, window, pad, pool, thresholds, rng.random(35) < 0.5)
    graph = chain_graph("conv", source, (draw_binarization(rng, source), op))
    return Case(graph, draw_images(rng, source))


@pytest.mark.parametrize("pad", [-1, 0, 1])
@pytest.mark.parametrize("channels", [1, 31, 33, 64, 96, 130])
def test_lanes_are_exact_at_every_border(kernels: Kernels, channels: int, pad: int) -> None:
    """More pixels than lanes, no multiple of them; classes of border that differ in every lane."""
    window = Window(3, 5, 1, 1, Padding(1, 2, 1, 2))
    pool = Window(2, 2, 2, 2)
    case = _conv_case(kernels, Shape(11, 17, channels), window, pad, pool)
    check_case(kernels, case, "conv_sliced_b1_b1")


@pytest.mark.parametrize(
    ("shape", "window", "pool"),
    [
        (Shape(8, 8, 32), Window(1, 1, 1, 1), None),
        (Shape(13, 12, 64), Window(3, 3, 2, 2, Padding(1, 1, 1, 1)), None),
        (Shape(12, 13, 40), Window(2, 3, 1, 1), Window(3, 3, 1, 2, Padding(1, 1, 1, 1))),
        (Shape(9, 9, 8), Window(5, 5, 1, 1, Padding(2, 2, 2, 2)), Window(3, 3, 3, 3)),
        (Shape(20, 7, 65), Window(5, 5, 1, 1), None),
    ],
)
def test_lanes_take_any_geometry(
    kernels: Kernels, shape: Shape, window: Window, pool: Window | None
) -> None:
    check_case(kernels, _conv_case(kernels, shape, window, 0, pool), "conv_sliced_b1_b1")


def test_the_scratch_of_a_first_layer_is_that_of_the_file_that_computes_it(
    kernels: Kernels,
) -> None:
    """Vectors of lanes do not mean that every kernel has a file for them."""
    variant = kernels.variant
    source = Input("image", Shape(8, 8, 1), variant.pixel)
    window, pool = Window(3, 3, 1, 1, Padding(1, 1, 1, 1)), Window(2, 2, 2, 2)
    rng = np.random.default_rng(0)
    zeros, none = np.zeros(40, np.int32), np.zeros(40, np.bool_)
    op = BinaryConv("conv", _signs(rng, 40, 3, 3, 1), window, 0, pool, zeros, none)
    case = Case(chain_graph("first", source, (op,)), draw_images(rng, source))
    check_case(kernels, case, "conv_quad_plane_b1")
    sizes = [
        next(
            offer.scratch_bytes(variant.sizes)
            for offer in find_offers(case_sites(case, of)[-1])
            if offer.kernel == "conv_quad_plane_b1"
        )
        for of in (variant, replace(variant, isa="portable", features=()))
    ]
    tuned = firmware_path("kernels", variant.isa, "conv_quad_plane_b1.c").is_file()
    assert (sizes[0] > sizes[1]) == (tuned and variant.isa != "portable")


def test_rows_that_cannot_be_halved_are_filled_up(kernels: Kernels) -> None:
    """14 rows of 14 pixels are two segments of 7, or two of 8 in parts of 4 or 2."""
    window = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
    case = _conv_case(kernels, Shape(14, 14, 40), window, 0, Window(2, 2, 2, 2))
    check_case(kernels, case, "conv_bucket_b1_b1")
    offers = find_offers(case_sites(case, kernels.variant)[-1])
    fields = [
        field for offer in offers for field in offer.fields if field.comment == "rows of a part"
    ]
    parts = [field.values[0] for field in fields]
    if kernels.variant.sizes.lane_words > 1:
        assert len(parts) == 1
    else:
        assert parts == ([7, 4, 2] if kernels.variant.word_bits == 32 else [4, 2])


@pytest.mark.parametrize("pad", [-1, 0, 1])
@pytest.mark.parametrize("channels", [1, 64, 65, 256, 2048])
def test_blocks_of_filters_are_exact_at_every_border(
    kernels: Kernels, channels: int, pad: int
) -> None:
    """35 filters, which is no whole block, and windows of more words than a byte counts."""
    is_wide = kernels.variant.word_bits == WIDE_BITS
    window, pool = Window(3, 2, 1, 2, Padding(1, 1, 1, 1)), Window(2, 2, 2, 2)
    case = _conv_case(kernels, Shape(4, 5, channels), window, pad, pool)
    assert ("conv_interleaved_b1_b1" in check_case(kernels, case)) == is_wide


@pytest.mark.parametrize(
    "pool", [None, Window(2, 2, 2, 2), Window(3, 3, 1, 2, Padding(1, 1, 1, 1))]
)
@pytest.mark.parametrize("channels", CHANNELS)
def test_windows_of_one_pixel_take_any_stride_and_pooling(
    kernels: Kernels, channels: int, pool: Window | None
) -> None:
    window = Window(1, 1, 2, 1)
    case = _conv_case(kernels, Shape(7, 5, channels), window, -1, pool)
    check_case(kernels, case, "conv_pointwise_b1_b1")


@pytest.mark.parametrize("words", [1, 30, 31, 32])
def test_a_byte_counts_the_ones_of_31_words(kernels: Kernels, words: int) -> None:
    """All bits differ from the first filter's weights and none from the second's."""
    channels = words * kernels.variant.word_bits
    source = Input("image", Shape(1, 1, channels), kernels.variant.pixel)
    low, high = source.limits
    thresholds = np.full(channels, low, np.int32)
    on = BinarizeInput("signs", thresholds, np.zeros(channels, np.bool_))
    weights = np.stack([np.full(channels, -1), np.ones(channels)]).astype(np.int8)
    fires = np.array([1 - channels, channels], np.int32)
    op = BinaryConv(
        *("conv", weights.reshape(2, 1, 1, channels), Window(1, 1, 1, 1), 0, None),
        *(fires, np.zeros(2, np.bool_)),
    )
    images = np.full((1, 1, 1, channels), high, kernels.variant.pixel)
    case = Case(chain_graph("point", source, (on, op)), images)
    assert ("conv_pointwise_b1_b1" in check_case(kernels, case)) == (words <= 31)
