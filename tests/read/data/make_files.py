"""Makes the model files beside this script, each with images and what Keras computes for them.

    python make_files.py FOLDER            with Larq: TensorFlow 2.12 to 2.15, or 2.16 and later
                                           with tf-keras and TF_USE_LEGACY_KERAS=1
    python make_files.py FOLDER --keras3   with Keras 3 and `cbcnn_layers`

The folders were made with larq 0.13.3 on TensorFlow 2.12.1 and 2.15.1, with larq 0.14.0 on
TensorFlow 2.21.0 and tf-keras 2.21.0, and with Keras 3.15.1. Those of Keras 3 are older than
`cbcnn_layers`: stand-ins of the package `Larq` wrote them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (9, 8, 1)
KERAS3 = "--keras3" in sys.argv

if KERAS3:
    import keras

    import cbcnn_layers as larq
else:
    import larq  # type: ignore[no-redef, unused-ignore]
    import tensorflow as tf

    keras = tf.keras

layers = keras.layers
QuantConv2D, QuantDense = larq.layers.QuantConv2D, larq.layers.QuantDense
BINARY = {"input_quantizer": "ste_sign", "kernel_quantizer": "ste_sign"}


def _context() -> Any:
    """Larq's module; the layers for Keras 3 have none."""
    return larq.context  # type: ignore[attr-defined]


def sequential() -> Any:
    """Scaled input, padding, quantizers in several forms, a softmax at the end."""
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Rescaling(1 / 128, -1.0),
            QuantConv2D(5, 3, padding="same", kernel_quantizer="ste_sign", use_bias=False),
            layers.MaxPool2D(2),
            layers.BatchNormalization(),
            QuantConv2D(6, 3, padding="same", **BINARY),
            layers.BatchNormalization(scale=False, momentum=0.8),
            layers.Dropout(0.2),
            layers.Flatten(),
            QuantDense(7, **BINARY),
            layers.BatchNormalization(),
            layers.Activation("softmax"),
        ]
    )


def functional() -> Any:
    """A chain of calls, a ReLU inside a layer, two layers of the same class in a row."""
    x = image = keras.Input(SHAPE)
    x = QuantConv2D(5, 3, kernel_quantizer="ste_sign", activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = QuantConv2D(5, 3, **BINARY)(x)
    x = layers.GlobalMaxPool2D()(x)
    x = QuantDense(7, **BINARY)(x)
    return keras.Model(image, x)


def nested() -> Any:
    """A model in a model."""
    block = [QuantConv2D(5, 3, kernel_quantizer="ste_sign"), layers.BatchNormalization()]
    return keras.Sequential(
        [keras.Input(SHAPE), keras.Sequential(block), layers.Flatten(), QuantDense(7, **BINARY)]
    )


def larq_extras() -> Any:
    """Quantizer objects, metrics among the weights, a sign that is a layer, pad values."""
    with _context().metrics_scope(["flip_ratio"]):
        return keras.Sequential(
            [
                keras.Input(SHAPE),
                QuantConv2D(5, 3, kernel_quantizer=larq.quantizers.ApproxSign()),
                layers.BatchNormalization(),
                layers.Activation(larq.quantizers.SteSign(clip_value=1.2)),
                QuantConv2D(
                    4,
                    3,
                    padding="same",
                    pad_values=1.0,
                    input_quantizer=larq.quantizers.SwishSign(beta=4.0),
                    kernel_quantizer="ste_sign",
                    kernel_constraint="weight_clip",
                ),
                layers.Flatten(),
                QuantDense(7, **BINARY),
            ]
        )


def quantizer_layers() -> Any:
    """Quantizers called like layers, the style that Larq recommends."""
    quantizers = larq.quantizers
    x = image = keras.Input(SHAPE)
    x = QuantConv2D(5, 3, kernel_quantizer=quantizers.SteSign())(x)
    x = layers.BatchNormalization()(x)
    x = quantizers.SwishSign(beta=3.0)(x)
    x = QuantConv2D(6, 3, padding="same", kernel_quantizer=quantizers.MagnitudeAwareSign())(x)
    x = layers.BatchNormalization()(layers.MaxPool2D(2)(x))
    x = quantizers.ApproxSign(name="binarize")(x)
    x = quantizers.NoOp(precision=1)(layers.Flatten()(x))
    x = QuantDense(7, kernel_quantizer="ste_sign", use_bias=False)(x)
    return keras.Model(image, x)


def quantizer_list() -> Any:
    """Quantizers in a list of layers, the first of them on the image."""
    return keras.Sequential(
        [
            layers.Rescaling(1 / 128, -1.0, input_shape=SHAPE),
            larq.quantizers.SteSign(),
            QuantConv2D(5, 3, kernel_quantizer="ste_sign"),
            layers.BatchNormalization(),
            larq.quantizers.SteSign(clip_value=None),
            layers.Flatten(),
            QuantDense(7, kernel_quantizer="ste_sign"),
        ]
    )


def fill(model: Any) -> None:
    """Weights of all signs, variances that are positive, a seed for each model."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        name = getattr(weight, "path", weight.name)
        values = rng.normal(0, 5 if "mean" in name else 1, weight.shape)
        values = 10 * abs(values) if "variance" in name else values
        weight.assign(values.astype(np.float32))


def save(model: Any, path: Path) -> None:
    """Save as `.h5` or `.keras`; TensorFlow 2.12 asks for the newer format by name."""
    old = not KERAS3 and tf.__version__.startswith("2.12.") and path.suffix == ".keras"
    model.save(path, **({"save_format": "keras_v3"} if old else {}))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    models = {"sequential": sequential(), "functional": functional(), "nested": nested()}
    models |= {"quantizer_layers": quantizer_layers(), "quantizer_list": quantizer_list()}
    if not KERAS3:
        models["larq_extras"] = larq_extras()
    images = np.random.default_rng(1).integers(0, 256, (20, *SHAPE)).astype(np.uint8)
    outputs = {"images": images}
    for name, model in models.items():
        fill(model)
        if name == "larq_extras":
            model.compile("adam", "mse")
            model.fit(images.astype(np.float32), np.zeros((len(images), 7)), verbose=0)
        outputs[name] = model(images.astype(np.float32), training=False).numpy()
        for suffix in (".h5", ".keras"):
            save(model, folder / f"{name}{suffix}")
    if not KERAS3:
        with _context().quantized_scope(True):
            save(models["sequential"], folder / "quantized.h5")
        outputs["quantized"] = outputs["sequential"]
    np.savez_compressed(folder / "expected.npz", **outputs)


if __name__ == "__main__":
    main()
