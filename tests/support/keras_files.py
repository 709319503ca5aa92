"""Write Keras model files with h5py and json alone, for tests that run without TensorFlow.

The files have the form that TensorFlow, tf-keras and Keras 3 write, as far as a reader can tell, so
that one network can be written in every dialect:

    write_h5(path, layers, dialect="tf2.12")
    write_keras(path, layers, dialect="keras3")

A layer is a `Layer(class_name, config, weights)`; `layer_name.graph_to_h5` makes such layers from a
graph. What is written here on purpose wrongly (shapes, values, names) is written as asked.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from cbcnn_inputs.metadata import ARCHIVE_MEMBER, ATTRIBUTE, ModelMetadata

Dialect = Literal["tf2.12", "tf2.13", "keras3"]
"""`{"class_name", "config"}` alone; with module and registered name; as Keras 3 has it."""

KERAS_VERSIONS: dict[Dialect, str] = {"tf2.12": "2.12.0", "tf2.13": "2.21.0", "keras3": "3.15.1"}
LARQ_QUANTIZERS = {
    "ste_sign": "SteSign",
    "approx_sign": "ApproxSign",
    "swish_sign": "SwishSign",
    "magnitude_aware_sign": "MagnitudeAwareSign",
    "ste_tern": "SteTern",
    "ste_heaviside": "SteHeaviside",
}
MODULES = {"QuantConv2D": "larq.layers", "QuantDense": "larq.layers"}


@dataclass
class Layer:
    """One layer of a model file.

    Attributes:
        config: without the name; quantizers as a name such as "ste_sign" are written in the form of
            the dialect, dictionaries as they are.
        weights: in the order in which Keras saves them, by their short name, such as `kernel`.
    """

    class_name: str
    name: str
    config: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, Any] = field(default_factory=dict)


def write_h5(
    path: Path,
    layers: Sequence[Layer],
    *,
    dialect: Dialect = "tf2.13",
    functional: bool = False,
    metadata: ModelMetadata | None = None,
    **dataset_options: Any,
) -> Path:
    """Write `layers` as a legacy HDF5 model file; `dataset_options` go to `create_dataset`."""
    with h5py.File(path, "w") as file:
        config = model_config(layers, dialect=dialect, functional=functional)
        file.attrs["backend"] = "tensorflow"
        file.attrs["keras_version"] = KERAS_VERSIONS[dialect]
        file.attrs["model_config"] = json.dumps(config)
        if metadata is not None:
            file.attrs[ATTRIBUTE] = metadata.to_json()
        weights = file.create_group("model_weights")
        weights.attrs["backend"] = "tensorflow"
        weights.attrs["keras_version"] = KERAS_VERSIONS[dialect]
        weights.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            names = [_variable_path(layer, name, dialect) for name in layer.weights]
            group = weights.create_group(layer.name)
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, values in zip(names, layer.weights.values(), strict=True):
                group.create_dataset(name, data=np.asarray(values), **dataset_options)
        weights.create_group("top_level_model_weights").attrs["weight_names"] = []
    return path


def _variable_path(layer: Layer, name: str, dialect: Dialect) -> str:
    if dialect == "keras3":
        return f"sequential/{layer.name}/{name}"
    return f"{layer.name}/{name}:0"


def write_keras(
    path: Path,
    layers: Sequence[Layer],
    *,
    dialect: Dialect = "keras3",
    functional: bool = False,
    metadata: ModelMetadata | None = None,
    layers_group: str = "layers",
) -> Path:
    """Write `layers` as a `.keras` archive.

    Args:
        layers_group: "layers", or "_layer_checkpoint_dependencies" as TensorFlow 2.12 names it.
    """
    config = model_config(layers, dialect=dialect, functional=functional)
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file.create_group("vars")
        group = file.create_group(layers_group)
        for layer, name in zip(layers, _snake_names(layers), strict=True):
            variables = group.create_group(f"{name}/vars")
            if dialect == "keras3":
                variables.attrs["name"] = layer.name
            for index, values in enumerate(layer.weights.values()):
                variables.create_dataset(str(index), data=np.asarray(values))
    with zipfile.ZipFile(path, "w") as archive:
        version = {"keras_version": KERAS_VERSIONS[dialect], "date_saved": "2024-01-01@00:00:00"}
        archive.writestr("metadata.json", json.dumps(version))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights.getvalue())
        if metadata is not None:
            archive.writestr(ARCHIVE_MEMBER, metadata.to_json())
    return path


def _snake_names(layers: Sequence[Layer]) -> list[str]:
    """The class names that Keras stores weights under: `quant_conv2d`, `quant_conv2d_1`, ..."""
    counts: dict[str, int] = {}
    names = []
    for layer in layers:
        spaced = re.sub(
            r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", _plain(layer))
        )
        snake = spaced.lower()
        count = counts.get(snake, 0)
        counts[snake] = count + 1
        names.append(f"{snake}_{count}" if count else snake)
    return names


def _plain(layer: Layer) -> str:
    return re.sub(r"\W+", "", layer.class_name.split(">")[-1])


def model_config(
    layers: Sequence[Layer], *, dialect: Dialect = "tf2.13", functional: bool = False
) -> dict[str, Any]:
    """The architecture as the JSON object that Keras stores."""
    described = [_describe(layer, dialect) for layer in layers]
    config: dict[str, Any] = {"name": "model", "trainable": True, "layers": described}
    if functional:
        for position, layer in enumerate(layers):
            described[position]["name"] = layer.name
            source = layers[position - 1].name if position else None
            described[position]["inbound_nodes"] = _inbound(source, dialect)
        config["input_layers"] = [[layers[0].name, 0, 0]]
        config["output_layers"] = [[layers[-1].name, 0, 0]]
    kind = "Functional" if functional else "Sequential"
    if dialect == "tf2.12":
        return {"class_name": kind, "config": config}
    module = "keras.src.models.functional" if functional else "keras"
    return {"module": module, "class_name": kind, "config": config, "registered_name": kind}


def _inbound(source: str | None, dialect: Dialect) -> list[Any]:
    if source is None:
        return []
    if dialect == "keras3":
        return [{"args": [keras_tensor(source)], "kwargs": {}}]
    return [[[source, 0, 0, {}]]]


def keras_tensor(source: str) -> dict[str, Any]:
    """How Keras 3 writes that a layer reads the output of `source`."""
    history = {"shape": [None], "dtype": "float32", "keras_history": [source, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": history}


def _describe(layer: Layer, dialect: Dialect) -> dict[str, Any]:
    config = {"name": layer.name, "dtype": _dtype(dialect), **layer.config}
    if layer.class_name != "InputLayer":
        config["trainable"] = True
    for key in ("input_quantizer", "kernel_quantizer", "activation"):
        if isinstance(config.get(key), str) and config[key] in LARQ_QUANTIZERS:
            config[key] = quantizer(config[key], dialect)
    if dialect == "keras3" and layer.class_name == "InputLayer":
        config["batch_shape"] = config.pop("batch_input_shape")
    if dialect == "tf2.12":
        return {"class_name": layer.class_name, "config": config}
    larq = layer.class_name in MODULES
    registered = {"tf2.13": layer.class_name, "keras3": f"Larq>{layer.class_name}"}[dialect]
    return {
        "module": MODULES.get(layer.class_name, "keras.layers"),
        "class_name": layer.class_name,
        "config": config,
        "registered_name": registered if larq else None,
        "build_config": {"input_shape": None},
    }


def _dtype(dialect: Dialect) -> Any:
    if dialect != "keras3":
        return "float32"
    policy = {"module": "keras", "class_name": "DTypePolicy", "registered_name": None}
    return {**policy, "config": {"name": "float32"}}


def quantizer(name: str, dialect: Dialect = "tf2.13", **config: Any) -> Any:
    """A Larq quantizer in the form of a dialect: its name, or an object with a config."""
    if dialect == "tf2.12" and not config:
        return name
    class_name = LARQ_QUANTIZERS[name]
    values = {"name": name, "trainable": True, "dtype": "float32", **config}
    if dialect == "tf2.12":
        return {"class_name": class_name, "config": values}
    registered = class_name if dialect == "tf2.13" else f"Larq>{class_name}"
    return {
        "module": "larq.quantizers",
        "class_name": class_name,
        "config": values,
        "registered_name": registered,
    }


def input_layer(*shape: int | None, name: str = "input_1") -> Layer:
    """The layer that names the shape of one image."""
    config = {"batch_input_shape": [None, *shape], "sparse": False, "ragged": False}
    return Layer("InputLayer", name, config)


def quant_conv(
    name: str, kernel: Any, *, input_quantizer: Any = "ste_sign", **config: Any
) -> Layer:
    """A QuantConv2D with a kernel in the order height, width, inputs, filters; bias by `bias=`."""
    kernel, weights = np.asarray(kernel), {"kernel": kernel}
    if (bias := config.pop("bias", None)) is not None:
        weights["bias"] = np.asarray(bias)
    defaults: dict[str, Any] = {
        "filters": kernel.shape[3],
        "kernel_size": list(kernel.shape[:2]),
        "strides": [1, 1],
        "padding": "valid",
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "groups": 1,
        "activation": "linear",
        "use_bias": bias is not None,
        "pad_values": 0.0,
        "input_quantizer": input_quantizer,
        "kernel_quantizer": "ste_sign",
    }
    return Layer("QuantConv2D", name, defaults | config, weights)


def quant_dense(
    name: str, kernel: Any, *, input_quantizer: Any = "ste_sign", **config: Any
) -> Layer:
    """A QuantDense with a kernel in the order inputs, units; bias by `bias=`."""
    kernel, weights = np.asarray(kernel), {"kernel": kernel}
    if (bias := config.pop("bias", None)) is not None:
        weights["bias"] = np.asarray(bias)
    defaults: dict[str, Any] = {
        "units": kernel.shape[1],
        "activation": "linear",
        "use_bias": bias is not None,
        "input_quantizer": input_quantizer,
        "kernel_quantizer": "ste_sign",
    }
    return Layer("QuantDense", name, defaults | config, weights)


def batch_norm(
    name: str, channels: int, *, axis: Any = -1, epsilon: float = 1e-3, **values: Any
) -> Layer:
    """A BatchNormalization; `gamma=None` and `beta=None` leave them out."""
    weights: Mapping[str, Any] = {
        "gamma": values.get("gamma", np.ones(channels, np.float32)),
        "beta": values.get("beta", np.zeros(channels, np.float32)),
        "moving_mean": values.get("mean", np.zeros(channels, np.float32)),
        "moving_variance": values.get("variance", np.ones(channels, np.float32)),
    }
    config = {
        "axis": axis,
        "momentum": 0.99,
        "epsilon": epsilon,
        "scale": weights["gamma"] is not None,
        "center": weights["beta"] is not None,
    }
    kept = {key: value for key, value in weights.items() if value is not None}
    return Layer("BatchNormalization", name, config, kept)
