"""`cbcnn-train folder` and `look`: pictures of any size become a model that prepares them alike."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_codegen.verify.project import read_project
from cbcnn_inputs.datasets import load_images
from cbcnn_inputs.model_files import open_model_file
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_trainer.cli import main
from cbcnn_trainer.evaluation import planes_of, predict
from cbcnn_trainer.keras2 import framework, model_file
from examples.draw_pictures import SHAPES, write_shapes
from support.commands import board, codegen, parse_json, verify

QUICK = ["--filters", "8", "--units", "", "--epochs", "2", "--batch-size", "16", "--size", "16x12"]


def train(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    code = caught.value.code
    return code if isinstance(code, int) else 0


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shapes(tmp_path_factory.mktemp("pictures"), 20)


@pytest.mark.parametrize(
    ("options", "channels", "input_type"),
    [
        (["--reject", "40%"], 1, "int8"),
        (["--preprocessing", "none", "--fit", "stretch"], 3, "uint8"),
        (["--preprocessing", "none", "--channels", "grey", "--fit", "pad"], 1, "uint8"),
    ],
)
def test_own_pictures_become_c_that_agrees_on_the_same_folder(
    options: list[str],
    channels: int,
    input_type: str,
    shapes: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    model, code = tmp_path / "shapes.h5", tmp_path / "code"
    group = ["--group-by", r"(video\d+)"]
    broken = shapes / "circle" / "broken.png"
    broken.write_bytes(b"no picture")
    request.addfinalizer(lambda: broken.unlink(missing_ok=True))
    arguments: list[str | Path] = [
        "folder",
        "--data",
        shapes,
        "-o",
        model,
        *QUICK,
        *options,
        *group,
        "--json",
        "--skip-bad",
    ]
    assert train(*arguments) == 0
    printed = capsys.readouterr()
    assert "60 pictures of 3 classes: circle 20" in printed.err
    metrics = json.loads(printed.out)
    facts = open_model_file(model).metadata
    assert facts is not None
    assert facts.class_names == SHAPES
    assert facts.input_type == input_type
    assert isinstance(facts.pictures, PictureFit)
    assert train("evaluate", model, "--data", shapes) == 6
    assert "--skip-bad" in capsys.readouterr().err
    assert train("evaluate", model, "--data", shapes, "--json", "--skip-bad") == 0
    printed = capsys.readouterr()
    assert "circle/broken.png is left out" in printed.err
    found = json.loads(printed.out)
    assert "test pictures of those that the model was trained on" in printed.err
    assert (found["accuracy"], found["images"]) == (
        *(metrics["test_accuracy"], metrics["images"]["test"]),
    )
    codegen(model, "--target", "host", "-o", code, "--no-measure")
    report = json.loads((code / "report.json").read_text())
    assert (report["input"]["channels"], report["input"]["dtype"]) == (channels, input_type)
    assert report["pictures"]["width"] == 16
    assert str(facts.pictures) in (code / "shapes.h").read_text()
    assert str(facts.pictures) in (code / "report.md").read_text()
    if "--reject" in options:
        assert found["rejection"] == metrics["rejection"]["test"]
        assert model.with_name("shapes.coverage.png").exists()
        assert "shapes_classify_or_reject" in (code / "shapes.h").read_text()
        agree_on_a_board(model, shapes, tmp_path / "firmware")


def agree_on_a_board(model: Path, shapes: Path, folder: Path) -> None:
    """Python and an emulated board give pictures of any size the same classes."""
    name = "mps2-an386"
    assert codegen(model, "--board", name, "-o", folder, "--class-names").returncode == 0
    result = verify(model, folder, "--data", shapes, "--limit", "12", "--skip-bad")
    assert "circle/broken.png is left out" in result.stderr
    (shapes / "circle" / "broken.png").unlink()
    assert "bit mismatches  0/" in result.stdout
    assert board("build", folder, "--board", name).returncode == 0
    pictures = sorted((shapes / "circle").iterdir())[:3]
    arguments: list[str | Path] = ["--board", name, "--port", "emulated", "--dir", folder, "--json"]
    answers = parse_json(board("classify", *pictures, *arguments))["images"]
    loaded = load_images(shapes / "circle", 3, known=read_project(folder).known)
    keras = model_file.load(model)
    facts = open_model_file(model).metadata
    expected = predict(
        framework, keras, planes_of(facts, loaded.images, tuple(keras.input_shape[1:]))
    )
    assert [answer["class"] for answer in answers] == expected.tolist()


def test_a_resumed_run_knows_its_pictures_again(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments: list[str | Path] = ["folder", "--data", shapes, "-o", tmp_path / "m", *QUICK]
    assert train(*arguments) == 0
    assert train(*arguments, "--resume") == 0
    assert "is complete" in capsys.readouterr().err
    assert train(*arguments, "--resume", "--fit", "pad", "--epochs", "1") == 7
    assert "--resume to go on" in capsys.readouterr().err


def test_what_fits_other_data_sets_alone_is_refused(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train("folder", "-o", tmp_path / "m") == 2
    config = tmp_path / "run.toml"
    config.write_text('size = "16x16"\n')
    assert train("signs", "-o", tmp_path / "m", "--config", config) == 2
    assert "pictures of your own" in capsys.readouterr().err
    few = ["--reject", "1%", *QUICK]
    assert train("folder", "--data", shapes, "-o", tmp_path / "few", *few) == 6
    printed = capsys.readouterr().err
    assert "larger --reject" in printed
    assert "epoch 1" not in printed
    assert train("folder", "--data", shapes, "-o", tmp_path / "m", "--size", "9x") == 2
    assert "32x32" in capsys.readouterr().err


def test_a_look_tells_counts_sizes_copies_and_draws_what_the_network_sees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = write_shapes(tmp_path / "pictures", 22)
    (pictures / "square" / "copy.jpg").write_bytes(
        (pictures / "square" / "video00_000.jpg").read_bytes()
    )
    for index in range(4):
        (pictures / "rare").mkdir(exist_ok=True)
        noise = np.random.default_rng(index).integers(0, 256, (30, 30, 3)).astype(np.uint8)
        Image.fromarray(noise).save(pictures / "rare" / f"{index}.png")
    (pictures / "rare" / "bad.png").write_bytes(b"\x89PNG")
    sheet = tmp_path / "look.png"
    assert train("look", "--data", pictures, "-o", sheet) == 0
    printed = capsys.readouterr().out
    assert "square          23" in printed
    assert "copy.jpg" in printed
    assert "few pictures    1 classes: rare" in printed
    assert "bad.png is left out" in printed
    with Image.open(sheet) as picture:
        assert min(picture.size) > 300
    assert train("look", "--data", pictures, "--json") == 0
    seen = json.loads(capsys.readouterr().out)
    assert seen["classes"] == {"circle": 22, "rare": 4, "square": 23, "triangle": 22}
    assert seen["small_classes"] == ["rare"]
    assert sum(seen["parts"].values()) == 71
    assert [entry["picture"] for entry in seen["unreadable"]] == ["rare/bad.png"]
    assert seen["copies"] == [["square/copy.jpg", "square/video00_000.jpg"]]
