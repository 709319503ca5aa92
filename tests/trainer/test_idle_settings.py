"""`cbcnn-train` refuses options that would change nothing, on the command line and in TOML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cbcnn_inputs.datasets import NAMES
from cbcnn_inputs.errors import UsageError
from cbcnn_trainer import cli, settings
from support.commands import ROOT

ENTROPY = {"loss": "cross-entropy"}
TAUGHT = {**ENTROPY, "distillation": 0.5}
DENSE = {"filters": [], "units": [8]}
LINEAR: dict[str, Any] = {"filters": [], "units": []}
ONLY_REAL = {"filters": [8], "units": [], "downsampling": "real", "ending": "average"}
REAL, SIGNS = {"binary": False}, {"binary": True}

IDLE: tuple[tuple[str, str, Mapping[str, Any], Mapping[str, Any]], ...] = (
    ("signs", "validation_fraction", {"validation_fraction": 0.2}, {}),
    ("mnist", "mirror", {"mirror": True}, {}),
    ("signs", "mirror", {"mirror": True}, {}),
    ("mnist", "label_smoothing", {"label_smoothing": 0.1}, ENTROPY),
    ("mnist", "distillation", {"distillation": 0.5}, ENTROPY),
    ("mnist", "temperature", {"temperature": 2.0, **ENTROPY}, TAUGHT),
    ("mnist", "teacher_view", {"teacher_view": "original", **ENTROPY}, TAUGHT),
    ("mnist", "feature_matching", {"feature_matching": 1.0, **DENSE}, {"filters": [8]}),
    ("mnist", "kernel_size", {"kernel_size": 5, **DENSE}, {"filters": [8]}),
    ("mnist", "kernel_size", {"kernel_size": 5, "preset": "bnn-mlp"}, {"preset": "dcr"}),
    ("mnist", "pool_size", {"pool_size": 1, **DENSE}, {"filters": [8]}),
    ("mnist", "convolution", {"convolution": "fused", **DENSE}, {"filters": [8]}),
    ("mnist", "first_stride", {"first_stride": 2, **DENSE}, {"filters": [8]}),
    ("mnist", "first_stride", {"first_stride": 2, "downsampling": "real"}, {}),
    ("mnist", "residuals", {"residuals": [1], **DENSE}, {"filters": [8]}),
    ("mnist", "downsampling", {"downsampling": "real", **DENSE}, {"filters": [8]}),
    ("mnist", "residual_relu", {"residual_relu": True}, {"residuals": [1, 0, 0, 0]}),
    ("mnist", "shortcuts", {"shortcuts": False}, {"residuals": [0, 0, 0, 2]}),
    ("mnist", "convolution", {"convolution": "fused", "downsampling": "real"}, {}),
    ("mnist", "first_order", {"first_order": "norm-first", **DENSE}, {"filters": [8]}),
    ("mnist", "first_order", {"first_order": "norm-first", "pool_size": 1}, {"pool_size": 3}),
    ("mnist", "activation_gradient", {"activation_gradient": "approx-sign", **LINEAR}, DENSE),
    (
        "mnist",
        "activation_gradient",
        {"activation_gradient": "swish-sign", "binary": False},
        {"binary": True},
    ),
    ("mnist", "gradient_window", {"gradient_window": 2.0, **LINEAR}, DENSE),
    (
        "mnist",
        "gradient_window",
        {"gradient_window": 2.0, "activation_gradient": "approx-sign"},
        {"activation_gradient": "ste-sign"},
    ),
    ("mnist", "real_optimizer", {"real_optimizer": "sgd", "binary": False}, SIGNS),
    ("mnist", "real_learning_rate", {"real_learning_rate": 0.1, "binary": False}, SIGNS),
    ("mnist", "real_learning_rate", {"real_learning_rate": 0.1, **ONLY_REAL}, {"residuals": [1]}),
    ("mnist", "first_layer_rate", {"first_layer_rate": 0.1, **ONLY_REAL}, {"ending": "binary"}),
    ("mnist", "first_layer_scale", {"first_layer_scale": 3.0, "binary": False}, SIGNS),
    ("mnist", "sharpen_epochs", {"sharpen_epochs": 1, **LINEAR}, DENSE),
    ("mnist", "sharpen_epochs", {"sharpen_epochs": 1, "binary": False}, SIGNS),
    ("mnist", "real_momentum", {"real_momentum": 0.5}, {"real_optimizer": "sgd"}),
    ("mnist", "standardise_scale", {"standardise_scale": 32}, {"preprocessing": "block"}),
    (
        "gtsrb",
        "standardise_scale",
        {"standardise_scale": 32, "preprocessing": "none"},
        {"preprocessing": "block"},
    ),
)
"""Data set, option, what it is given with, and what would give it an effect."""

CONDITIONAL = {name.replace("_", "-") for _, name, _, _ in IDLE}
_ALWAYS = """
    out config preset epochs batch-size learning-rate final-learning-rate schedule warmup-epochs
    loss weight-average precision reestimate-norms filters units ending binary binary-kernels
    sign-of-zero kernel-scale norm-momentum shift rotation zoom brightness contrast blur noise
    exposure mixup cutmix rate-change beta-2 balance seeds weight-decay erasing
    cutout preprocessing selection train-images seed
    strategy backend start-from resume force json reject
    """
ALWAYS = set(_ALWAYS.split())
"""What they say is done, or contradicts another option and is refused for that, by other tests."""

FLAGS = {"data", "format", "teacher"}


@pytest.mark.parametrize(("dataset", "name", "given", "cure"), IDLE)
def test_a_setting_without_effect_is_refused(
    dataset: str, name: str, given: Mapping[str, Any], cure: Mapping[str, Any]
) -> None:
    option = f"--{'no-' if given[name] is False else ''}{name.replace('_', '-')}"
    with pytest.raises(UsageError, match=f"{option} would have no effect"):
        settings.resolve(dataset, given)
    if cure:
        settings.resolve(dataset, {**given, **cure})
    settings.resolve(dataset, {key: value for key, value in given.items() if key != name})


def test_all_settings_without_effect_are_told_at_once() -> None:
    with pytest.raises(UsageError) as refusal:
        settings.resolve("signs", {"validation_fraction": 0.2, "temperature": 3.0})
    assert refusal.value.what.startswith("--validation-fraction, --temperature would")
    assert "--distillation" in str(refusal.value)


@pytest.mark.parametrize(
    "given",
    [
        {"label_smoothing": 0.0},
        {"distillation": 0},
        {"mirror": False},
        {"convolution": "tensorflow"},
        {"residuals": []},
        {"first_stride": 1},
        {"residual_relu": False},
        {"shortcuts": True},
        {"downsampling": "binary"},
        {"real_optimizer": "adam"},
        {"first_layer_rate": 1.0},
    ],
)
def test_leaving_a_step_out_is_never_refused(given: Mapping[str, Any]) -> None:
    settings.resolve("mnist", {**given, **DENSE})


def test_no_option_of_a_training_is_without_a_rule() -> None:
    """A new option has its condition in `idle_settings`, or a list here says that it has none."""
    for dataset in NAMES:
        command = cli.command.commands[dataset]
        names = {max(param.opts, key=len).removeprefix("--") for param in command.params}
        assert names == CONDITIONAL | ALWAYS | FLAGS


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main([str(argument) for argument in arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.mark.parametrize("command", ["train", "samples"])
def test_drawn_images_take_no_folder(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("larq", reason="needs the [train] extra")
    line = ["signs"] if command == "train" else ["samples", "signs"]
    out = tmp_path / "out"
    assert run(*line, "--data", tmp_path, "-o", out) == 2
    told = capsys.readouterr().err
    assert "--data would have no effect" in told
    assert "signs is drawn" in told
    assert not out.exists()


def test_a_format_beside_a_file_and_a_teacher_without_a_share_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model.h5"
    line: list[str | Path] = [
        "signs",
        "-o",
        out,
        "--format",
        "keras",
        "--teacher",
        tmp_path / "teacher.h5",
    ]
    assert run(*line) == 2
    assert "--format, --teacher would have no effect" in capsys.readouterr().err
    assert not out.exists()


def test_options_of_a_file_are_held_to_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "recipe.toml"
    config.write_text("validation_fraction = 0.2\n", encoding="utf-8")
    assert run("signs", "-o", tmp_path / "out", "--config", config) == 2
    assert "--validation-fraction would have no effect" in capsys.readouterr().err


def test_more_images_than_there_are_is_refused_before_outputs_are_replaced(tmp_path: Path) -> None:
    pytest.importorskip("larq", reason="needs the [train] extra")
    from cbcnn_inputs.datasets import Dataset
    from cbcnn_inputs.datasets.registry import Split
    from cbcnn_inputs.errors import DataError
    from cbcnn_trainer.outputs import Outputs
    from cbcnn_trainer.training import train
    from support.small_runs import DATASET

    assert isinstance(DATASET, Dataset)
    assert isinstance(DATASET.train, Split)
    outputs = Outputs.at(tmp_path)
    outputs.metrics.write_text("{}", encoding="utf-8")
    chosen = settings.resolve("signs", {"train_images": len(DATASET.train.labels) + 1})
    with pytest.raises(DataError, match="fewer training images"):
        train(chosen, DATASET, outputs, force=True)
    assert outputs.metrics.exists()


MODELS = ROOT / "examples" / "models"
RECIPES = sorted([*MODELS.glob("*/recipe*.toml"), *(ROOT / "benchmarks").glob("*/recipes/*.toml")])


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_every_option_of_a_shipped_recipe_has_an_effect(recipe: Path) -> None:
    name = recipe.parent.name if recipe.is_relative_to(MODELS) else recipe.stem
    dataset = next(known for known in sorted(NAMES, key=len)[::-1] if name.startswith(known))
    settings.resolve(dataset, settings.read_toml(recipe))
