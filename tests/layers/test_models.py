"""Models of the layers: trained, saved, loaded, read for C; and files that Larq wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.read import read_model
from support.tools import require_module

require_module("keras", "train")

import keras  # noqa: E402

import cbcnn_layers as larq  # noqa: E402

pytestmark = [
    # Keras hands variables and PyTorch's tensors to NumPy in a way that NumPy 2 warns of.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
    # The reader forks a process that parses HDF5 and ends; JAX warns of any fork.
    pytest.mark.filterwarnings("ignore:os.fork"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    # Keras 2 wrote the only input of a model as a list.
    pytest.mark.filterwarnings("ignore:The structure of `inputs` doesn't match"),
]

BINARY = {"kernel_quantizer": "ste_sign", "kernel_constraint": "weight_clip"}
OF_LARQ = Path(__file__).parents[1] / "read" / "data" / "tf2.12"


def trained() -> Any:
    """A small model of every layer, after two steps."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 7, 1)),
            larq.QuantConv2D(6, 3, padding="same", use_bias=False, **BINARY),
            keras.layers.BatchNormalization(),
            larq.QuantConv2D(
                8, 3, padding="same", pad_values=1.0, input_quantizer="approx_sign", **BINARY
            ),
            keras.layers.MaxPooling2D(2),
            keras.layers.BatchNormalization(),
            larq.SwishSign(beta=3.0),
            larq.QuantDepthwiseConv2D(
                3, padding="same", depthwise_quantizer=larq.SteSign(), use_bias=False
            ),
            keras.layers.BatchNormalization(),
            larq.QuantSeparableConv2D(
                8, 2, input_quantizer="ste_sign", depthwise_quantizer="ste_sign"
            ),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            larq.QuantDense(4, input_quantizer="ste_sign", use_bias=False, **BINARY),
        ]
    )
    images = drawn(8)
    labels = np.arange(8) % 4
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.5), loss)
    model.fit(images, labels, batch_size=4, verbose=0)
    return model


def drawn(count: int) -> Any:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 8, 7, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> Any:
    return trained()


def computed(model: Any, images: Any) -> Any:
    return np.asarray(model.predict(images, verbose=0))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_saved_model_computes_the_same_when_loaded_and_when_read_for_c(
    model: Any, suffix: str, tmp_path: Path
) -> None:
    path, images = tmp_path / f"model{suffix}", drawn(16)
    model.save(path, **({} if suffix == ".keras" else {"include_optimizer": False}))
    expected = computed(model, images)
    loaded = keras.models.load_model(path, compile=False)
    np.testing.assert_array_equal(computed(loaded, images), expected)
    scores = reference.run(read_model(path).graph, images.astype(np.uint8)).scores
    np.testing.assert_array_equal(scores.reshape(expected.shape), expected)
    assert len(np.unique(expected, axis=0)) > 1, "the images are told apart by nothing"


def test_training_keeps_weights_within_the_clip(model: Any) -> None:
    kernels = [layer.get_weights()[0] for layer in model.layers if hasattr(layer, "kernel")]
    clipped = [kernel for kernel in kernels if np.abs(kernel).max() <= 1]
    assert len(clipped) >= 3
    assert any((np.abs(kernel) == 1).any() for kernel in clipped), "no weight has reached it"


@pytest.mark.parametrize("path", sorted(OF_LARQ.glob("*.h5")), ids=lambda path: path.stem)
def test_a_file_that_larq_wrote_loads_and_computes_the_same(path: Path) -> None:
    stored = np.load(OF_LARQ / "expected.npz")
    model = keras.models.load_model(path, compile=False)
    outputs = computed(model, stored["images"].astype(np.float32))
    np.testing.assert_allclose(outputs, stored[path.stem], rtol=1e-5, atol=1e-5)


def test_a_layer_computes_in_its_own_type() -> None:
    layer = larq.QuantDense(3, input_quantizer="ste_sign", dtype="mixed_bfloat16", **BINARY)
    outputs = layer(np.ones((2, 5), np.float32))
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    assert keras.backend.standardize_dtype(layer.kernel.dtype) == "float32"


@pytest.mark.parametrize(
    "make",
    [
        lambda: larq.QuantDense(3, kernel_quantizer="sign_of_mine"),
        lambda: larq.QuantDense(3, input_quantizer=7),
        lambda: larq.DoReFa(2, mode="activation"),  # type: ignore[arg-type]
        lambda: larq.SteSign(metrics=["flip_ratio"]),
    ],
)
def test_what_nothing_is_called_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"sign_of_mine|7|activation|flip_ratio"):
        make()
