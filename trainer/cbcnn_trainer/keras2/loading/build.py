"""Builds the Keras model that a file describes, without letting Keras read the file.

It makes the layers one by one from checked values, connects them and fills them with arrays. It
does not use Keras's own loader, which finds classes by names in the file: the model can hold only
what `layers` lists, whatever the file says.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.model_files.class_names import class_name
from cbcnn_inputs.model_files.limits import MAX_LAYERS, MAX_NESTED_MODELS, MAX_VALUES, quote
from cbcnn_inputs.model_files.places import places_of
from cbcnn_inputs.model_files.weights import Location
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.loading import layers, operations, values
from cbcnn_trainer.keras2.loading.functional import INPUT, MODELS, SEQUENTIAL, connect
from cbcnn_trainer.keras2.loading.objects import check_options, policy
from cbcnn_trainer.keras2.loading.values import Check, Unfit, Unknown

Entry = Mapping[str, Any]
Tensors = Sequence[Any]
DtypeOf = Callable[[str], str]

MAX_MODEL_VALUES: Final = 2 * MAX_VALUES
"""Values of all arrays of a model, as many as a file may hold."""

_COUNTS: Final = ("filters", "units", "depth_multiplier")
_MOST_AXES: Final = 2
"""Axes of a window whose size is one number for all of them."""


def _as_it_is(value: Any) -> Any:
    """The value, which is checked later."""
    return value


_MODEL_OPTIONS: Final[Mapping[str, Check]] = {
    "name": values.name,
    "trainable": values.flag,
    "dtype": policy,
    "build_input_shape": values.optional(values.batch_shape),
    **dict.fromkeys(("layers", "input_layers", "output_layers"), _as_it_is),
}


class Builder:
    """Makes the model that the JSON of a model file describes.

    Args:
        keras3: Keras 3 wrote it.
        file: its name, for messages.
        dtype_of: the type that a layer of some name computes in; None leaves it to the file.

    Attributes:
        places: every layer that is no model itself, with the place of its arrays in an archive.
        keras3: as given.
    """

    def __init__(self, *, keras3: bool, file: str, dtype_of: DtypeOf | None) -> None:
        self.places: list[tuple[Location, Any]] = []
        self._dtype_of = dtype_of
        self._costs: dict[int, int] = {}
        self.keras3 = keras3
        self._file = file
        self._values = self._layers = self._calls = 0

    def build(self, description: Entry, location: Location = (), source: Any = None) -> Any:
        """A Keras model.

        Args:
            description: its JSON.
            location: where it is in a nest of models.
            source: the tensor that it reads there.

        Raises:
            ModelFileError: it holds anything that is not on the list, or does not fit together.
        """
        kind, calls = class_name(description), self._calls
        if kind in MODELS:
            sequential = kind == SEQUENTIAL
            build = self._sequential if sequential else self._functional
            model = build(description, location, source)
            self._costs[id(model)] = self._calls - calls
            return model
        raise self._needs_code(f"a model of the class {quote(kind)}", "Sequential or Functional")

    def _sequential(self, description: Entry, location: Location, source: Any) -> Any:
        with self.about(description):
            options, entries = self._read(description)
            start, rest = self._start(options, entries, source)
            model = tf.keras.Sequential([tf.keras.Input(**start)], name=options.get("name"))
        for entry, place in rest:
            with self.about(entry):
                layer = self.make(entry, (*location, place), model.outputs)
                model.add(layer)
                self.demand_small(layer, model.outputs)
        return model

    def _start(
        self, options: Mapping[str, Any], entries: Sequence[Entry], source: Any
    ) -> tuple[dict[str, Any], list[tuple[Entry, tuple[str, int]]]]:
        """The input of a Sequential model, stated or not, and the layers behind it."""
        placed = list(zip(entries, places_of(entries), strict=True))
        if class_name(entries[0]) == INPUT:
            return layers.read_input(_config(entries[0])), placed[1:]
        shape = _stated_shape(entries[0], MAX_NESTED_MODELS) or options.get("build_input_shape")
        if shape is None and source is not None:
            shape = source.shape
        if shape is None:
            raise Unfit("an InputLayer, or a first layer with an input_shape", "neither of them")
        return {"shape": shape[1:]}, placed

    def _functional(self, description: Entry, location: Location, source: Any) -> Any:
        with self.about(description):
            options, entries = self._read(description)
            placed = zip(entries, places_of(entries), strict=True)
            return connect(self, options, [(entry, (*location, place)) for entry, place in placed])

    def make(self, entry: Entry, location: Location, sources: Tensors) -> Any:
        """A layer, or a model that is one, for tensors that it will read.

        Raises:
            Unfit: an option that is not on the list.
            ModelFileError: a class that is not on the list.
        """
        kind = class_name(entry)
        self._layers += 1
        if self._layers > MAX_LAYERS or len(location) > MAX_NESTED_MODELS:
            raise Unfit(f"at most {MAX_LAYERS} layers in {MAX_NESTED_MODELS} models")
        if kind in MODELS:
            return self.build(entry, location, sources[0])
        if kind in operations.CLASSES:
            return operations.make_operation(entry)
        options = dict(_config(entry))
        if self._dtype_of is not None:
            options["dtype"] = self._dtype_of(str(options.get("name")))
        layer = layers.make_layer(kind, options, keras3=self.keras3)
        _demand_small_arrays(options, sources)
        self.places.append((location, layer))
        return layer

    def demand_small(self, layer: Any, outputs: Tensors) -> None:
        """A call of a layer must take no more memory and time than any model needs.

        A model that is called calls all of its layers again.

        Raises:
            Unfit: its maps or arrays are too large, or there were too many calls before.
        """
        self._calls += self._costs.get(id(layer), 1)
        if self._calls > MAX_LAYERS:
            raise Unfit(f"at most {MAX_LAYERS} calls of layers, those in nested models included")
        for output in outputs:
            size = math.prod(size for size in output.shape if size is not None)
            if size > MAX_VALUES:
                raise Unfit(f"maps of at most {MAX_VALUES} values", f"a map of {size} values")
        if not isinstance(layer, tf.keras.Model):
            self._values += sum(math.prod(array.shape) for array in layer.weights)
        if self._values > MAX_MODEL_VALUES:
            raise Unfit(f"arrays of at most {MAX_MODEL_VALUES} values")

    def _read(self, description: Entry) -> tuple[dict[str, Any], Sequence[Entry]]:
        """The options of a model and its layers; old files hold only the list of layers."""
        config = description.get("config")
        options = {"layers": config} if isinstance(config, list) else config
        if not isinstance(options, Mapping):
            raise Unfit("the options of a model", quote(config))
        checked = check_options(options, _MODEL_OPTIONS, "a model")
        entries = checked.get("layers")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_LAYERS:
            raise Unfit(f"a list of 1 to {MAX_LAYERS} layers")
        for entry in entries:
            config = entry.get("config") if isinstance(entry, Mapping) else None
            if not isinstance(config, Mapping | list):
                raise Unfit("a list of layers", f"{quote(entry)} in place of a layer")
        return checked, entries

    @contextlib.contextmanager
    def about(self, entry: Entry) -> Iterator[None]:
        """Name the layer in an error about what is not allowed."""
        try:
            yield
        except Unknown as error:
            found = f"{error.found} in layer {quote(_name(entry))}"
            raise self._needs_code(found, error.allowed) from error
        except Unfit as error:
            raise ModelFileError(
                f"{self._file}: layer {quote(_name(entry))} cannot be loaded",
                found=error.found,
                allowed=error.allowed,
                suggestion="save the model again with the Keras and Larq that it was made with",
            ) from error

    def _needs_code(self, found: str, allowed: str) -> ModelFileError:
        return ModelFileError(
            f"{self._file} holds an object that needs code to load",
            found=found,
            allowed=allowed,
            suggestion="replace it by layers of Keras and Larq",
        )


def _stated_shape(entry: Entry, depth: int) -> Any:
    """The input shape that a layer, or the first one of a model, states; None if it states none."""
    config = entry["config"]
    if class_name(entry) not in MODELS:
        return layers.read_shape(_config(entry))
    inner = config.get("layers") if isinstance(config, Mapping) else config
    first = inner[0] if isinstance(inner, list) and inner and depth else None
    if not isinstance(first, Mapping) or not isinstance(first.get("config"), Mapping | list):
        return None
    return _stated_shape(first, depth - 1)


def _demand_small_arrays(options: Mapping[str, Any], sources: Tensors) -> None:
    """Bound a layer's arrays before they take memory: each size times all input channels."""
    bound = max((size for size in sources[0].shape[1:] if size is not None), default=1)
    window = options.get("kernel_size", 1)
    bound *= math.prod(window) if isinstance(window, list) else window**_MOST_AXES
    for key in _COUNTS:
        bound *= options.get(key, 1)
    if bound > MAX_VALUES:
        raise Unfit(f"arrays of at most {MAX_VALUES} values", f"an array of {bound} values")


def _config(entry: Entry) -> Mapping[str, Any]:
    config = entry["config"]
    if not isinstance(config, Mapping):
        raise Unfit("an object of options", quote(config))
    return config


def _name(entry: Entry) -> Any:
    config = entry.get("config")
    named = config.get("name") if isinstance(config, Mapping) else None
    return entry.get("name") if named is None else named
