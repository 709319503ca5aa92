"""Model files that cannot be generated: one message, a documented exit code, no output."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cbcnn_inputs.metadata import ModelMetadata
from support.commands import SIGNS, assert_clean_error, codegen, verify
from support.keras_files import (
    Layer,
    batch_norm,
    input_layer,
    quant_conv,
    quant_dense,
    write_h5,
)
from support.tools import require_tool

RNG = np.random.default_rng(5)
KERNEL = RNG.normal(size=(3, 3, 1, 4)).astype(np.float32)
HEAD = RNG.normal(size=(64, 3)).astype(np.float32)


def network(**changes: Any) -> list[Layer]:
    """Image, convolution, batch norm, dense layer; `changes` replace arrays or add a layer."""
    norm: dict[str, Any] = {
        "gamma": np.ones(4, np.float32),
        "beta": np.zeros(4, np.float32),
        "mean": np.zeros(4, np.float32),
        "variance": np.ones(4, np.float32),
    }
    norm |= {key: value for key, value in changes.items() if key in norm}
    layers = [
        input_layer(*changes.get("shape", (6, 6, 1)), name="image"),
        quant_conv("conv", changes.get("kernel", KERNEL), input_quantizer=None),
        batch_norm("norm", 4, **norm),
        Layer("Flatten", "flatten", {"data_format": "channels_last"}),
        quant_dense("head", changes.get("head", HEAD)),
    ]
    if "extra" in changes:
        layers.insert(3, changes["extra"])
    return layers


def with_nan(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    damaged = values.copy()
    damaged.flat[1] = np.nan
    return damaged


def generate(model: Path, out: Path) -> Any:
    return codegen(model, "--target", "host", "-o", out, "--no-measure", "--json")


def test_the_undamaged_network_is_generated(tmp_path: Path) -> None:
    model = write_h5(tmp_path / "model.h5", network())
    assert generate(model, tmp_path / "out").returncode == 0


DAMAGED_VALUES = {
    "NaN weights": {"kernel": with_nan(KERNEL)},
    "infinite weights": {"head": np.where(HEAD > 1, np.inf, HEAD)},
    "NaN in a batch norm": {"mean": with_nan(np.zeros(4, np.float32))},
    "infinite gamma": {"gamma": np.full(4, -np.inf, np.float32)},
    "negative variance": {"variance": np.full(4, -1, np.float32)},
    "a kernel of the wrong rank": {"kernel": KERNEL.reshape(9, 4)[None]},
    "a dense kernel that does not fit": {"head": HEAD[:-1]},
    "a gamma of the wrong length": {"gamma": np.ones(5, np.float32)},
}


@pytest.mark.parametrize("what", DAMAGED_VALUES)
def test_impossible_values_are_refused(what: str, tmp_path: Path) -> None:
    try:
        model = write_h5(tmp_path / "model.h5", network(**DAMAGED_VALUES[what]))
    except IndexError:  # the writer describes the kernel by its four axes
        model = write_h5(tmp_path / "model.h5", network())
        with h5py.File(model, "r+") as file:
            del file["model_weights/conv/conv/kernel:0"]
            file["model_weights/conv/conv/kernel:0"] = DAMAGED_VALUES[what]["kernel"]
    result = generate(model, tmp_path / "out")
    assert_clean_error(result, 3)
    assert any(name in result.stderr for name in ("conv", "norm", "head"))
    assert not (tmp_path / "out").exists()


def branches(path: Path) -> Path:
    layers = network()
    layers[-2].config["data_format"] = "channels_last"
    model = write_h5(path, layers, functional=True)
    with h5py.File(model, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        described = config["config"]["layers"]
        described.insert(
            3,
            {
                "class_name": "Dot",
                "config": {"name": "skip", "axes": 3, "normalize": False},
                "name": "skip",
                "inbound_nodes": [[["norm", 0, 0, {}], ["conv", 0, 0, {}]]],
            },
        )
        described[4]["inbound_nodes"] = [[["skip", 0, 0, {}]]]
        file.attrs["model_config"] = json.dumps(config)
    return model


def test_names_of_a_model_reach_neither_the_terminal_nor_the_c_unescaped(tmp_path: Path) -> None:
    """An escape sequence would be acted on by a terminal, a comment's end by a compiler."""
    require_tool("gcc", "gcc")
    evil = "\x1b[2J*/ #error ??/\n\\ {{ 1 }} [bold]"
    layers = network()
    layers[1].name = evil.replace("/", "")
    metadata = ModelMetadata("uint8", class_names=(evil, "日本語", '"'))
    model = write_h5(tmp_path / "model.h5", layers, metadata=metadata)
    out = tmp_path / "out"
    made = codegen(model, "--target", "host", "-o", out, "--class-names", "--split-weights")
    assert made.returncode == 0, made.stderr
    images = tmp_path / "images.npz"
    np.savez(images, images=RNG.integers(0, 256, (3, 6, 6, 1)).astype(np.uint8))
    shown = verify(model, out, "--data", images, "--predictions", "--builds", "quick")
    assert shown.returncode == 0, shown.stderr
    for text in (made.stdout, shown.stdout):
        assert "\x1b" not in text
        assert "[2J*" in text
    c_names = (out / "model.c").read_text()
    assert '"\\033[2J*/ #error \\077\\077/\\012\\134 {{ 1 }} [bold]"' in c_names
    assert '"\\346\\227\\245' in c_names
    for path in out.glob("*.[ch]"):
        assert "#error" not in path.read_text().replace('"\\033[2J*/ #error', "")


UNSUPPORTED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a Lambda layer": (
        lambda path: write_h5(path, network(extra=Layer("Lambda", "trick", {"function": "4wEA"}))),
        "trick",
    ),
    "a layer of unknown code": (
        lambda path: write_h5(path, network(extra=Layer("my.package>Magic", "magic", {}))),
        "magic",
    ),
    "branches": (branches, "skip"),
    "an input without a fixed shape": (
        lambda path: write_h5(path, network(shape=(None, 6, 1))),
        "image",
    ),
    "an average pooling": (
        lambda path: write_h5(path, network(extra=Layer("AdaptiveAveragePooling2D", "mean", {}))),
        "mean",
    ),
}


@pytest.mark.parametrize("what", UNSUPPORTED)
def test_unsupported_layers_are_refused_by_name(what: str, tmp_path: Path) -> None:
    write, name = UNSUPPORTED[what]
    result = generate(write(tmp_path / "model.h5"), tmp_path / "out")
    assert_clean_error(result, 4, name)
    assert not (tmp_path / "out").exists()


def test_all_unsupported_layers_are_listed_at_once(tmp_path: Path) -> None:
    layers = network(extra=Layer("Lambda", "first_trick", {"function": "4wEA"}))
    layers.insert(4, Layer("UnitNormalization", "second_trick", {}))
    result = generate(write_h5(tmp_path / "model.h5", layers), tmp_path / "out")
    assert_clean_error(result, 4, "first_trick", "second_trick", "allowed")


FILES: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_text("not a model\n"),
    "empty": lambda path: path.touch(),
    "a picture": lambda path: shutil.copy(SIGNS / "loss.png", path),
    "truncated": lambda path: path.write_bytes((SIGNS / "model.h5").read_bytes()[:100_000]),
    "a folder": lambda path: path.mkdir(),
    "missing": lambda path: None,
    "HDF5 without a model": lambda path: h5py.File(path, "w").close(),
    "a zip without a model": lambda path: path.write_bytes(b"PK\5\6" + bytes(18)),
    "a device": lambda path: path.symlink_to("/dev/null"),
    "a link that leads nowhere": lambda path: path.symlink_to("nothing"),
}


@pytest.mark.parametrize("what", FILES)
def test_files_that_are_no_model_are_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    FILES[what](path)
    assert_clean_error(generate(path, tmp_path / "out"), 3, "model.h5")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("at", [0, 2, 3])
def test_a_model_with_a_damaged_byte_range_gives_a_result_or_a_clean_error(
    at: int, tmp_path: Path
) -> None:
    content = bytearray((SIGNS / "model.h5").read_bytes())
    rng = np.random.default_rng(at)
    start = int(rng.integers(0, [256, 4096, 65536, len(content)][at % 4]))
    content[start : start + 64] = rng.bytes(min(64, len(content) - start))
    (tmp_path / "model.h5").write_bytes(content)
    result = generate(tmp_path / "model.h5", tmp_path / "out")
    if result.returncode == 0:
        assert len(list((tmp_path / "out").iterdir())) == 5
    else:
        assert_clean_error(result, result.returncode)
        assert result.returncode in (3, 4)
        assert not (tmp_path / "out").exists()
