"""Fused convolutions: the C against NumPy, its layers against Larq's, and runs that use them."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs import compilers
from cbcnn_inputs.errors import DataError, MissingToolError
from cbcnn_inputs.systems import shared_library
from cbcnn_trainer import settings, training
from cbcnn_trainer.keras2 import model_file, models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.fused import library
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.presets import Architecture
from support.commands import ROOT
from support.convolutions import SHAPES, Layer, differentiate, draw, pool
from support.small_runs import DATASET, OPTIONS
from support.tools import require_tool

NETWORK = Architecture(filters=(20, 36, 24), units=(12,))
RUN: dict[str, Any] = {**OPTIONS, "first_order": "norm-first", "convolution": "fused"}


@pytest.mark.parametrize("layer", SHAPES, ids=str)
def test_sums_and_choices_are_those_of_a_convolution_and_a_pooling(layer: Layer) -> None:
    inputs, kernel, _ = draw(layer)
    functions = library.load(layer.kernel_size, layer.pool_size)
    maxima, choices = functions.forward(inputs, kernel, signs=layer.signs)
    expected = pool(layer, inputs, kernel)
    np.testing.assert_array_equal(maxima, expected.max(axis=3))
    np.testing.assert_array_equal(choices, expected.argmax(axis=3))


@pytest.mark.parametrize("layer", SHAPES, ids=str)
def test_gradients_are_those_of_the_chosen_sums(layer: Layer) -> None:
    inputs, kernel, gradient = draw(layer)
    functions = library.load(layer.kernel_size, layer.pool_size)
    _, choices = functions.forward(inputs, kernel, signs=layer.signs)
    to_inputs, to_kernel = functions.backward(inputs, kernel, choices, gradient, signs=layer.signs)
    expected = differentiate(layer, inputs, kernel, choices, gradient)
    largest = np.abs(inputs).max()
    np.testing.assert_allclose(to_kernel, expected[1], rtol=1e-4, atol=1e-4 * largest)
    if layer.signs:
        np.testing.assert_allclose(to_inputs, expected[0], rtol=1e-4, atol=1e-4)
    else:
        assert not to_inputs.any()


def test_gradients_do_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layer(21, 10, 10, 70, 33)
    inputs, kernel, gradient = draw(layer)
    functions = library.load(3, 2)
    found = []
    for threads in (1, 2, 5, 100):
        monkeypatch.setattr(functions, "_threads", threads)
        _, choices = functions.forward(inputs, kernel, signs=True)
        found.append(functions.backward(inputs, kernel, choices, gradient, signs=True))
    for one in found[1:]:
        np.testing.assert_array_equal(one[0], found[0][0])
        np.testing.assert_array_equal(one[1], found[0][1])


def test_nothing_outside_of_the_arrays_is_touched() -> None:
    """Every shape again, with the sanitizers of gcc, in a process that loads them first."""
    find = ["gcc", "-print-file-name=libasan.so"]
    asan = subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()
    code = (
        "from cbcnn_trainer.keras2.fused import library\n"
        "from support.convolutions import SHAPES, draw\n"
        "library.FLAGS += ('-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover')\n"
        "for layer in SHAPES:\n"
        "    inputs, kernel, gradient = draw(layer)\n"
        "    functions = library.load(layer.kernel_size, layer.pool_size)\n"
        "    _, choices = functions.forward(inputs, kernel, signs=layer.signs)\n"
        "    functions.backward(inputs, kernel, choices, gradient, signs=layer.signs)\n"
    )
    paths = os.pathsep.join(map(str, (ROOT / "inputs", ROOT / "trainer", ROOT / "tests")))
    options = {"LD_PRELOAD": asan, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONPATH": paths}
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **options},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_c_compiles_without_a_warning(compiler: str, tmp_path: Path) -> None:
    require_tool(compiler, compiler)
    flags = (*library.FLAGS, *shared_library().flags)
    command = [compiler, *flags, "-Wall", "-Wextra", "-Werror", str(library.SOURCE)]
    command += ["-o", str(tmp_path / "c.so")]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr


def test_the_c_is_formatted_as_all_c_is() -> None:
    require_tool("clang-format", "clang-format")
    files = sorted(library.SOURCE.parent.glob("*.[ch]"))
    assert len(files) > 1
    style = f"--style=file:{ROOT / '.clang-format'}"
    checked = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", style, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def twins(architecture: Architecture) -> tuple[Any, Any]:
    """The same network of TensorFlow's convolutions and of fused ones, some gammas negative."""
    shape, classes = (17, 18, 1), 5
    plain = models.build_model(architecture, shape, classes)
    fused = models.build_model(architecture, shape, classes, convolution="fused")
    random = np.random.default_rng(1)
    for layer in plain.layers:
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            count = int(layer.gamma.shape[0])
            layer.gamma.assign(random.choice([-1.0, 0.5, 2.0], count))
            layer.beta.assign(random.normal(size=count))
            layer.moving_mean.assign(random.normal(size=count))
    fused.set_weights(plain.get_weights())
    return plain, fused


@pytest.mark.parametrize("order", ["pool-first", "norm-first"])
@pytest.mark.parametrize("pool_size", [1, 2])
def test_a_step_of_training_is_that_of_larqs_layers(order: Any, pool_size: int) -> None:
    changes = {"first_order": order, "pool_size": pool_size}
    plain, fused = twins(dataclasses.replace(NETWORK, **changes))
    random = np.random.default_rng(2)
    images = random.integers(0, 256, (12, 17, 18, 1)).astype(np.float32)
    labels = random.integers(0, 5, 12)
    found = []
    for model in (plain, fused):
        with tf.GradientTape() as tape:
            scores = model(images, training=True)
            loss = tf.keras.losses.sparse_categorical_crossentropy(labels, scores, from_logits=True)
        gradients = tape.gradient(loss, model.trainable_weights)
        found.append((scores, gradients, model.get_weights()))
    (scores, gradients, weights), (fused_scores, fused_gradients, fused_weights) = found
    np.testing.assert_allclose(fused_scores, scores, rtol=1e-4, atol=1e-4)
    for one, other in zip(fused_gradients, gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4 * np.abs(other).max() + 1e-7)
    for one, other in zip(fused_weights, weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("order", ["pool-first", "norm-first"])
def test_inference_is_that_of_larqs_layers(order: Any) -> None:
    plain, fused = twins(dataclasses.replace(NETWORK, first_order=order))
    images = np.random.default_rng(3).integers(0, 256, (12, 17, 18, 1)).astype(np.float32)
    expected = plain(images, training=False)
    np.testing.assert_allclose(fused(images, training=False), expected, rtol=1e-4, atol=1e-4)


def test_both_networks_begin_with_the_same_weights() -> None:
    begun = []
    choices: tuple[dict[str, Any], ...] = ({}, {"convolution": "fused"})
    for options in choices:
        tf.keras.utils.set_random_seed(4)
        begun.append(models.build_model(NETWORK, (16, 16, 1), 5, **options).get_weights())
    for one, other in zip(*begun, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_run_saves_larqs_layers_and_can_be_repeated(tmp_path: Path) -> None:
    runs = [Outputs.at(tmp_path / name) for name in ("one", "two")]
    metrics = [training.train(settings.resolve("signs", RUN), DATASET, outputs) for outputs in runs]
    first, second = (model_file.load(outputs.model) for outputs in runs)
    kinds = [type(layer).__name__ for layer in first.layers]
    assert kinds[:3] == ["QuantConv2D", "BatchNormalization", "MaxPooling2D"]
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert metrics[0]["settings"]["convolution"] == "fused"


def test_a_run_learns_what_one_of_tensorflows_convolutions_does(tmp_path: Path) -> None:
    """After one step both have the same weights, up to the rounding of gradients."""
    once = {**RUN, "epochs": 1, "batch_size": 160, "rotation": 0.0}
    weights = []
    for convolution in ("tensorflow", "fused"):
        outputs = Outputs.at(tmp_path / convolution)
        chosen = settings.resolve("signs", {**once, "convolution": convolution})
        training.train(chosen, DATASET, outputs)
        weights.append(model_file.load(outputs.model).get_weights())
    for one, other in zip(*weights, strict=True):
        far = np.abs(one - other) > 1e-4 + 1e-3 * np.abs(other)
        assert far.mean() < 0.01  # Adam's first step is the gradient's sign, whatever its size


def test_fused_convolutions_compute_in_float32() -> None:
    with pytest.raises(DataError, match="compute in float32"):
        settings.resolve("signs", {**RUN, "precision": "bfloat16"})


@pytest.mark.parametrize(
    "changes",
    [{"binary": False}, {"sign_of_zero": -1}, {"binary_kernels": False}, {"pool_size": 16}],
    ids=str,
)
def test_other_networks_are_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    options = {**RUN, "filters": [4], **changes}
    with pytest.raises(DataError, match="fused convolutions"):
        training.train(settings.resolve("signs", options), DATASET, Outputs.at(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_missing_compiler_costs_no_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = settings.resolve("signs", {**RUN, "epochs": 1, "convolution": "tensorflow"})
    training.train(plain, DATASET, Outputs.at(tmp_path))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(compilers, "find_compilers", lambda: ())
    chosen = settings.resolve("signs", {**RUN, "kernel_size": 7})
    with pytest.raises(MissingToolError):
        training.train(chosen, DATASET, Outputs.at(tmp_path), force=True)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilers, "find_compilers", lambda: ())
    with pytest.raises(MissingToolError) as refusal:
        library.load(3, 7)
    assert "no gcc, clang, cc or zig on PATH" in str(refusal.value)
    assert "--convolution tensorflow" in str(refusal.value)


def test_a_compiler_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "FLAGS", ("--no-such-flag",))
    with pytest.raises(MissingToolError, match="cannot be compiled") as refusal:
        library.load(3, 7)
    assert "--no-such-flag" in str(refusal.value)
