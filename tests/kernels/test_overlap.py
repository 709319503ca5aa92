"""Kernels whose output lies over their input, in memory that really is shared."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Input, Padding, Shape, Window, chain_graph
from cbcnn_codegen.kernels import Offer, Site, find_offers
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.plan import Lead
from cbcnn_codegen.plan.buffers import Demands, find_lives
from support.kernels.build import Variant
from support.kernels.call import Kernels
from support.kernels.compare import case_sites, check_case
from support.layers import Case, LayerKind, draw_binarization, draw_case, draw_images


def leads_of(case: Case, variant: Variant) -> dict[str, tuple[Lead, ...]]:
    """Each kernel for a case, and the buffers that its output may overlap."""
    sites = case_sites(case, variant)
    demands = Demands(sites, find_lives(sites))
    last = len(sites) - 1
    return {
        offer.kernel: demands.buffers_of(last, offer)[0].leads for offer in find_offers(sites[-1])
    }


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(get_args(LayerKind)))
def test_an_output_over_the_input_is_the_same_for_every_geometry(
    kernels: Kernels, seed: int, kind: LayerKind
) -> None:
    case = kernels.draw_case(seed, kind)
    assume(any(leads_of(case, kernels.variant).values()))
    check_case(kernels, case)


@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["conv", "pool", "binarize"]))
def test_a_lead_is_as_small_as_the_order_of_work_permits(seed: int, kind: LayerKind) -> None:
    """Go through the output pixel by pixel and note what is read after each one is written."""
    variant = Variant(32, 32, signed_pixels=False)
    site = case_sites(draw_case(np.random.default_rng(seed), "uint8", kind), variant)[-1]
    assert lead_of_pixels(site, *_windows(site)) == _lead_by_simulation(site)


def test_conv_with_a_smaller_lead_overwrites_what_it_still_reads(kernels: Kernels) -> None:
    """Pixels of the output twice as large as those of the input: the lead is most of the map."""
    site, source, offer, expected = _conv_case(kernels)
    (lead_bytes,) = offer.leads
    word = kernels.variant.word_bits // 8
    assert lead_bytes is not None
    assert lead_bytes > word
    right = kernels.run_overlapped(offer, site, [source], 0, lead_bytes)
    np.testing.assert_array_equal(right, expected)
    wrong = kernels.run_overlapped(offer, site, [source], 0, lead_bytes - word)
    assert (wrong != expected).any()


def test_dense_layers_write_their_last_word_when_all_is_read(kernels: Kernels) -> None:
    rng = np.random.default_rng(5)
    source = Input("image", Shape(1, 1, 96), kernels.variant.pixel)
    weights = rng.choice(np.array([-1, 1], np.int8), (20, 1, 1, 96))
    op = BinaryDense("dense", weights, np.zeros(20, np.int32), np.zeros(20, np.bool_))
    graph = chain_graph("dense", source, (draw_binarization(rng, source), op))
    case = Case(graph, draw_images(rng, source))
    assert leads_of(case, kernels.variant) == {"dense_b1_b1": (Lead("map_0", 0),)}
    check_case(kernels, case)


def _conv_case(kernels: Kernels) -> tuple[Site, np.ndarray[Any, Any], Offer, Any]:
    rng = np.random.default_rng(1)
    bits = kernels.variant.word_bits
    source = Input("image", Shape(5, 5, bits), kernels.variant.pixel)
    weights = rng.choice(np.array([-1, 1], np.int8), (2 * bits, 3, 3, bits))
    window = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
    nothing = np.zeros(2 * bits, np.bool_)
    op = BinaryConv("conv", weights, window, 0, None, np.zeros(2 * bits, np.int32), nothing)
    case = Case(
        chain_graph("conv", source, (draw_binarization(rng, source), op)), draw_images(rng, source)
    )
    trace = reference.run(case.graph, case.images)
    site = case_sites(case, kernels.variant)[-1]
    offer = next(offer for offer in find_offers(site) if offer.kernel == "conv_b1_b1")
    return site, trace.maps["signs"][0], offer, trace.maps["conv"][0]


def _windows(site: Site) -> tuple[Window, Window]:
    """The window on the input and the pooling behind it."""
    one = Window(1, 1, 1, 1)
    return getattr(site.op, "window", one), getattr(site.op, "pool", None) or one


def _lead_by_simulation(site: Site) -> int:
    window, pool = _windows(site)
    source, output = site.source.shape, site.output.shape
    reads = []
    for i in range(output.height * output.width):
        row, column = divmod(i, output.width)
        rows = _reach(row, 0, window, pool, site)
        columns = _reach(column, 1, window, pool, site)
        pixels = [y * source.width + x for y in rows for x in columns]
        reads.append(min(pixels, default=source.height * source.width))
    sizes = [_pixel_bytes(of.layout, of.shape.channels) for of in (site.source, site.output)]
    lead = 0
    for i in range(len(reads)):
        lead = max(lead, (i + 1) * sizes[1] - min(reads[i:]) * sizes[0])
    return lead


def _reach(i: int, axis: int, window: Window, pool: Window, site: Site) -> list[int]:
    """Input rows or columns under the windows of one pooled row or column."""
    size = site.source.shape[axis]
    convolved = window.output_size(site.source.shape.height, site.source.shape.width)[axis]
    reach, step, before = _along(pool, axis)
    pooled = range(max(i * step - before, 0), min(i * step - before + reach, convolved))
    reach, step, before = _along(window, axis)
    found = {k * step - before + tap for k in pooled for tap in range(reach)}
    return sorted(position for position in found if 0 <= position < size)


def _along(window: Window, axis: int) -> tuple[int, int, int]:
    """Size, step and padding in one direction."""
    sizes = ((window.height, window.stride_height), (window.width, window.stride_width))
    return (*sizes[axis], window.padding[axis])


def _pixel_bytes(layout: str, channels: int) -> int:
    sizes = {
        "plane": channels,
        "pixel_words": 4 * -(-channels // 32),
        "int16": 2 * channels,
        "int32": 4 * channels,
    }
    return sizes[layout]
