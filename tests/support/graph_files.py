"""Write a graph as the Keras model file that it could have been read from.

    graph_to_h5(graph, path)      # tf.keras.models.load_model(path) after `import larq`
    graph_to_keras(graph, path)

The file computes what the graph computes, and reading it gives the same operations under the names
of the layers. Latent weights are the signs times 0.5, so that a reader has something to binarize.
Signs of zero -1 become an `Activation("binary_tanh")`, which Larq does not know: a test that loads
such a file with TensorFlow passes `custom_objects={"binary_tanh": ...}`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from cbcnn_codegen.ir import (
    NO_PADDING,
    Graph,
    Monotone,
    Operation,
    Product,
    Shape,
    Window,
    same_padding,
)
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.dorefa import Dorefa
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.heaviside import Heaviside
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.ternary import Ternary
from cbcnn_inputs.metadata import ModelMetadata
from support.keras_files import (
    Dialect,
    Layer,
    batch_norm,
    input_layer,
    quant_conv,
    quant_dense,
    quantizer,
    write_h5,
    write_keras,
)


@dataclass(frozen=True)
class Style:
    """Which of several ways to say the same thing a file takes.

    Attributes:
        sign: of the quantizers that all compute the same at inference.
        trained: with what only matters in training: dropout, and softmax or sigmoid at the end.
    """

    sign: str = "ste_sign"
    trained: bool = False


PLAIN = Style()


def graph_to_h5(
    graph: Graph,
    path: Path,
    *,
    dialect: Dialect = "tf2.13",
    functional: bool = False,
    style: Style = PLAIN,
) -> Path:
    """Write a float-level graph as `.h5`; raises ValueError for what Keras cannot say."""
    layers = graph_to_layers(graph, dialect, style)
    return write_h5(path, layers, dialect=dialect, functional=functional, metadata=_metadata(graph))


def graph_to_keras(
    graph: Graph,
    path: Path,
    *,
    dialect: Dialect = "keras3",
    functional: bool = False,
    style: Style = PLAIN,
) -> Path:
    """Write a float-level graph as `.keras`; raises ValueError for what Keras cannot say."""
    layers = graph_to_layers(graph, dialect, style)
    return write_keras(
        path, layers, dialect=dialect, functional=functional, metadata=_metadata(graph)
    )


def _metadata(graph: Graph) -> ModelMetadata:
    return ModelMetadata(
        graph.input.dtype,
        graph.preprocessing,
        graph.class_names,
        pictures=graph.pictures,
        rejection=graph.rejection,
    )


def graph_to_layers(graph: Graph, dialect: Dialect = "tf2.13", style: Style = PLAIN) -> list[Layer]:
    """The layers of a float-level graph, the input layer first."""
    return _Writer(graph, dialect, style).write()


class _Writer:
    """Walks the chain once and keeps the shape and the rank that Keras sees."""

    def __init__(self, graph: Graph, dialect: Dialect, style: Style) -> None:
        self.graph = graph
        self.style = style
        self.dialect: Dialect = dialect
        self.shape = graph.input.shape
        self.pixels = self.shape.height * self.shape.width
        self.rank = 2 if self._is_vector() else 4
        self.layers = [self._input()]
        self._names: set[str] = {self.layers[0].name}

    def _is_vector(self) -> bool:
        """A 1x1 image that a dense layer reads before anything asks for a map."""
        first = next((op for op in self.graph.ops if not _is_function(op)), None)
        vector = isinstance(first, Dense) or (isinstance(first, BatchNorm) and not first.fused)
        return self.pixels == 1 and vector

    def _input(self) -> Layer:
        shape = self.shape[2:] if self.rank == 2 else self.shape
        return input_layer(*shape, name="image")

    def write(self) -> list[Layer]:
        source, ops = self.graph.input, list(self.graph.ops)
        scale = 1.0
        if isinstance(first := ops[0], Affine):
            assert first.scale is not None
            scale = first.scale
            del ops[0]
        if (source.shift, source.offset, scale) != (0, 0, 1.0):
            config = {"scale": scale * 2**source.shift, "offset": scale * source.offset}
            self._add("Rescaling", "rescaling", config)
        for position, op in enumerate(ops):
            following = ops[position + 1] if position + 1 < len(ops) else None
            preceding = ops[position - 1] if position else None
            self._write(op, preceding, following)
            if self.style.trained and isinstance(op, BatchNorm):
                self._add("Dropout", f"{op.name}_dropout", {"rate": 0.5})
        if self.style.trained:
            scores = self.graph.types[self.graph.outputs[0]].shape.size
            end = "softmax" if scores > 1 else "sigmoid"
            self._add("Activation", end, {"activation": end})
        return self.layers

    def _write(
        self, op: Operation, preceding: Operation | None, following: Operation | None
    ) -> None:
        match op:
            case Sign():
                if not (op.zero > 0 and isinstance(following, Conv | Dense)):
                    self._add("Activation", op.name, {"activation": self._activation(op)})
            case Conv() | Dense():
                worth = following if isinstance(following, Affine) else Affine("none")
                quantized = isinstance(preceding, Sign) and preceding.zero > 0
                self._write_product(op, worth, quantized)
            case Affine():
                pass  # part of the product in front of it
            case BatchNorm():
                self._write_norm(op)
            case MaxPool():
                self._write_pool(op)
            case Flatten():
                self._add("Flatten", op.name, {"data_format": "channels_last"})
                self.shape, self.rank = Shape(1, 1, self.shape.size), 2
            case Monotone():
                self._add(*_function(op))
            case _:
                raise ValueError(f"{op.name}: {type(op).__name__} has no Keras layer")

    def _activation(self, op: Sign) -> Any:
        return quantizer(self.style.sign, self.dialect) if op.zero > 0 else "binary_tanh"

    def _add(self, class_name: str, name: str, config: dict[str, Any]) -> None:
        self._append(Layer(class_name, self._layer_name(name), config))

    def _append(self, layer: Layer) -> None:
        if layer.name in self._names:
            raise ValueError(f"two layers would be called {layer.name!r}")
        self._names.add(layer.name)
        self.layers.append(layer)

    @staticmethod
    def _layer_name(name: str) -> str:
        return name.replace("/", "_")

    def _write_product(self, op: Conv | Dense, worth: Affine, quantized: bool) -> None:
        if isinstance(op, Dense) and self.rank == 4:
            self._write(Flatten(f"{op.name}_flatten"), None, None)
        name = self._layer_name(op.name)
        values, kernel_quantizer = _kernel(op, worth, self.style.sign)
        config: dict[str, Any] = {
            "input_quantizer": self.style.sign if quantized else None,
            "kernel_quantizer": kernel_quantizer,
            "bias": worth.bias,
        }
        if isinstance(op, Dense):
            self._append(quant_dense(name, values.reshape(len(values), -1).T, **config))
            self.shape = Shape(1, 1, len(values))
            return
        self._append(
            quant_conv(
                name,
                values.transpose(1, 2, 3, 0),
                strides=[op.window.stride_height, op.window.stride_width],
                padding=self._padding(op.name, op.window),
                pad_values=op.pad,
                **config,
            )
        )
        self.shape = Shape(*op.window.output_size(*self.shape[:2]), len(values))

    def _padding(self, name: str, window: Window) -> str:
        if window.padding == NO_PADDING:
            return "valid"
        if window.padding == same_padding((self.shape.height, self.shape.width), window):
            return "same"
        raise ValueError(f"{name}: padding {window.padding} is neither valid nor same")

    def _write_norm(self, op: BatchNorm) -> None:
        if op.fused != (self.rank == 4 and self.dialect != "keras3"):
            raise ValueError(f"{op.name}: fused={op.fused} on a tensor of rank {self.rank}")
        values: dict[str, Any] = {"mean": op.mean, "variance": op.variance}
        values["gamma"] = None if (op.gamma == 1).all() else op.gamma
        values["beta"] = None if (op.beta == 0).all() else op.beta
        name, channels, axis = self._layer_name(op.name), len(op.mean), [self.rank - 1]
        self._append(batch_norm(name, channels, axis=axis, epsilon=op.epsilon, **values))

    def _write_pool(self, op: MaxPool) -> None:
        window = op.window
        if window == Window(*self.shape[:2], 1, 1):
            config = {"keepdims": True, "data_format": "channels_last"}
            self._add("GlobalMaxPooling2D", op.name, config)
            self.shape = Shape(1, 1, self.shape.channels)
            return
        config = {
            "pool_size": [window.height, window.width],
            "strides": [window.stride_height, window.stride_width],
            "padding": self._padding(op.name, window),
            "data_format": "channels_last",
        }
        self._add("MaxPooling2D", op.name, config)
        self.shape = Shape(*window.output_size(*self.shape[:2]), self.shape.channels)


def _is_function(op: Operation) -> bool:
    """Does it work on vectors and maps alike?"""
    return isinstance(op, Monotone) and not isinstance(op, Affine | BatchNorm)


def _function(op: Monotone) -> tuple[str, str, dict[str, Any]]:
    """The layer of a function without arrays: its fields are the options of Keras."""
    options = {field.name: getattr(op, field.name) for field in fields(op)}
    if isinstance(op, Clip):
        return "ReLU", op.name, {"max_value": op.high}
    if isinstance(op, Dorefa):
        bits = {"k_bit": op.levels.bit_length(), "mode": "activations"}
        return "DoReFaQuantizer", op.name, bits
    if isinstance(op, Ternary):
        return "SteTern", op.name, {"threshold_value": op.threshold}
    if isinstance(op, Heaviside):
        return "SteHeaviside", op.name, {}
    return type(op).__name__.replace("Relu", "ReLU"), options.pop("name"), options


def _kernel(op: Product, worth: Affine, sign: str) -> tuple[Any, str | None]:
    """Kernel values, output channel first, and the quantizer that makes them binary.

    Multipliers are worth a magnitude-aware sign where they are positive. A negative one turns the
    signs of its channel over, so the file is read as another graph, which computes the same.
    """
    if worth.multiplier is None:
        return (op.weights * 0.5).astype(np.float32), sign
    values = op.weights * worth.multiplier.reshape(-1, 1, 1, 1)
    quantizer_name = "magnitude_aware_sign" if (worth.multiplier > 0).all() else None
    return values.astype(np.float32), quantizer_name
