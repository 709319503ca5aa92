"""Demand of every kernel for a layer what the reference computes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.kernels import Site, find_offers
from cbcnn_codegen.kernels.comparison import clipped_thresholds
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.to_float import ToFloat
from cbcnn_codegen.passes.widths import find_narrow
from cbcnn_codegen.plan.buffers import Demands, find_lives
from cbcnn_codegen.plan.sites import connect_sites, store_maps
from support.kernels.build import Variant
from support.kernels.call import Array, Kernels
from support.layers import Case


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
