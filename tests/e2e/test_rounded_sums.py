"""WeightSizes of -H and +H as people write them: refused with a cure, or equal to live Larq."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir.sum_error import LIKELY_ROUNDINGS
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.read.rounding import Values, WeightSizes, sum_error
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.live import LiveModel
from cbcnn_trainer.keras2.backend import larq, tf

MODELS = 6
IMAGES = 60
Generator = np.random.Generator


def draw_model(rng: Generator, norms: float) -> Any:
    """A network with magnitude_aware_sign in some layers and batch norms behind some of them."""
    layers, quant = tf.keras.layers, larq.layers
    signs = {"input_quantizer": "ste_sign"}

    def options() -> dict[str, Any]:
        kernels = ["magnitude_aware_sign", "magnitude_aware_sign", "ste_sign"]
        return {"kernel_quantizer": str(rng.choice(kernels)), "use_bias": bool(rng.random() < 0.3)}

    def padding() -> str:
        return str(rng.choice(["same", "valid"]))

    def behind() -> list[Any]:
        chain = [layers.ReLU()] if rng.random() < 0.15 else []
        return [*chain, *([layers.BatchNormalization()] if rng.random() < norms else [])]

    return tf.keras.Sequential(
        [
            tf.keras.Input((9, 8, int(rng.integers(1, 3)))),
            quant.QuantConv2D(int(rng.choice([4, 31, 33])), 3, padding=padding(), **options()),
            *([layers.MaxPool2D(2)] if rng.random() < 0.5 else []),
            *behind(),
            quant.QuantConv2D(8, int(rng.integers(1, 4)), padding=padding(), **signs, **options()),
            *behind(),
            layers.Flatten(),
            quant.QuantDense(int(rng.choice([1, 2, 5])), **signs, **options()),
            *([layers.BatchNormalization()] if rng.random() < norms else []),
        ]
    )


def fill(rng: Generator, model: Any, *, trained: bool) -> None:
    """Weights of all signs; means and offsets of norms as training leaves them, or none."""
    for weight in model.weights:
        values = rng.normal(0, 1, weight.shape)
        if "variance" in weight.name:
            values = 10 * abs(values)
        elif "mean" in weight.name:
            values = values * 5 * trained
        elif "beta" in weight.name:
            values = values * trained
        elif "bias" in weight.name:
            values = values * rng.integers(0, 2)
        weight.assign(values)


def draw_images(rng: Generator, shape: tuple[int, ...]) -> NDArray[Any]:
    """Noise, plain images and dark ones, whose sums are often zero."""
    images = rng.integers(0, 256, (IMAGES, *shape), dtype=np.uint8)
    images[:10] = rng.integers(0, 2, (10, 1, 1, 1)) * 255
    images[10:30] //= 64
    return images


def differing(path: Path, images: NDArray[Any]) -> list[str] | None:
    """What live Larq and the interpreter compute differently; None for what is refused."""
    read = read_model(path)
    try:
        lowered = lower(read.graph)
    except UnsupportedLayerError as error:
        if "kernel_quantizer='ste_sign'" not in str(error):
            raise
        return None
    live = LiveModel(read, lowered).expect(images, traced=True)
    ours = expect_reference(lowered, images, traced=True)
    assert live.layers, "nothing was compared"
    pairs = ((name, values, ours.layers[name]) for name, values in live.layers.items())
    found = [name for name, values, mine in pairs if not np.array_equal(values, mine)]
    answers = np.where(live.near_ties, live.classes, live.answers)
    return found if np.array_equal(answers, ours.classes) else [*found, "class"]


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("norms", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("trained", [True, False])
def test_a_network_with_magnitudes_is_refused_or_equal(
    norms: float, trained: bool, tmp_path: Path
) -> None:
    equal = refused = 0
    for seed in range(MODELS):
        rng = np.random.default_rng([seed, int(10 * norms), trained])
        model, path = draw_model(rng, norms), tmp_path / f"{seed}.h5"
        fill(rng, model, trained=trained)
        model.save(path)
        different = differing(path, draw_images(rng, model.input_shape[1:]))
        assert not different, f"seed {seed}: {different}"
        equal += different == []
        refused += different is None
    assert equal if norms == 1 and trained else refused, "the kind that matters was not drawn"


@pytest.mark.parametrize("inputs", [36, 288, 576])
@pytest.mark.parametrize("layer", ["conv", "dense"])
def test_no_sum_of_tensorflow_goes_beyond_its_bound(layer: str, inputs: int) -> None:
    rng = np.random.default_rng(inputs)
    size = rng.uniform(0.5, 1, 64).astype(np.float32)
    signs = rng.choice([-1.0, 1.0], (inputs, 64)).astype(np.float32)
    signs[: inputs // 2, ::2] = 1
    values = rng.choice([-1.0, 1.0], (200, inputs)).astype(np.float32)
    values[::3, : inputs // 2] = 1
    if layer == "dense":
        found = tf.linalg.matmul(values, signs * size).numpy()
    else:
        shape = (3, 3, inputs // 9)
        images, kernel = values.reshape(-1, *shape), (signs * size).reshape(*shape, 64)
        found = tf.nn.conv2d(images, kernel, 1, "VALID").numpy()
    sums = values.astype(np.int32) @ signs.astype(np.int32)
    error = sum_error(WeightSizes(size, inputs, are_summed=True, mean_error=np.zeros(64)), Values())
    assert error is not None
    off = np.abs(found.reshape(sums.shape).astype(np.float64) - sums * size.astype(np.float64))
    assert (off <= error.bound(sums)).all()
    assert (off > 0).any(), "nothing was rounded"
    near = (np.abs(sums) < inputs / 10) & (error.rounding > 0)
    roundings = off[near] / np.broadcast_to(error.rounding, off.shape)[near]
    assert np.quantile(roundings, 0.99) < LIKELY_ROUNDINGS
