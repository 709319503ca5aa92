"""The shipped models over their test sets: C against live Larq, no bit of mismatch.

    make parity

Every binarized activation of the first images, every score and every class of all of them: of the
complete test sets with `make parity`, of a part in CI. It takes the data sets from CBCNN_DATA; the
test set of `signs` is drawn on the spot.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_inputs.datasets import signs
from support.commands import ROOT, codegen, parse_json, verify
from support.complete import COMPLETE, image_count
from support.tools import require_module, require_tool, unavailable

MODELS = ROOT / "examples" / "models"
TEST_IMAGES = {"gtsrb": 12_630, "fashion-mnist": 10_000, "mnist": 10_000}
SHIPPED = [f"{dataset}{suffix}" for dataset in TEST_IMAGES for suffix in ("", "-small")]
FLOATS = ("gtsrb-residual-small", "gtsrb-quicknet-small", "fashion-mnist-quicknet-small")
IN_EVERY_MODE = ("gtsrb", "mnist") if COMPLETE else ("mnist",)
IN_CI = 300
TRACED = image_count(50, 500)


@pytest.fixture(autouse=True)
def tools() -> None:
    require_tool("gcc", "gcc")
    require_module("larq", "train")


def compare(
    name: str,
    data: Path,
    count: int,
    folder: Path,
    target: str = "cortex-m4",
    mode: str = "balanced",
) -> dict[str, Any]:
    """Generate the model's code, verify it with so many images and print a line of the result."""
    model = MODELS / name / "model.h5"
    out = folder / "code"
    options = ("--target", target, "--optimize", mode, "-o", out, "--name", "net", "--json")
    generated = codegen(model, *options)
    assert generated.returncode == 0, generated.stderr
    result = verify(
        *(model, out, "--data", data, "--against", "larq", "--trace", str(TRACED)),
        *("--limit", str(count), "--builds", "quick", "--json"),
    )
    assert result.returncode == 0, result.stderr
    value = parse_json(result)
    larq = value["comparisons"]["larq"]
    print(
        f"\n{name}, {target}, {mode}: {value['images']} images, "
        f"accuracy C {value['accuracy_c']:.4f}, Larq {value['accuracy_python']:.4f}, "
        f"bit mismatches {larq['mismatched_bits']}/{larq['compared_bits']}, "
        f"near ties {value['near_ties']}"
    )
    return value


def assert_equal(value: dict[str, Any], count: int) -> None:
    assert value["images"] == count
    assert value["traced_images"] == min(TRACED, count)
    assert (value["mismatched_images"], value["mismatched_bits"]) == (0, 0)
    assert value["not_shown_by_python_model"] == []
    assert value["comparisons"].keys() == {"reference", "larq"}
    assert value["comparisons"]["larq"]["compared_bits"] > 1000 * min(TRACED, count)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", SHIPPED)
def test_c_equals_larq_on_the_test_set(name: str, tmp_path: Path) -> None:
    place = os.environ.get("CBCNN_DATA")
    if not place:
        unavailable("CBCNN_DATA names no folder with the data sets")
        return
    dataset = name.removesuffix("-small")
    count = image_count(IN_CI, TEST_IMAGES[dataset])
    value = compare(name, Path(place) / dataset, count, tmp_path)
    assert_equal(value, count)
    if not COMPLETE:
        return
    metrics = json.loads((MODELS / name / "metrics.json").read_text(encoding="utf-8"))
    assert value["accuracy_c"] == pytest.approx(metrics["test_accuracy"], abs=1e-9)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FLOATS)
def test_c_of_floats_has_the_signs_and_classes_of_larq(name: str, tmp_path: Path) -> None:
    place = os.environ.get("CBCNN_DATA")
    if not place:
        unavailable("CBCNN_DATA names no folder with the data sets")
        return
    dataset = next(known for known in TEST_IMAGES if name.startswith(known))
    count = image_count(IN_CI // 50, TEST_IMAGES[dataset])
    value = compare(name, Path(place) / dataset, count, tmp_path)
    assert value["images"] == count
    assert (value["mismatched_images"], value["mismatched_bits"]) == (0, 0)
    assert value["accuracy_c"] == value["accuracy_python"]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", ["speed", "balanced", "ram", "size"])
@pytest.mark.parametrize("target", ["cortex-m4", "host"] if COMPLETE else ["host"])
@pytest.mark.parametrize("name", IN_EVERY_MODE)
def test_every_mode_equals_larq_on_the_test_set(
    name: str, target: str, mode: str, tmp_path: Path
) -> None:
    """Both compute the kernels of buckets and of filters beside each other on this machine."""
    place = os.environ.get("CBCNN_DATA")
    if not place:
        unavailable("CBCNN_DATA names no folder with the data sets")
        return
    count = image_count(IN_CI // 10, TEST_IMAGES[name])
    assert_equal(compare(name, Path(place) / name, count, tmp_path, target, mode), count)


@pytest.mark.timeout(3600)
def test_c_equals_larq_on_the_test_set_of_signs(tmp_path: Path) -> None:
    count = image_count(IN_CI, signs.SIZES["test"])
    images, labels = signs.draw("test", count)
    data = tmp_path / "signs.npz"
    np.savez(data, images=images, labels=labels)
    value = compare("signs", data, count, tmp_path)
    assert_equal(value, count)
    assert value["accuracy_c"] > 0.95
