"""Why signs and classes of the C are not the live model's: the floats on both sides of them.

Both round float32 numbers, perhaps in another order. Where a number is so near to the line between
two signs that this decides, the line is a knife edge, and neither side is wrong. Such a sign
changes numbers behind it, so the signs that differ behind others of the same image prove nothing.
Numbers of a few bits, such as DoReFa's, count as signs here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph, Node
from cbcnn_codegen.verify.live import LiveModel
from cbcnn_inputs.answers import decide
from cbcnn_inputs.probe import Probe

Array = npt.NDArray[Any]

KNIFE: Final = 2.0**-16
"""Numbers this far apart, relative to the largest of their map, may be one number rounded in two
orders: 256 units in the last place."""

_SHOWN: Final = 3


@dataclass(frozen=True)
class KnifeEdge:
    """A sign that differs although all signs in front of it are equal, or a class.

    Attributes:
        layer: whose output's sign it is; "class" for a class.
        ours: the number whose sign it is, in the C; of a class, by how much the logit of the C's
            class exceeds that of the live model's.
        theirs: the same in the live model.
        size: the largest number of the map.
    """

    layer: str
    image: int
    position: tuple[int, ...]
    ours: float
    theirs: float
    size: float

    @property
    def is_knife_edge(self) -> bool:
        """Are both sides one number, up to rounding, so that the line lies between them?"""
        return abs(self.ours - self.theirs) <= KNIFE * self.size

    def __str__(self) -> str:
        place = ", ".join(map(str, self.position))
        verdict = "a knife edge" if self.is_knife_edge else "too far for float32 rounding: a defect"
        return (
            f"image {self.image}, {self.layer} [{place}]: {self.ours:.9g} in the C and "
            f"{self.theirs:.9g} in Python, of numbers up to {self.size:.3g}: {verdict}"
        )


@dataclass(frozen=True)
class Edges:
    """What differs between the interpreter, which the C equals, and the live model.

    Attributes:
        edges: signs that differ first in their image, and classes where no sign differs.
        following: signs that differ behind others of their image.
    """

    edges: tuple[KnifeEdge, ...]
    following: int = 0

    @property
    def are_knife_edges(self) -> bool:
        """Does rounding explain all of them?"""
        return all(edge.is_knife_edge for edge in self.edges)

    def of_images(self, images: Sequence[int]) -> Edges:
        """The same where the images have these numbers."""
        edges = tuple(replace(edge, image=images[edge.image]) for edge in self.edges)
        return replace(self, edges=edges)

    def __str__(self) -> str:
        edges = sorted(self.edges, key=lambda edge: edge.is_knife_edge)
        lines = [*map(str, edges[:_SHOWN])]
        if len(edges) > _SHOWN:
            lines.append(f"{len(edges) - _SHOWN} more")
        if self.following:
            lines.append(f"{self.following} signs behind them differ because of them")
        return "\n".join(lines)


def find_edges(model: LiveModel, planes: Array) -> Edges:
    """Compare all signs and classes of some images, with the floats that they are made of.

    Raises:
        MissingToolError: what it computes in is not installed.
    """
    graph = model.read.graph
    probes = {node.name: _before(model, node) for node in graph.nodes if node.op.is_quantizer}
    finals = {end.final for end in model.ends}
    shown = model.trace(planes, {*finals, *probes.values()})
    trace = reference.run(graph, planes)
    edges: list[KnifeEdge] = []
    following, tainted = 0, dict[str, npt.NDArray[np.bool_]]()
    for node in graph.nodes:
        sources = [tainted[name] for name in node.inputs if name in tainted]
        before = np.logical_or.reduce([np.zeros(len(planes), np.bool_), *sources])
        tainted[node.name] = before
        if node.name not in probes:
            continue
        theirs = shown[probes[node.name]].reshape(trace.maps[node.name].shape)
        differ = node.op.compute(theirs) != trace.maps[node.name]
        following += int(differ[before].sum())
        edges += _sign_edges(node, differ & ~_by_image(before, differ), trace.maps, graph, theirs)
        tainted[node.name] = before | differ.any(axis=(1, 2, 3))
    if graph.has_classes:
        (end,) = model.ends
        final = shown[end.final].reshape(len(planes), -1)
        edges += _class_edges(trace.scores, final, ~tainted[end.value])
    return Edges(tuple(edges), following)


def _before(model: LiveModel, node: Node) -> Probe:
    """Where Keras shows what signs are of, also where they are the activation of a layer."""
    shown = model.read.probes
    probe = model.before(node)
    is_option = bool(node.source) and shown.get(node.name) == shown.get(node.source)
    return probe._replace(activated=False) if is_option else probe


def _by_image(flags: Array, like: Array) -> Array:
    return flags.reshape(-1, *[1] * (like.ndim - 1))


def _sign_edges(
    node: Node, differ: Array, maps: Mapping[str, Array], graph: Graph, theirs: Array
) -> Iterator[KnifeEdge]:
    source = node.inputs[0]
    if source == graph.input.name:
        return
    for image, *position in np.argwhere(differ).tolist():
        ours = maps[source][image]
        place = tuple(position)
        yield KnifeEdge(
            repr(node.source or node.name),
            image,
            place,
            float(ours[place]),
            float(theirs[image][place]),
            float(np.abs(ours).max()),
        )


def _class_edges(ours: Array, theirs: Array, which: npt.NDArray[np.bool_]) -> Iterator[KnifeEdge]:
    """Classes that differ, of the images in which no sign does."""
    classes, answers = decide(ours), decide(theirs)
    for image in np.flatnonzero((classes != answers) & which).tolist():
        mine, other = int(classes[image]), int(answers[image])
        if ours.shape[1] == 1:
            gaps = [float(of[image, 0]) for of in (ours, theirs)]
        else:
            gaps = [float(of[image, mine]) - float(of[image, other]) for of in (ours, theirs)]
        size = float(np.abs(ours[image]).max())
        yield KnifeEdge("class", image, (mine, other), gaps[0], gaps[1], size)
