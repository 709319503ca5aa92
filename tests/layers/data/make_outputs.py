"""Makes `larq_outputs.npz`: what Larq computes for every case, and its gradients.

    TF_USE_LEGACY_KERAS=1 PYTHONPATH=tests python tests/layers/data/make_outputs.py

It was made with larq 0.14.0 on TensorFlow 2.21.0 and tf-keras 2.21.0.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import larq
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from support.larq_cases import CASES, EDGES, LarqCase

OUTPUTS = Path(__file__).with_name("larq_outputs.npz")


def outputs_of(case: LarqCase) -> dict[str, npt.NDArray[Any]]:
    """The configuration, inputs, weights, outputs and gradients of a case."""
    module = larq.layers if case.is_layer else larq.quantizers
    layer = getattr(module, case.kind)(**case.options, name=case.name)
    x = tf.constant(case.inputs())
    layer.build(x.shape)
    rng = np.random.default_rng(1)
    weights = [rng.integers(-128, 129, one.shape) / 64 for one in layer.weights]
    for variable, values in zip(layer.weights, weights, strict=True):
        variable.assign(values)
    variables = list(layer.trainable_variables)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    upstream = np.random.default_rng(2).integers(-3, 4, y.shape).astype(np.float32)
    gradients = tape.gradient(y, [x, *variables], tf.constant(upstream))
    found = {
        "config": np.array(json.dumps(layer.get_config())),
        "x": x.numpy(),
        "y": y.numpy(),
        "upstream": upstream,
    }
    if not case.is_layer and case.shape == LarqCase.shape:
        found["y_of_edges"] = layer(tf.constant(EDGES, tf.float32)).numpy()
    for index, (values, _) in enumerate(zip(weights, variables, strict=True)):
        found[f"weight_{index}"] = np.asarray(values, np.float32)
    for index, gradient in enumerate(gradients):
        found[f"gradient_{index}"] = gradient.numpy()
    return found


def compute() -> dict[str, npt.NDArray[Any]]:
    """What the file holds."""
    return {
        f"{case.name}/{key}": value for case in CASES for key, value in outputs_of(case).items()
    }


if __name__ == "__main__":
    np.savez_compressed(OUTPUTS, **compute())
