"""The live model as a reference, its evaluation, and model files that are refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import DataError, ModelFileError
from cbcnn_inputs.metadata import ATTRIBUTE, ImageCompression, ModelMetadata
from cbcnn_inputs.model_files import open_model_file
from cbcnn_inputs.probe import Probe
from cbcnn_trainer import evaluation, oracle
from cbcnn_trainer.evaluate_file import evaluate_file
from cbcnn_trainer.keras2 import framework, model_file, models
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.presets import Architecture

FACTS = ModelMetadata(
    "int8", ImageCompression(luma=True, equalise=True, standardise_scale=64), ("a", "b", "c")
)
RANDOM = np.random.default_rng(0)
PLANES = RANDOM.integers(-127, 128, (7, 8, 8, 1)).astype(np.int8)


@pytest.fixture(scope="module", params=[".h5", ".keras"])
def model_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / f"model{request.param}"
    model = models.build_model(Architecture(filters=(4, 8), units=(6,)), (8, 8, 1), 3)
    model_file.save(model, path, FACTS)
    return path


def trace(path: Path, images: Any, name: str, **options: Any) -> Any:
    probe = Probe((name,))
    return oracle.trace(path, images, [probe], **options)[probe]


def test_trace_gives_every_layer_that_is_named(model_path: Path) -> None:
    conv, norm, last = probes = [
        Probe((name,)) for name in ("conv_1", "conv_2_norm", "dense_2_norm")
    ]
    found = oracle.trace(model_path, PLANES, probes)
    assert list(found) == probes
    assert [array.shape for array in found.values()] == [(7, 8, 8, 4), (7, 2, 2, 8), (7, 3)]
    np.testing.assert_array_equal(found[conv], np.rint(found[conv]))
    expected = model_file.load(model_path)(PLANES.astype(np.float32), training=False)
    np.testing.assert_array_equal(found[last], expected)
    assert not np.array_equal(found[norm], np.rint(found[norm]))


def test_trace_does_not_depend_on_the_batch_size(model_path: Path) -> None:
    whole = trace(model_path, PLANES, "conv_2", batch_size=7)
    parts = trace(model_path, PLANES, "conv_2", batch_size=2)
    np.testing.assert_array_equal(whole, parts)


def test_trace_scales_the_images_when_asked_to(model_path: Path) -> None:
    plain = trace(model_path, PLANES, "conv_1")
    scaled = trace(model_path, PLANES, "conv_1", rescale=(2.0, 0.0))
    np.testing.assert_array_equal(scaled, 2 * plain)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((5,), (1, 1, 5)),
        ((5,), (5,)),
        ((1, 5), (1, 5, 1)),
        ((1, 5), (5,)),
        ((4, 3), (4, 3, 1)),
        ((12,), (4, 3)),
        ((4, 3, 1), (4, 3)),
    ],
)
def test_trace_takes_images_of_any_axes_that_hold_the_values(
    wanted: tuple[int, ...], found: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "model.keras"
    layers = [tf.keras.Input(wanted), tf.keras.layers.Flatten(name="flat")]
    tf.keras.Sequential(layers).save(path)
    images = RANDOM.integers(0, 255, (2, *found)).astype(np.uint8)
    np.testing.assert_array_equal(trace(path, images, "flat"), images.reshape(2, -1))


def test_trace_refuses_other_images_and_unknown_layers(model_path: Path) -> None:
    for images in (
        PLANES.astype(np.float32),
        PLANES[:, :7],
        PLANES[:0],
        PLANES[..., 0][..., None, :4],
    ):
        with pytest.raises(DataError, match="do not fit"):
            trace(model_path, images, "conv_1")
    with pytest.raises(ModelFileError, match="no layer conv_9"):
        trace(model_path, PLANES, "conv_9")


def test_trace_reaches_layers_in_models_in_models_even_where_names_repeat(tmp_path: Path) -> None:
    units = iter(range(2, 6))

    def dense(name: str) -> Any:
        return tf.keras.layers.Dense(next(units), name=name)

    image = tf.keras.Input((3,))
    innermost = tf.keras.Sequential([dense("a"), dense("a/a")], name="a")
    inner = tf.keras.Model(image, innermost(dense("b")(image)), name="b")
    tf.keras.Sequential([inner, dense("a")]).save(tmp_path / "model.keras")
    paths = [("b", "b"), ("b", "a", "a"), ("b", "a", "a/a"), ("a",)]
    images = RANDOM.integers(0, 255, (2, 3)).astype(np.uint8)
    found = oracle.trace(tmp_path / "model.keras", images, [Probe(path) for path in paths])
    assert {probe.path: value.shape[-1] for probe, value in found.items()} == {
        ("b", "b"): 4,
        ("b", "a", "a"): 2,
        ("b", "a", "a/a"): 3,
        ("a",): 5,
    }


@pytest.mark.parametrize("activation", ["relu", "softmax", "tanh"])
def test_trace_shows_a_product_without_the_activation_that_its_layer_has(
    activation: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.keras"
    layers = [tf.keras.Input((5,)), larq.layers.QuantDense(4, name="dense", activation=activation)]
    tf.keras.Sequential(layers).save(path)
    images = RANDOM.integers(0, 255, (3, 5)).astype(np.uint8)
    before, after = Probe(("dense",), activated=False), Probe(("dense",))
    found = oracle.trace(path, images, [before, after])
    plain = layers[1].kernel.numpy()
    np.testing.assert_allclose(found[before], images.astype(np.float32) @ plain, rtol=1e-5)
    function = tf.keras.activations.get(activation)
    np.testing.assert_array_equal(found[after], function(tf.constant(found[before])).numpy())


def test_trace_shows_every_call_of_a_layer_and_of_a_model(tmp_path: Path) -> None:
    inside = tf.keras.Input((4,))
    twice = tf.keras.layers.Dense(4, name="twice", activation="tanh")
    model = tf.keras.Model(inside, twice(twice(inside)) + inside, name="model")
    image = tf.keras.Input((4,))
    first = model(image)
    end = model(tf.keras.layers.Dense(4, name="between")(first))
    whole = tf.keras.Model(image, end)
    whole.save(tmp_path / "model.keras")
    images = RANDOM.integers(0, 3, (2, 4)).astype(np.uint8)
    path = ("model", "twice")
    calls = [Probe(path, calls=of) for of in ((), (0, 1), (1, 0), (1, 1))]
    found = oracle.trace(tmp_path / "model.keras", images, [*calls, Probe(("between",))])
    value = tf.constant(images.astype(np.float32))
    for pair, start in ((calls[:2], value), (calls[2:], found[Probe(("between",))])):
        one = twice(start)
        np.testing.assert_array_equal(found[pair[0]], one)
        np.testing.assert_array_equal(found[pair[1]], twice(one))


def test_trace_shows_what_branches_and_splits_make(tmp_path: Path) -> None:
    tf.keras.backend.clear_session()  # names count from the start
    image = tf.keras.Input((4,))
    first, second = tf.split(tf.keras.layers.Dense(4, name="first")(image), [1, 3], axis=-1)
    end = tf.concat([first * 2.0, second, first], axis=-1, name="end")
    tf.keras.Model(image, end).save(tmp_path / "model.keras")
    images = RANDOM.integers(0, 255, (2, 4)).astype(np.uint8)
    probes = [Probe(("tf.split",)), Probe(("tf.split",), output=1), Probe(("first",))]
    left, right, both = oracle.trace(tmp_path / "model.keras", images, probes).values()
    np.testing.assert_array_equal(np.concatenate([left, right], axis=-1), both)
    assert (left.shape, right.shape) == ((2, 1), (2, 3))


def test_metadata_survives_the_file(model_path: Path) -> None:
    assert open_model_file(model_path).metadata == FACTS


def test_saved_models_hold_no_optimizer_state(tmp_path: Path) -> None:
    model = models.build_model(Architecture(filters=(4,), units=()), (8, 8, 1), 3)
    model_file.save(model, tmp_path / "m.h5", FACTS)
    with h5py.File(tmp_path / "m.h5") as file:
        assert list(file) == ["model_weights"]
        assert "training_config" not in file.attrs


def lambda_model(path: Path) -> None:
    layers = [tf.keras.layers.InputLayer((4,)), tf.keras.layers.Lambda(lambda x: x + 1)]
    tf.keras.Sequential(layers).save(path)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", ["m.h5", "m.keras"])
def test_a_lambda_layer_is_refused(tmp_path: Path, name: str) -> None:
    lambda_model(tmp_path / name)
    with pytest.raises(ModelFileError, match="needs code"):
        model_file.load(tmp_path / name)


def replace_config(source: Path, target: Path, change: Any) -> None:
    """Copy a .keras file with its configuration changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(name, content)


def test_an_object_of_an_unknown_module_is_refused(tmp_path: Path) -> None:
    source, target = tmp_path / "m.keras", tmp_path / "evil.keras"
    model = models.build_model(Architecture(filters=(4,), units=()), (8, 8, 1), 3)
    model_file.save(model, source, FACTS)

    def change(config: Any) -> None:
        activation = {"module": "os", "class_name": "system", "config": "true"}
        config["config"]["layers"][1]["config"]["activation"] = activation

    replace_config(source, target, change)
    with pytest.raises(ModelFileError, match="needs code"):
        model_file.load(target)


def test_layers_of_the_authors_own_modules_are_ours(tmp_path: Path) -> None:
    source, target = tmp_path / "m.keras", tmp_path / "authors.keras"
    architecture = Architecture(filters=(4,), units=(), sign_of_zero=-1, kernel_scale=0.5)
    model = models.build_model(architecture, (8, 8, 1), 3)
    model_file.save(model, source, FACTS)

    def change(config: Any) -> None:
        for layer in config["config"]["layers"]:
            if layer["class_name"].startswith("Binary"):
                layer["module"] = "binary_layers"
                layer["config"]["kernel_constraint"] = {
                    "module": "binary_layers",
                    "class_name": "Clip",
                    "config": {"min_value": -0.5, "max_value": 0.5},
                    "registered_name": "CBCNN>Clip",
                }

    replace_config(source, target, change)
    expected = trace(source, PLANES, "dense_1")
    np.testing.assert_array_equal(trace(target, PLANES, "dense_1"), expected)


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"])
@pytest.mark.parametrize("name", ["m.h5", "m.keras"])
def test_what_is_no_model_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelFileError):
        model_file.load(tmp_path / name)


def test_an_absent_model_is_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        model_file.load(tmp_path / "absent.h5")
    assert caught.value.found == "no such file"


def test_a_truncated_model_is_refused(model_path: Path, tmp_path: Path) -> None:
    content = model_path.read_bytes()
    for share in (0.2, 0.5, 0.9, 0.99):
        path = tmp_path / model_path.name
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ModelFileError):
            model_file.load(path)


def test_damaged_metadata_is_refused(tmp_path: Path) -> None:
    model = models.build_model(Architecture(filters=(4,), units=()), (8, 8, 1), 3)
    model_file.save(model, tmp_path / "m.h5", FACTS)
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        file.attrs[ATTRIBUTE] = "{"
    with pytest.raises(ModelFileError, match="metadata"):
        open_model_file(tmp_path / "m.h5")


def test_colour_images_go_through_the_block_and_planes_do_not() -> None:
    colour, shape = RANDOM.integers(0, 256, (3, 8, 8, 3)).astype(np.uint8), (8, 8, 1)
    assert evaluation.planes_of(FACTS, colour, shape).dtype == np.int8
    assert evaluation.planes_of(FACTS, colour[..., 0], shape).dtype == np.int8
    np.testing.assert_array_equal(evaluation.planes_of(FACTS, PLANES, shape), PLANES)
    raw = evaluation.planes_of(ModelMetadata("uint8"), colour[..., 0], shape)
    np.testing.assert_array_equal(raw[..., 0], colour[..., 0])
    for images in (colour, PLANES):
        with pytest.raises(DataError, match="do not fit"):
            evaluation.planes_of(ModelMetadata("uint8"), images, shape)


@pytest.mark.parametrize("shape", [(6,), (1, 6), (2, 3), (2, 3, 1)])
def test_evaluation_takes_the_images_that_a_model_without_a_channel_axis_wants(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    layers = [tf.keras.Input(shape), tf.keras.layers.Flatten(), tf.keras.layers.Dense(3)]
    tf.keras.Sequential(layers).save(tmp_path / "model.keras")
    images, labels = RANDOM.integers(0, 256, (9, *shape)).astype(np.uint8), np.arange(9) % 3
    axes = {images.shape, (9, 6)} if 1 in shape[:-1] or len(shape) == 1 else {images.shape}
    for wanted in axes:
        np.savez(tmp_path / "data.npz", images=images.reshape(wanted), labels=labels)
        found = evaluate_file(tmp_path / "model.keras", tmp_path / "data.npz")
        assert found["images"] == 9


def test_evaluation_counts_what_is_right(model_path: Path) -> None:
    model = model_file.load(model_path)
    predictions = evaluation.predict(framework, model, PLANES)
    labels = predictions.copy()
    labels[0] = (labels[0] + 1) % 3
    result = evaluation.evaluate(framework, model, PLANES, labels)
    assert result.accuracy == pytest.approx(6 / 7)
    assert result.confusion.sum() == 7
    assert sum(row["images"] for row in result.per_class(("a", "b", "c"))) == 7
    with pytest.raises(DataError, match="labels do not fit"):
        evaluation.evaluate(framework, model, PLANES, labels + 3)
    with pytest.raises(DataError, match="images do not fit"):
        evaluation.evaluate(framework, model, PLANES[:, :7], labels)
