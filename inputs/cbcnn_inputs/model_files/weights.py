"""Where a model file keeps the arrays of a layer, and what they must be like."""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final, NamedTuple, Protocol

import numpy as np

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.model_files.h5_snapshot import Float32Array, Snapshot
from cbcnn_inputs.model_files.limits import MAX_VALUES, quote

Path = tuple[str, ...]
Location = tuple[tuple[str, int], ...]
"""Class name in snake case and how many layers of the class precede it, at every level."""

LEGACY_ROOT = "model_weights"
WEIGHT_NAMES = "weight_names"
CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
"""Keras's names for the list of layers: since TensorFlow 2.13, and in 2.12."""


class Place(Protocol):
    """Says where a layer's arrays are."""

    @property
    def name(self) -> str:
        """For messages; layers of nested models carry the names of these in front."""

    @property
    def path(self) -> tuple[str, ...]:
        """The layer's own name, behind those of the models around it.

        The first of them is the group under which `.h5` files keep its weights.
        """

    @property
    def location(self) -> Location:
        """Where `.keras` files keep its weights."""


class LiveLayer(Protocol):
    """A layer of a model that gets its arrays; `Any` stands for a variable of TensorFlow."""

    @property
    def name(self) -> str:
        """As the file says."""

    @property
    def weights(self) -> Sequence[Any]:
        """All variables, in the order in which they were made."""

    @property
    def trainable_weights(self) -> Sequence[Any]:
        """Those that training changes, of all layers of a nested model."""

    @property
    def non_trainable_weights(self) -> Sequence[Any]:
        """All others."""


class Filled(NamedTuple):
    """A layer's variables, and the array of the file for each of them."""

    layer: str
    variables: Sequence[Any]
    arrays: Sequence[Float32Array]

    def demand_fitting(self, file: str) -> None:
        """Every variable must have an array of its shape.

        Raises:
            ModelFileError: that is not so; `file` names the file in it.
        """
        found, allowed = (
            [tuple(array.shape) for array in part] for part in (self.arrays, self.variables)
        )
        if found != allowed:
            raise ModelFileError(
                f"{file}: layer {quote(self.layer)} has other arrays than its options ask for",
                found=f"shapes {found}",
                allowed=f"shapes {allowed}",
                suggestion="save the model again, weights and architecture together",
            )


class Weights(ABC):
    """The arrays of a model file.

    Args:
        file: what the HDF5 file holds.
        name: of the model file, for messages.
    """

    is_archive: ClassVar[bool] = False  # whether it is a `.keras` file

    def __init__(self, file: Snapshot, name: str) -> None:
        self._file = file
        self._name = name
        self._owners: dict[Path, tuple[str, ...]] = {}

    @abstractmethod
    def _find(self, layer: Place, name: str, index: int) -> Path | None:
        """Where the array is."""

    @abstractmethod
    def fill(
        self, outermost: Sequence[LiveLayer], places: Sequence[tuple[Location, LiveLayer]]
    ) -> Iterator[Filled]:
        """The arrays for every layer of a live model that has any.

        Args:
            outermost: the layers of the model itself; nested models are among them.
            places: all layers that are no models, each with its place; see `Place.location`.

        Raises:
            ModelFileError: one of the arrays is missing, or holds anything but finite numbers.
        """

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
        owner = self._owners.setdefault(path, layer.path)
        if owner != layer.path:
            found_name = f"an array that layer {quote('/'.join(owner))} has already"
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
        return self._finite(path, layer.name, f"{name} ")

    def read_all(self, layer: Place) -> list[Float32Array]:
        """The arrays of a layer in their order, whatever their names and shapes.

        Raises:
            ModelFileError: it has none, or not finite numbers.
        """
        paths = self._find_all(layer)
        if not paths or any(self._file.shape(path) is None for path in paths):
            raise self._wrong(layer, "own", "nothing", "one array or more")
        return [self._finite(path, layer.name) for path in paths]

    @abstractmethod
    def _find_all(self, layer: Place) -> list[Path]:
        """Where the arrays of a layer are."""

    def _finite(self, path: Path, layer: str, which: str = "") -> Float32Array:
        values = self._file.array(path)
        bad = np.count_nonzero(~np.isfinite(values))
        if bad:
            found = f"NaN or infinity in {bad} of {values.size} values"
            raise self._unusable(layer, which, found, "finite numbers")
        return values

    def _wrong(self, layer: Place, name: str, found: str, allowed: str) -> ModelFileError:
        return self._unusable(layer.name, f"{name} ", found, allowed)

    def _unusable(self, layer: str, which: str, found: str, allowed: str) -> ModelFileError:
        return ModelFileError(
            f"{self._name}: layer {quote(layer)} has unusable {which}weights",
            found=found,
            allowed=allowed,
            suggestion="save the model again, weights and architecture together",
        )


_NAMES_OF_KERAS_3: Final = {"depthwise_kernel": ("kernel",)}
"""What Keras 3 calls arrays that have other names in Keras 2; separable layers kept theirs."""


class LegacyWeights(Weights):
    """Weights of a `.h5` file: by name, in the group of the outermost layer."""

    def fill(
        self, outermost: Sequence[LiveLayer], places: Sequence[tuple[Location, LiveLayer]]
    ) -> Iterator[Filled]:
        """The file lists the arrays of an outermost layer, all of a nested model together."""
        for layer in outermost:
            variables = [*layer.trainable_weights, *layer.non_trainable_weights]
            if variables:
                yield Filled(layer.name, variables, self._of_group(layer.name))

    def _of_group(self, layer: str) -> list[Float32Array]:
        """All arrays of an outermost layer, in the order in which Keras lists them."""
        group: Path = (LEGACY_ROOT, layer)
        paths = [(*group, name) for name in self._file.list_of_texts(group, WEIGHT_NAMES)]
        for path in paths:
            if self._file.shape(path) is None:
                raise self._unusable(layer, "", f"no array {quote(path[-1])}", "all that it lists")
        return [self._finite(path, layer) for path in paths]

    def _find(self, layer: Place, name: str, index: int) -> Path | None:
        names = (name, *_NAMES_OF_KERAS_3.get(name, ()))
        found = (self._find_named(layer, one) for one in names)
        return next((path for path in found if path is not None), None)

    def _find_named(self, layer: Place, name: str) -> Path | None:
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

    def _find_all(self, layer: Place) -> list[Path]:
        group: Path = (LEGACY_ROOT, layer.path[0])
        listed = self._file.list_of_texts(group, WEIGHT_NAMES) if self._file.children(group) else ()
        return [(*group, name) for name in listed if _likeness(layer, name.split("/")[:-1])]

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

    is_archive = True

    def fill(
        self, outermost: Sequence[LiveLayer], places: Sequence[tuple[Location, LiveLayer]]
    ) -> Iterator[Filled]:
        """The file has a folder for each layer."""
        for location, layer in places:
            if layer.weights:
                yield Filled(layer.name, layer.weights, self._at(location, layer.name))

    def _at(self, location: Location, layer: str) -> list[Float32Array]:
        """All arrays of a layer, in the order in which Keras numbers them."""
        folder, arrays = self._folder(location), list[Float32Array]()
        while folder and self._file.shape((*folder, str(len(arrays)))) is not None:
            arrays.append(self._finite((*folder, str(len(arrays))), layer))
        return arrays

    def _find(self, layer: Place, name: str, index: int) -> Path | None:
        folder = self._folder(layer.location)
        return None if folder is None else (*folder, str(index))

    def _find_all(self, layer: Place) -> list[Path]:
        folder, paths = self._folder(layer.location), list[Path]()
        while folder and self._file.shape((*folder, str(len(paths)))) is not None:
            paths.append((*folder, str(len(paths))))
        return paths

    def _folder(self, location: Location) -> Path | None:
        path: Path = ()
        for kind, position in location:
            found = self._child(path, kind, position)
            if found is None:
                return None
            path = found
        return (*path, "vars")

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


def _text(shape: Sequence[int | None]) -> str:
    return "x".join("?" if size is None else str(size) for size in shape) or "of a single number"
