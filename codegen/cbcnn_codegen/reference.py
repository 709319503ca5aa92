"""NumPy interpreter of a graph: the oracle for the passes and for the generated C.

It walks the nodes and lets each operation compute; it knows none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import DataError
from cbcnn_codegen.ir import Array, Graph, Input, ValueType
from cbcnn_inputs.answers import decide


@dataclass(frozen=True)
class Trace:
    """The results of a graph for a batch of images.

    Attributes:
        maps: name of a value to its numbers, N x height x width x channels: signs as int8 -1/+1,
            integers as int32, the rest as float32.
        outputs: the same for the graph's outputs, in order.
    """

    maps: Mapping[str, Array]
    outputs: tuple[Array, ...]

    @property
    def vectors(self) -> tuple[npt.NDArray[np.float32], ...]:
        """The outputs, N x values each, as float32."""
        return tuple(of.reshape(len(of), -1).astype(np.float32) for of in self.outputs)

    @property
    def scores(self) -> npt.NDArray[np.float32]:
        """The only output, N x classes, as float32."""
        (scores,) = self.vectors
        return scores

    @property
    def classes(self) -> npt.NDArray[np.int64]:
        """The class of each image, by `cbcnn_inputs.answers.decide`."""
        return decide(self.scores)


def run(
    graph: Graph,
    images: Array,
    *,
    keep: Collection[str] | None = None,
    batch_size: int = 16,
) -> Trace:
    """Compute the graph for images.

    Args:
        graph: at any level of lowering.
        images: N x height x width x channels, of the input's integer type.
        keep: names of the values that are wanted beside the outputs; None keeps all.
        batch_size: how many images are computed at a time; 16 of the CBCNN stay in a cache.

    Raises:
        DataError: the images do not fit the input.
    """
    _check_images(graph.input, images)
    wanted = [name for name in graph.types if name in graph.outputs or _is_kept(graph, name, keep)]
    parts: dict[str, list[Array]] = {name: [_no_images(graph.types[name])] for name in wanted}
    for start in range(0, len(images), batch_size):
        values = _run_batch(graph, images[start : start + batch_size])
        for name in wanted:
            parts[name].append(values[name])
    maps = {name: np.concatenate(parts.pop(name)) for name in wanted}
    outputs = tuple(maps[name] for name in graph.outputs)
    return Trace({name: maps[name] for name in maps if _is_kept(graph, name, keep)}, outputs)


def _is_kept(graph: Graph, name: str, keep: Collection[str] | None) -> bool:
    return name != graph.input.name if keep is None else name in keep


def _run_batch(graph: Graph, images: Array) -> dict[str, Array]:
    values = {graph.input.name: graph.input.compute(images)}
    for node in graph.nodes:
        values[node.name] = node.op.compute(*(values[name] for name in node.inputs))
    return values


def _no_images(type_: ValueType) -> Array:
    return np.zeros((0, *type_.shape), type_.element.dtype)


def _check_images(source: Input, images: Array) -> None:
    if images.dtype != np.dtype(source.dtype) or images.shape[1:] != source.shape:
        raise DataError(
            "the images do not fit the network's input",
            found=f"{images.dtype} images of shape {images.shape[1:]}",
            allowed=f"{source.dtype} images of shape {tuple(source.shape)}",
        )
