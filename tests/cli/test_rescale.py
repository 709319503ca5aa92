"""A network whose file does not say how its images were scaled: warned of, found, and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.commands import SIGNS, Result, assert_clean_error, codegen, parse_json, verify
from support.scaled_model import SCALING, write_data, write_model
from support.tools import require_tool


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("scaled") / "levels.h5")


@pytest.fixture(scope="module")
def data(model: Path) -> Path:
    return write_data(model.with_name("levels.npz"))


def generate(model: Path, out: Path, *options: str | Path) -> Result:
    return codegen(model, "--target", "host", "--no-measure", "-o", out, *options)


def checked(model: Path, out: Path, data: Path, *options: str) -> Result:
    require_tool("gcc", "gcc")
    result = verify(model, out, "--data", data, "--builds", "quick", *options)
    assert result.returncode == 0, result.stderr
    return result


def test_a_file_that_says_nothing_of_its_images_is_warned_of(model: Path, tmp_path: Path) -> None:
    told = generate(model, tmp_path / "out")
    assert told.returncode == 0, told.stderr
    for word in ("uint8", "x/255", "x/127.5-1", "x/128-1", "--rescale auto --data"):
        assert word in told.stderr
    assert "--rescale" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", ["x", "1,0", "x/127.5-1"])
def test_whoever_says_the_scaling_is_not_warned(option: str, model: Path, tmp_path: Path) -> None:
    told = generate(model, tmp_path / "out", "--rescale", option, "--input", "uint8")
    assert told.returncode == 0, told.stderr
    assert "--rescale" not in told.stderr


def test_the_input_type_alone_does_not_say_the_scaling(model: Path, tmp_path: Path) -> None:
    told = generate(model, tmp_path / "out", "--input", "uint8")
    assert "--rescale" in told.stderr
    assert "input type" not in told.stderr


def test_a_model_of_ours_is_not_warned_of(tmp_path: Path) -> None:
    told = generate(SIGNS / "model.h5", tmp_path / "out")
    assert told.stderr == ""


@pytest.mark.parametrize("text", ["1/127.5,-1", "x/127.5-1", "(x-127.5)/127.5", "0.00784313725,-1"])
def test_expressions_are_taken_and_give_the_same_code(
    text: str, model: Path, data: Path, tmp_path: Path
) -> None:
    assert generate(model, tmp_path / "out", "--rescale", text).returncode == 0
    value = parse_json(checked(model, tmp_path / "out", data, "--json"))
    assert value["accuracy_c"] == 1.0
    assert value["near_chance"] is False


def test_an_expression_that_is_none_is_told(model: Path, tmp_path: Path) -> None:
    told = generate(model, tmp_path / "out", "--rescale", "x*x")
    assert_clean_error(told, 2, "x*x", "straight line", "x/127.5-1")
    assert not (tmp_path / "out").exists()


def test_an_accuracy_near_chance_is_said_loudly_and_what_to_check(
    model: Path, data: Path, tmp_path: Path
) -> None:
    assert generate(model, tmp_path / "out").returncode == 0
    told = checked(model, tmp_path / "out", data)
    for word in ("ACCURACY IS NEAR CHANCE", "--rescale", "colour order", "label order"):
        assert word in told.stderr
    value = parse_json(checked(model, tmp_path / "out", data, "--json"))
    assert value["near_chance"] is True
    assert value["mismatched_bits"] == 0


def test_a_few_images_and_images_without_labels_are_not_judged(model: Path, tmp_path: Path) -> None:
    assert generate(model, tmp_path / "out").returncode == 0
    few = write_data(tmp_path / "few.npz", 3)
    assert "CHANCE" not in checked(model, tmp_path / "out", few).stderr
    bare = write_data(tmp_path / "bare.npz", labelled=False)
    assert parse_json(checked(model, tmp_path / "out", bare, "--json"))["near_chance"] is None


def test_auto_finds_the_scaling_and_generates_with_it(
    model: Path, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = generate(model, out, "--rescale", "auto", "--data", data, "--json")
    assert told.returncode == 0, told.stderr
    assert f"{SCALING} fits" in told.stderr
    tried: list[dict[str, Any]] = parse_json(told)["rescale_tried"]
    assert tried[0]["scaling"] == SCALING
    assert tried[0]["accuracy"] == 1.0
    assert {"x", "x/255", "x/128-1"} <= {trial["scaling"] for trial in tried}
    assert parse_json(checked(model, out, data, "--json"))["accuracy_c"] == 1.0
    again = tmp_path / "again"
    assert generate(model, again, "--rescale", SCALING).returncode == 0
    assert (out / "levels.c").read_bytes() == (again / "levels.c").read_bytes()


def test_auto_needs_labelled_data_that_something_fits(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert_clean_error(generate(model, out, "--rescale", "auto"), 2, "--data")
    bare = write_data(tmp_path / "bare.npz", labelled=False)
    told = generate(model, out, "--rescale", "auto", "--data", bare)
    assert_clean_error(told, 6, "without labels")
    assert not out.exists()


def test_evaluate_takes_the_scaling_and_finds_it(
    model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("larq", reason="needs the [train] extra")
    import json

    from cbcnn_trainer.cli import main

    def evaluate(*options: str) -> tuple[dict[str, Any], str]:
        with pytest.raises(SystemExit) as end:
            main(["evaluate", str(model), "--data", str(data), "--json", *options])
        assert not end.value.code
        told = capsys.readouterr()
        return json.loads(told.out), told.err

    value, told = evaluate()
    assert value["near_chance"]
    assert "ACCURACY IS NEAR CHANCE" in told
    assert "--rescale auto" in told
    value, told = evaluate("--rescale", "1/127.5,-1")
    assert (value["accuracy"], value["near_chance"]) == (1.0, False)
    assert "CHANCE" not in told
    value, told = evaluate("--rescale", "auto", "--corruptions")
    assert value["accuracy"] == 1.0
    assert value["rescale"] == [pytest.approx(1 / 127.5), -1]
    assert f"{SCALING} fits" in told
    assert value["rescale_tried"][0]["scaling"] == SCALING
