"""Layers that join branches."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_inputs.model_files.limits import quote


def convert_add(layer: LayerConfig, chain: Chain) -> None:
    """An Add of values of one shape."""
    if _has_one_shape(layer, chain):
        chain.emit_join(Add(layer.name), "reals")


def convert_multiply(layer: LayerConfig, chain: Chain) -> None:
    """A Multiply of values of one shape; of signs it makes signs."""
    signs = all(flow.kind == "signs" for flow in chain.flows)
    if _has_one_shape(layer, chain):
        chain.emit_join(Multiply(layer.name), "signs" if signs else "reals")


def convert_concatenate(layer: LayerConfig, chain: Chain) -> None:
    """A Concatenate of the channels of maps of one size."""
    dimensions = [flow.dimensions for flow in chain.flows]
    known = [axes for axes in dimensions if axes is not None]
    if len(known) < len(dimensions):
        chain.lose_track()
        return
    sizes, ranks = {axes[:-1] for axes in known}, {len(axes) for axes in known}
    axis = layer.get("axis", -1)
    if len(sizes) > 1 or len(ranks) > 1 or axis not in (-1, max(ranks)):
        found = f"axis={quote(axis)} of {', '.join(map(str, known))}"
        chain.refuse(layer.refused(found, "axis=-1 of maps of one size", "axis=-1"))
        chain.lose_track()
        return
    signs = all(flow.kind == "signs" for flow in chain.flows)
    chain.emit_join(Concatenate(layer.name), "signs" if signs else "reals")
    chain.dimensions = (*known[0][:-1], sum(axes[-1] for axes in known))


def _has_one_shape(layer: LayerConfig, chain: Chain) -> bool:
    """Whether all values have the same known axes; remembers a problem if they differ."""
    known = {flow.dimensions for flow in chain.flows} - {None}
    if len(known) > 1:
        chain.refuse(layer.refused(f"values of shapes {', '.join(map(str, known))}", "one shape"))
    if len(known) == 1 and all(flow.dimensions is not None for flow in chain.flows):
        return True
    chain.lose_track()
    return False


LAYERS: Final = {
    "Add": convert_add,
    "Concatenate": convert_concatenate,
    "Multiply": convert_multiply,
}
