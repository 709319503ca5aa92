"""A model as a user types it, trains it (here: fills it with hard values) and saves it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.options import MODES
from cbcnn_inputs.metadata import InputType
from support.typed.chain import draw_chain
from support.typed.nest import Net, draw_net
from support.typed.state import Dimensions
from support.typed.weights import fill

TARGETS = ("host", "cortex-m4", "cortex-m0")
PREAMBLE = """\
import larq, tensorflow as tf
from cbcnn_trainer.keras2 import layers as cbcnn
from tensorflow import keras
from tensorflow.keras import layers

def functional(image, layers, name=None):
    value = image
    for layer in layers:
        value = layer(value)
    return keras.Model(image, value, name=name)
"""


@dataclass(frozen=True)
class Typed:
    """A drawn model.

    Attributes:
        seed: draws the same again.
        net: its layers.
        shape: of one image, without the batch.
        input_type: of its integers.
        rescale: what the images go through in front of the model.
        suffix: of the file.
        quantized: saved in `larq.context.quantized_scope(True)`.
        compiled: saved with an optimizer.
        code: options of the generator.
    """

    seed: int
    net: Net
    shape: Dimensions
    input_type: InputType
    rescale: tuple[float, float] | None
    suffix: str
    quantized: bool
    compiled: bool
    code: Mapping[str, Any]

    def __str__(self) -> str:
        """The program that makes the model; the values come from the seed."""
        return "\n".join(
            [
                f"# seed {self.seed}, {self.input_type} images, rescale={self.rescale}, "
                f"{self.suffix}, quantized_scope={self.quantized}, compiled={self.compiled}, "
                f"{dict(self.code)}",
                PREAMBLE,
                f"model = {self.net}",
            ]
        )

    def images(self, count: int) -> npt.NDArray[Any]:
        """Noise, constants and both extremes."""
        limits = np.iinfo(np.dtype(self.input_type))
        rng = np.random.default_rng(self.seed)
        shape = (count, *self.shape)
        images = rng.integers(limits.min, limits.max, shape, self.input_type, endpoint=True)
        for index, value in zip(range(count // 3), (limits.min, limits.max, 0), strict=False):
            images[index] = value
        return images


def draw_model(seed: int) -> Typed:
    """The model of a seed; needs no TensorFlow."""
    rng = np.random.default_rng(seed)
    shape, parts = draw_chain(rng)
    rescaled = any(part.call.kind == "Rescaling" for part in parts)
    scalings = [(1 / 128, -1.0), (1 / 256, 0.0), (2.0, -255.0)]
    chosen = None if rescaled or rng.random() < 0.7 else scalings[int(rng.integers(3))]
    return Typed(
        seed=seed,
        net=draw_net(rng, parts),
        shape=shape,
        input_type="uint8" if chosen or rescaled or rng.random() < 0.5 else "int8",
        rescale=chosen,
        suffix=".h5" if rng.random() < 0.5 else ".keras",
        quantized=bool(rng.random() < 0.1),
        compiled=bool(rng.random() < 0.1),
        code={
            "target": TARGETS[int(rng.integers(len(TARGETS)))],
            "optimize": MODES[int(rng.integers(len(MODES)))],
            "scores": "float" if rng.random() < 0.3 else "integer",
            "split_weights": bool(rng.random() < 0.2),
        },
    )


def build_model(typed: Typed) -> Any:
    """The Keras model, with its values."""
    from cbcnn_trainer.keras2 import layers as cbcnn
    from cbcnn_trainer.keras2.backend import larq, tf

    tf.keras.backend.clear_session()
    modules = {"cbcnn": cbcnn, "keras": tf.keras, "larq": larq, "layers": tf.keras.layers}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = tf.autograph.experimental.do_not_convert(typed.net.build)(modules)
        if not model.built:
            model.build((None, *typed.shape))
    scale = 1.0 if typed.rescale is None else typed.rescale[0]
    fill(model, np.random.default_rng(typed.seed + 1), scale)
    return model


def save_model(typed: Typed, model: Any, folder: Path) -> Path:
    """Write the model file with Keras itself.

    A `.h5` file takes no two variables of one name; where Keras refuses it, it becomes a `.keras`
    file.
    """
    from cbcnn_trainer.keras2.backend import larq

    if typed.compiled:
        model.compile("adam", "mse")
    path = folder / f"model{typed.suffix}"
    with warnings.catch_warnings(), larq.context.quantized_scope(typed.quantized):
        warnings.simplefilter("ignore")
        try:
            model.save(path)
        except ValueError as error:
            if "name already exists" not in str(error):
                raise
            path = folder / "model.keras"
            model.save(path)
    return path
