"""Things of somebody's own in a model file, as what the user says that they are.

A file may name a quantizer, a function or a layer whose code it does not hold. The user knows what
that code does: `xnor_weight_scale=magnitude_aware_sign`. Each such name is replaced in the file's
description by what it stands for, before anything reads that, so that the generator and the trainer
both see known things alone. No code is looked up or executed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from cbcnn_inputs.answers import FUNCTIONS
from cbcnn_inputs.errors import UsageError
from cbcnn_inputs.model_files.class_names import STORED_CLASS, stored_class
from cbcnn_inputs.model_files.limits import MAX_NESTED_MODELS, quote
from cbcnn_inputs.model_files.opening import ModelFile
from cbcnn_inputs.model_files.places import snake_case
from cbcnn_inputs.model_files.weights import Location, Weights

Role = Literal["weights", "values", "layer"]
"""Where a name stands: it makes weights of latent ones, values of values, or is a layer."""

MODELS: Final = ("Sequential", "Functional", "Model")
_ROLES: Final[Mapping[str, Role]] = {
    "kernel_quantizer": "weights",
    "depthwise_quantizer": "weights",
    "pointwise_quantizer": "weights",
    "input_quantizer": "values",
    "activation": "values",
}
_OF_ANY_LAYER: Final = ("name", "trainable", "dtype", "batch_input_shape", "batch_shape")

_ZOO: Final = {
    "xnor_weight_scale": "clipped",
    "magnitude_aware_sign_unclipped": "layer",
}
"""Quantizers of weights of Larq Zoo, which are a scale times a sign, and that scale: the mean of
the magnitudes of each filter, clipped to 1, or of the whole layer."""

_SIGNS: Final = ("ste_sign", "approx_sign", "swish_sign")
_FUNCTIONS: Final = ("relu", "relu6", "swish", *FUNCTIONS)
MEANINGS: Final = (
    *("sign", *_SIGNS, "magnitude_aware_sign", "layer_magnitude_sign", "ste_tern[:THRESHOLD]"),
    *(
        "ternary_weight_networks",
        "ste_heaviside",
        "dorefa:BITS",
        "st_dorefa:BITS",
        "identity",
        "relu",
        "relu6",
    ),
    *("clip:0:HIGH", "hard_tanh", "tanh", "sigmoid", "swish", "elu", "selu", "scale", "bias"),
)
"""What a name may stand for; `scale` and `bias` are layers that multiply with their arrays or add
them, which broadcast to the map."""


ARRAYS: Final = ("ChannelScale", "ChannelBias")
"""Layers that multiply with arrays or add them; their option `shapes` says of what shapes."""


@dataclass(frozen=True)
class _Place:
    """Where the arrays of a layer are; see `weights.Place`."""

    path: tuple[str, ...] = ()
    location: Location = ()

    @property
    def name(self) -> str:
        """For messages."""
        return "/".join(self.path)

    def inside(self, name: str, where: tuple[str, int]) -> _Place:
        """A layer of the model at this place."""
        return _Place((*self.path, name), (*self.location, where))


@dataclass
class _Replacing:
    """Replaces names, and remembers which of them stood in the description."""

    meanings: Mapping[str, str]
    weights: Weights
    used: set[str] = field(default_factory=set)

    def model(self, description: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        """The description of a model."""
        config = description.get("config")
        if len(place.path) > MAX_NESTED_MODELS:
            return description
        if isinstance(config, list):
            return {**description, "config": self._layers(config, place)}
        if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list):
            return description
        layers = self._layers(config["layers"], place)
        return {**description, "config": {**config, "layers": layers}}

    def _layers(self, entries: Sequence[Any], place: _Place) -> list[Any]:
        counts: Counter[str] = Counter()
        made: list[Any] = []
        for entry in entries:
            config = entry.get("config") if isinstance(entry, Mapping) else None
            if not isinstance(config, Mapping | list):
                made.append(entry)
                continue
            named = config.get("name") if isinstance(config, Mapping) else None
            kind = snake_case(stored_class(entry))
            inner = place.inside(str(entry.get("name", named)), (kind, counts[kind]))
            counts[kind] += 1
            made.append(self._layer(entry, config, inner))
        return made

    def _layer(self, entry: Mapping[str, Any], config: Any, place: _Place) -> Any:
        if entry.get("class_name") in MODELS:
            return self.model(entry, place)
        if not isinstance(config, Mapping):
            return entry
        name = self._find(*_names(entry), config.get("name"), entry.get("name"))
        if name is not None:
            made = _make(name, self.meanings[name], "layer")
            kept = {key: config[key] for key in _OF_ANY_LAYER if key in config}
            if made["class_name"] in ARRAYS:
                kept["shapes"] = [list(of.shape) for of in self.weights.read_all(place)]
            plain = {key: entry[key] for key in ("name", "inbound_nodes") if key in entry}
            stored = {STORED_CLASS: entry.get("class_name")}
            return {**plain, **stored, **made, "config": {**kept, **made["config"]}}
        changed = {
            key: self._option(config[key], role) for key, role in _ROLES.items() if key in config
        }
        return {**entry, "config": {**config, **changed}}

    def _option(self, value: Any, role: Role) -> Any:
        names = [value] if isinstance(value, str) else [*_names(value)]
        name = self._find(*names)
        return value if name is None else _make(name, self.meanings[name], role)

    def _find(self, *names: Any) -> str | None:
        found = next(
            (name for name in names if isinstance(name, str) and name in self.meanings), None
        )
        self.used.update(() if found is None else (found,))
        return found


def replace_custom(file: ModelFile, custom: Sequence[str]) -> ModelFile:
    """The file with its own names replaced.

    Args:
        file: what was read.
        custom: texts `NAME=MEANING`; see `MEANINGS`. A name is that of a class, of a function or of
            one layer.

    Raises:
        UsageError: a text is none of these, or nothing in the model has that name.
    """
    if not custom:
        return file
    meanings = dict(map(_parse, custom))
    replacing = _Replacing(meanings, file.weights)
    architecture = replacing.model(file.architecture, _Place())
    unused = sorted(meanings.keys() - replacing.used)
    if unused:
        raise UsageError(
            f"--custom {unused[0]}={meanings[unused[0]]} changes nothing",
            found=f"nothing in the model is called {quote(unused[0])}",
            allowed="the name of a class or of a function that a layer names, or of a layer",
        )
    return replace(file, architecture=architecture)


def _parse(text: str) -> tuple[str, str]:
    name, separator, meaning = text.partition("=")
    if not separator or not name:
        raise UsageError(
            f"--custom {text} says nothing",
            found=quote(text),
            allowed="NAME=MEANING, as in xnor_weight_scale=magnitude_aware_sign",
        )
    _make(name, meaning, None)
    return name, meaning


def _names(item: Any) -> Iterator[str]:
    """Names of a serialised object, with and without its package."""
    if not isinstance(item, Mapping):
        return
    for value in (item.get("class_name"), item.get("registered_name"), item.get("config")):
        if isinstance(value, str):
            yield value
            yield value.rpartition(">")[2]


def _make(name: str, meaning: str, role: Role | None) -> Any:
    """The object of the file that a meaning is in a role; None for what does nothing.

    Raises:
        UsageError: no meaning, or none in this role. Without a role any is right.
    """
    kind, *numbers = meaning.split(":")
    made = [of for of in ("weights", "values", "layer") if _object(name, kind, numbers, of)]
    if not made:
        raise UsageError(
            f"--custom {name}={meaning} means nothing",
            found=quote(meaning),
            allowed=", ".join(MEANINGS),
        )
    if role is None:
        return None
    if role not in made:
        raise UsageError(
            f"--custom {name}={meaning} does not fit",
            found=f"{quote(name)} where {_PLACES[role]}",
            allowed=f"{meaning} where {' or '.join(_PLACES[of] for of in made)}",
        )
    found = _object(name, kind, numbers, role)
    if role != "layer":
        return None if found == _NOTHING else found
    assert found is not None, "it has this role"
    if found["class_name"] in ("function", "linear"):
        return {"class_name": "Activation", "config": {"activation": found["config"]}}
    return found


_PLACES: Final = {
    "weights": "weights are quantized",
    "values": "values are",
    "layer": "a layer is",
}
_NOTHING: Final = {"class_name": "function", "config": "linear"}


def _object(name: str, kind: str, numbers: Sequence[str], role: str) -> dict[str, Any] | None:
    """What a meaning is in a role; None for nothing."""
    if numbers:
        return _with_numbers(kind, numbers, role)
    known: dict[str, tuple[str, Any]] = {
        "identity": ("function", "linear"),
        "ste_heaviside": ("SteHeaviside", {}),
        "ste_tern": ("SteTern", {}),
        **dict.fromkeys(("sign", *_SIGNS), ("SteSign", {})),
    }
    if role == "weights":
        known["sign"] = ("ScaledSign", {"scale": _ZOO.get(name, "shown")})
        known["layer_magnitude_sign"] = ("ScaledSign", {"scale": "layer"})
        known["magnitude_aware_sign"] = ("MagnitudeAwareSign", {})
        known["ternary_weight_networks"] = ("SteTern", {"ternary_weight_networks": True})
    else:
        known.update({function: ("function", function) for function in _FUNCTIONS})
    if role == "layer":
        known.update(scale=("ChannelScale", {}), bias=("ChannelBias", {}))
    if kind not in known:
        return None
    made, config = known[kind]
    return {"class_name": made, "config": config}


_DOREFA: Final = {"dorefa": ("DoReFa", 1), "st_dorefa": ("STCustomDoReFa", 2)}
"""Classes of quantizers of some bits, and their fewest."""


def _with_numbers(kind: str, numbers: Sequence[str], role: str) -> dict[str, Any] | None:
    """Meanings with a number: bits, a threshold, or limits."""
    try:
        values = [float(number) for number in numbers]
    except ValueError:
        return None
    if not all(map(math.isfinite, values)):
        return None
    if kind in _DOREFA and len(values) == 1:
        of, fewest = _DOREFA[kind]
        mode = "weights" if role == "weights" else "activations"
        made = {"class_name": of, "config": {"k_bit": int(values[0]), "mode": mode}}
        return made if values[0] in range(fewest, 17) else None
    if kind == "ste_tern" and len(values) == 1 and values[0] > 0:
        return {"class_name": "SteTern", "config": {"threshold_value": values[0]}}
    if kind == "clip" and len(values) == 2 and role != "weights":
        if values == [-1, 1]:
            return {"class_name": "function", "config": "hard_tanh"}
        if values[0] == 0 < values[1]:
            return {"class_name": "ReLU", "config": {"max_value": values[1]}}
    return None
