"""Where a model file keeps the arrays of a layer, and what they must be like."""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.model_files.h5_snapshot import Float32Array, Snapshot
from cbcnn_inputs.model_files.limits import MAX_VALUES, quote

Path = tuple[str, ...]

LEGACY_ROOT = "model_weights"
LAYER_NAMES = "layer_names"
WEIGHT_NAMES = "weight_names"
CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
"""What Keras calls the list of layers: since TensorFlow 2.13, and in 2.12."""


class Place(Protocol):
    """What says where a layer's arrays are."""

    @property
    def name(self) -> str:
        """For messages; layers of nested models carry the names of these in front."""

    @property
    def path(self) -> tuple[str, ...]:
        """The layer's own name, behind those of the models around it.

        The first of them is the group under which `.h5` files keep its weights.
        """

    @property
    def location(self) -> tuple[tuple[str, int], ...]:
        """Where `.keras` files keep its weights.

        Class name in snake case and how many layers of the class precede it, for each level of
        nesting.
        """


class Weights(ABC):
    """The arrays of a model file.

    Args:
        file: what the HDF5 file holds.
        name: of the model file, for messages.
    """

    def __init__(self, file: Snapshot, name: str) -> None:
        self._file = file
        self._name = name
        self._owners: dict[Path, tuple[str, str]] = {}

    @abstractmethod
    def _find(self, layer: Place, name: str, index: int) -> Path | None:
        """Where the array is."""

    def read(
        self, layer: Place, name: str, index: int, shape: tuple[int | None, ...]
    ) -> Float32Array:
        """One array of a layer, as float32.

        Args:
            layer: whose array.
            name: what Keras calls it, such as `kernel`.
            index: its place among the layer's arrays.
            shape: what the architecture asks for; None where that is not known.

        Raises:
            ModelFileError: missing, of another shape, not numbers, or not finite.
        """
        path = self._find(layer, name, index)
        found = None if path is None else self._file.shape(path)
        if path is None or found is None:
            raise self._wrong(layer, name, "nothing", "an array for every weight of the layer")
        owner, _ = self._owners.setdefault(path, (layer.name, name))
        if owner != layer.name:
            found_name = f"an array that layer {quote(owner)} has already"
            raise self._wrong(
                layer, name, found_name, "names that tell the layers apart, or a .keras file"
            )
        fits = len(found) == len(shape) and all(
            size == wanted or wanted is None for size, wanted in zip(found, shape, strict=True)
        )
        if not fits:
            raise self._wrong(layer, name, f"shape {_text(found)}", f"shape {_text(shape)}")
        if int(np.prod(found, dtype=object)) > MAX_VALUES:
            raise self._wrong(layer, name, f"shape {_text(found)}", f"at most {MAX_VALUES} values")
        values = self._file.array(path)
        bad = np.count_nonzero(~np.isfinite(values))
        if bad:
            raise self._wrong(
                layer, name, f"NaN or infinity in {bad} of {values.size} values", "finite numbers"
            )
        return values

    def _wrong(self, layer: Place, name: str, found: str, allowed: str) -> ModelFileError:
        return ModelFileError(
            f"{self._name}: layer {quote(layer.name)} has unusable {name} weights",
            found=found,
            allowed=allowed,
            suggestion="save the model again, weights and architecture together",
        )


class LegacyWeights(Weights):
    """Weights of a `.h5` file: by name, in the group of the outermost layer."""

    def _find(self, layer: Place, name: str, index: int) -> Path | None:
        group: Path = (LEGACY_ROOT, layer.path[0])
        if self._file.children(group) is None:
            return None
        listed = self._file.list_of_texts(group, WEIGHT_NAMES)
        if not listed:
            listed = tuple(
                f"{prefix}{name}{suffix}"
                for prefix in (f"{layer.path[-1]}/", "")
                for suffix in (":0", "")
            )
        return self._choose(group, layer, name, listed)

    def _choose(self, group: Path, layer: Place, name: str, listed: Sequence[str]) -> Path | None:
        """The path among `listed` that ends in `name`, the one whose parts name the layer best."""
        candidates = []
        for path in listed:
            *scope, last = path.split("/")
            if re.sub(r":\d+$", "", last) == name:
                candidates.append((-_likeness(layer, scope), len(scope), path))
        for likeness, _, path in sorted(candidates):
            if likeness == 0 and len(layer.path) > 1:
                return None
            if self._file.shape((*group, path)) is not None:
                return (*group, path)
        return None


def _likeness(layer: Place, scope: Sequence[str]) -> int:
    """0 for a scope that does not name the layer; else more, the more models around it agree."""
    if f"/{layer.path[-1]}/" not in f"/{'/'.join(scope)}/":
        return 0
    names = "/".join(layer.path).split("/")
    pairs = zip(reversed(scope), reversed(names), strict=False)
    return 1 + sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


class ArchiveWeights(Weights):
    """Weights of a `.keras` file: by class name and position, see `Place.location`."""

    def _find(self, layer: Place, name: str, index: int) -> Path | None:
        path: Path = ()
        for kind, position in layer.location:
            found = self._child(path, kind, position)
            if found is None:
                return None
            path = found
        return (*path, "vars", str(index))

    def _child(self, path: Path, kind: str, position: int) -> Path | None:
        """The group of the layer that `position` others of its class precede.

        Keras numbers them `kind`, `kind_1`, `kind_2` and so on, and leaves numbers out in some
        versions.
        """
        for container in CONTAINERS:
            names = self._file.children((*path, container)) or ()
            matches = (re.fullmatch(rf"{re.escape(kind)}(?:_(\d+))?", name) for name in names)
            numbered = sorted((int(match[1] or 0), match[0]) for match in matches if match)
            if position < len(numbered):
                return (*path, container, numbered[position][1])
        return None


def snake_case(kind: str) -> str:
    """The name under which Keras stores the weights of a class: `QuantConv2D` is `quant_conv2d`."""
    plain = re.sub(r"\W+", "", kind)
    split = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", plain)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", split).lower()


def _text(shape: Sequence[int | None]) -> str:
    return "x".join("?" if size is None else str(size) for size in shape) or "of a single number"
