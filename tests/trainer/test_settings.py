"""Where a run's settings come from, and which values are refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_trainer import presets, settings
from cbcnn_trainer.descent import ADDED_LATER


def test_the_preset_of_a_data_set_is_the_paper_s() -> None:
    gtsrb = settings.resolve("gtsrb", {})
    assert (gtsrb.preset, gtsrb.batch_size, gtsrb.epochs) == ("cbcnn-gtsrb", 200, 1000)
    assert gtsrb.block == ImageCompression(luma=True, equalise=True, standardise_scale=64)
    mnist = settings.resolve("mnist", {})
    assert (mnist.preset, mnist.batch_size, mnist.epochs) == ("cbcnn-mnist", 50, 500)
    assert mnist.block is None
    assert (mnist.learning_rate, mnist.final_learning_rate) == (1e-3, 1e-4)


def test_options_override_every_part_of_the_preset() -> None:
    chosen = settings.resolve(
        "mnist",
        {"epochs": 3, "filters": [4, 8], "sign_of_zero": -1, "shift": 0.1, "loss": "cross-entropy"},
    )
    assert chosen.epochs == 3
    assert chosen.architecture.filters == (4, 8)
    assert chosen.architecture.sign_of_zero == -1
    assert chosen.augmentation.shift == 0.1
    assert chosen.loss == "cross-entropy"
    assert chosen.batch_size == 50


def test_an_option_of_none_is_not_given() -> None:
    assert settings.resolve("mnist", {"epochs": None}) == settings.resolve("mnist", {})


def test_the_learning_rate_falls_from_first_to_last() -> None:
    chosen = settings.resolve("mnist", {"epochs": 5})
    rates = [chosen.rate_of(epoch) for epoch in range(5)]
    assert rates[0] == pytest.approx(1e-3)
    assert rates[-1] == pytest.approx(1e-4)
    assert rates == sorted(rates, reverse=True)
    assert settings.resolve("mnist", {"epochs": 1}).rate_of(0) == pytest.approx(1e-3)


def test_own_pictures_have_a_size_that_is_typed_as_width_and_height() -> None:
    chosen = settings.resolve("folder", {"size": "48x32", "channels": "grey"})
    assert chosen.own is not None
    assert chosen.own.picture_fit == PictureFit(48, 32, "crop", "grey")
    assert chosen == settings.resolve("folder", {"size": [48, 32], "channels": "grey"})
    assert chosen.values()["size"] == (48, 32)


def test_the_block_in_front_of_own_pictures_starts_with_colour_where_they_keep_it() -> None:
    blocks = [
        settings.resolve("folder", {"channels": channels, "preprocessing": preprocessing}).block
        for channels in ("rgb", "grey")
        for preprocessing in ("block", "none")
    ]
    colour = ImageCompression(luma=True, equalise=True, standardise_scale=64)
    grey = ImageCompression(luma=False, equalise=True, standardise_scale=64)
    assert blocks == [colour, None, grey, None]


def test_own_pictures_leave_the_identity_of_other_runs_as_it_was() -> None:
    assert "own" not in json.loads(settings.resolve("signs", {}).to_json())
    assert "own" in json.loads(settings.resolve("folder", {}).to_json())


def test_a_cosine_falls_from_first_to_last_and_half_way_in_the_middle() -> None:
    chosen = settings.resolve("mnist", {"epochs": 5, "schedule": "cosine"})
    rates = [chosen.rate_of(epoch) for epoch in range(5)]
    assert rates[0] == pytest.approx(1e-3)
    assert rates[2] == pytest.approx(5.5e-4)
    assert rates[-1] == pytest.approx(1e-4)
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize("schedule", ["exponential", "cosine"])
def test_a_warm_up_rises_evenly_to_the_first_rate(schedule: str) -> None:
    chosen = settings.resolve("mnist", {"epochs": 6, "warmup_epochs": 3, "schedule": schedule})
    rates = [chosen.rate_of(epoch) for epoch in range(6)]
    assert rates[:4] == pytest.approx([2.5e-4, 5e-4, 7.5e-4, 1e-3])
    assert rates[5] == pytest.approx(1e-4)
    all_warm = settings.resolve("mnist", {"epochs": 2, "warmup_epochs": 3, "schedule": schedule})
    assert [all_warm.rate_of(epoch) for epoch in range(2)] == pytest.approx([2.5e-4, 5e-4])


def test_what_a_recipe_adds_is_off_unless_asked_for() -> None:
    for name in ("gtsrb", "mnist", "fashion-mnist", "signs"):
        chosen = settings.resolve(name, {})
        assert (chosen.schedule, chosen.warmup_epochs) == ("exponential", 0)
        assert (chosen.precision, chosen.mirror, chosen.label_smoothing) == ("float32", False, 0)
        assert not chosen.augmentation.changes_levels
        assert chosen.architecture.norm_momentum == 0.9
        assert chosen.architecture.activation_gradient == "ste-sign"


def test_preprocessing_can_be_added_changed_and_removed() -> None:
    added = settings.resolve("mnist", {"preprocessing": "block", "standardise_scale": 32})
    assert added.block == ImageCompression(luma=False, equalise=True, standardise_scale=32)
    assert settings.resolve("mnist", {"preprocessing": "none"}).block is None
    grey = settings.resolve("gtsrb", {"preprocessing": "none"}).block
    assert grey == ImageCompression(luma=True, equalise=False, standardise_scale=None)


def test_a_toml_file_sets_options(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('epochs = 7\nfilters = [8, 8]\nkernel_scale = "Glorot"\nsign_of_zero = -1\n')
    chosen = settings.resolve("mnist", settings.read_toml(path))
    assert chosen.epochs == 7
    assert chosen.architecture.filters == (8, 8)
    assert chosen.architecture.kernel_scale == "Glorot"


@pytest.mark.parametrize("text", ["epochs = ", "epoch = 3", "[mnist]\nepochs = 3", "\xff"])
def test_a_wrong_toml_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=r"run\.toml"):
        settings.read_toml(path)


def test_a_number_is_the_same_setting_however_it_is_spelled() -> None:
    """A run begun with `noise = 0` in a file goes on with `--noise 0.0` on the command line."""
    given = {"noise": 0, "learning_rate": 1, "kernel_scale": 1}
    spelled = {name: float(value) for name, value in given.items()}
    assert (
        settings.resolve("mnist", given).to_json() == settings.resolve("mnist", spelled).to_json()
    )


@pytest.mark.parametrize("dataset", ["gtsrb", "mnist", "fashion-mnist", "signs", "folder"])
@pytest.mark.parametrize("preset", presets.PRESETS)
def test_every_value_of_a_recipe_is_one_that_may_be_asked_for(dataset: str, preset: str) -> None:
    values = settings.resolve(dataset, {"preset": preset}).values()
    for name, setting in settings.SETTINGS.items():
        if values[name] is not None:
            assert setting.accept(values[name]) == values[name], name


@pytest.mark.parametrize("name", settings.SETTINGS)
def test_both_ends_of_a_range_are_as_the_declaration_says(name: str) -> None:
    setting = settings.SETTINGS[name]
    if setting.number is None or setting.is_list or setting.is_size:
        assert setting.words or setting.is_list or setting.is_size
        return
    low, high, above = setting.range
    step = 1 if setting.number is int else 1e-6
    inside = [setting.number(low + step * above), setting.number(high)]
    assert [setting.accept(value) for value in inside] == inside
    for value in (setting.number(low - step * (not above)), setting.number(high + step)):
        with pytest.raises(DataError, match=name):
            setting.accept(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", 2.5),
        ("epochs", True),
        ("seed", -1),
        ("learning_rate", 0),
        ("learning_rate", "fast"),
        ("learning_rate", float("nan")),
        ("validation_fraction", 0.9),
        ("shift", -0.1),
        ("rotation", 200),
        ("zoom", 1.0),
        ("loss", "mse"),
        ("schedule", "linear"),
        ("warmup_epochs", -1),
        ("precision", "float16"),
        ("activation_gradient", "ste_sign"),
        ("norm_momentum", 1.0),
        ("mirror", 1),
        ("reestimate_norms", "yes"),
        ("brightness", 1.5),
        ("noise", -0.1),
        ("cutout", "half"),
        ("label_smoothing", 1.0),
        ("sign_of_zero", 0),
        ("sign_of_zero", True),
        ("kernel_scale", 0),
        ("kernel_scale", "glorot"),
        ("filters", 128),
        ("filters", [0]),
        ("units", ["a"]),
        ("kernel_size", 0),
        ("standardise_scale", 128),
        ("preset", "unknown"),
        ("preset", 3),
        ("size", "32"),
        ("size", "0x32"),
        ("size", "32x257"),
        ("size", [32, 32, 1]),
        ("size", "32 x 32"),
        ("fit", "squeeze"),
        ("channels", "bgr"),
        ("group_by", ""),
        ("group_by", 3),
        ("test_fraction", 0.6),
    ],
)
def test_a_value_that_does_not_fit_is_named(name: str, value: Any) -> None:
    with pytest.raises(DataError) as caught:
        settings.resolve("folder", {name: value})
    assert caught.value.allowed
    assert str(value) in str(caught.value)


def test_settings_as_json_are_canonical() -> None:
    text = settings.resolve("signs", {}).to_json()
    assert text == settings.resolve("signs", {}).to_json()
    assert json.loads(text)["dataset"] == "signs"


@pytest.mark.parametrize("schedule", ["exponential", "cosine"])
@pytest.mark.parametrize("warmup", [0, 1])
def test_a_rate_by_steps_falls_evenly_from_the_first_step_to_the_last(
    schedule: str, warmup: int
) -> None:
    chosen = settings.resolve(
        "mnist",
        {"epochs": 3, "schedule": schedule, "warmup_epochs": warmup, "rate_change": "step"},
    )
    rates = [chosen.rate_of(epoch, step, 4) for epoch in range(3) for step in range(4)]
    falling = rates[4 * warmup :]
    assert falling[0] == pytest.approx(chosen.learning_rate)
    assert falling[-1] == pytest.approx(chosen.final_learning_rate)
    assert falling == sorted(falling, reverse=True)
    assert len(set(rates)) == 12
    assert rates[: 4 * warmup] == sorted(rates[: 4 * warmup])
    by_epochs = dataclasses.replace(chosen, rate_change="epoch")
    assert len({by_epochs.rate_of(0, step, 4) for step in range(4)}) == 1


def test_options_of_later_do_not_change_the_text_of_a_run_without_them() -> None:
    text = settings.resolve("mnist", {}).to_json()
    later = ("beta_2", "balance", "rate_change", "gradient_window", "mixup", "exposure")
    for name in (*later, *ADDED_LATER):
        assert name not in text
    for name, value in (
        ("beta_2", 0.99),
        ("gradient_window", 2.0),
        ("mixup", 0.2),
        ("first_layer_rate", 0.1),
    ):
        assert name in settings.resolve("mnist", {name: value}).to_json()
