"""What a live model computes in, as far as whoever walks through one must know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from cbcnn_inputs.model_files import ModelFile


class Framework(Protocol):
    """Keras 2 with Larq, or Keras 3 with `cbcnn_layers`.

    A node is one call of a layer in the graph of a model; a tensor is symbolic there.
    """

    @property
    def keras(self) -> Any:
        """The module `keras`."""

    def load(self, file: ModelFile) -> Any:
        """The live model that a file describes, not compiled; see `loading.rebuild`."""

    def tensor(self, values: NDArray[Any]) -> Any:
        """A tensor that a model can be called with."""

    def to_numpy(self, tensor: Any) -> NDArray[Any]:
        """The values of a tensor."""

    def flatten(self, structure: Any) -> list[Any]:
        """The leaves of nested lists, tuples and mappings."""

    def map_structure(self, function: Callable[[Any], Any], structure: Any) -> Any:
        """Nested lists, tuples and mappings with what the function makes of each leaf."""

    def is_model(self, layer: Any) -> bool:
        """Is the layer a model of layers?"""

    def activation(self, layer: Any) -> Callable[[Any], Any] | None:
        """What a layer does with its results by its option `activation`; None where nothing."""

    def nodes(self, model: Any) -> Sequence[Any]:
        """The nodes of a model, each behind those that it reads, without its inputs."""

    def nodes_of(self, layer: Any) -> Sequence[Any]:
        """The nodes of a layer, in the order of the calls, those in other models too."""

    def layer(self, node: Any) -> Any:
        """What the node calls."""

    def arguments(self, node: Any) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """What it is called with, symbolic tensors among other things."""

    def sources(self, node: Any) -> Sequence[Any]:
        """The symbolic tensors among them."""

    def last_layer(self, model: Any) -> tuple[Any, Any]:
        """The layer that makes the one output of a model, and the value that it reads."""
