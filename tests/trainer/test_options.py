"""The options of `cbcnn-train`: in groups, explained, and with the defaults that training takes."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import click
import pytest

from cbcnn_inputs.datasets import NAMES
from cbcnn_inputs.errors import UsageError
from cbcnn_trainer import image_settings, settings
from cbcnn_trainer.cli import command as entry
from cbcnn_trainer.options import TrainingCommand, option_groups

DEFAULT = re.compile(r"  \[default: ([^;]*)(; (from|more than) .*)?\]$")


def shown_defaults(dataset: str) -> dict[str, list[str]]:
    """For each option with a default the words that give it the value that its help names."""
    words: dict[str, list[str]] = {}
    for option in (option for group in option_groups(dataset).values() for option in group):
        found = DEFAULT.search(option.help or "")
        if found is None or option.name not in settings.SETTINGS:
            continue
        text = found[1].replace("none", "") if option.name in ("filters", "units") else found[1]
        if option.secondary_opts:
            words[option.name] = [f"--{text}"]
        elif text != "all":
            words[option.name] = [option.opts[0], text]
    return words


@pytest.mark.parametrize("dataset", NAMES)
def test_the_defaults_of_the_help_are_those_of_a_run_without_options(dataset: str) -> None:
    command, plain, same = entry.commands[dataset], settings.resolve(dataset, {}), 0
    for name, words in shown_defaults(dataset).items():
        given = command.make_context(dataset, ["-o", "out", *words]).params
        try:
            resolved = settings.resolve(dataset, {name: given[name]})
        except UsageError:
            continue  # without another option this one has no effect, which is an error
        assert resolved == plain, name
        same += 1
    assert same > 35


@pytest.mark.parametrize("dataset", NAMES)
def test_every_option_is_explained_in_a_group_and_settings_have_a_default(dataset: str) -> None:
    context = click.Context(entry.commands[dataset], info_name=dataset)
    text = entry.commands[dataset].get_help(context)
    assert "\nOptions:\n" not in text
    groups = option_groups(dataset)
    positions = [text.index(f"\n{title}:\n") for title in groups]
    assert positions == sorted(positions)
    options = [option for group in groups.values() for option in group]
    assert all(option.help for option in options)
    assert all(option.opts[-1] in text for option in options)
    for option in options:
        if option.name in settings.SETTINGS:
            assert DEFAULT.search(option.help or ""), option.name
    assert "--help" in text


def help_of(dataset: str, name: str) -> str:
    groups = option_groups(dataset).values()
    (option,) = (option for group in groups for option in group if option.name == name)
    return str(option.help)


def test_every_setting_is_an_option() -> None:
    names = {option.name for group in option_groups("folder").values() for option in group}
    assert set(settings.SETTINGS) <= names


@pytest.mark.parametrize("dataset", NAMES)
def test_a_data_set_with_a_name_offers_nothing_about_own_pictures(dataset: str) -> None:
    names = {option.name for group in option_groups(dataset).values() for option in group}
    of_own = {field.name for field in dataclasses.fields(image_settings.PictureSettings)}
    assert not names & (of_own | {"skip_bad"})


def test_every_field_of_a_run_is_a_setting_or_made_of_settings() -> None:
    run = settings.resolve("mnist", {})
    parts = {"architecture", "augmentation", "block", "dataset", "own"}
    fields = {*vars(run), *vars(run.architecture), *vars(run.augmentation)}
    fields |= {*vars(image_settings.PictureSettings())}
    made = {"preprocessing", "standardise_scale"}
    assert fields - parts == settings.SETTINGS.keys() - made


def test_defaults_are_those_of_the_data_set() -> None:
    assert "[default: 200; from 1]" in help_of("gtsrb", "batch_size")
    assert "[default: 50; from 1]" in help_of("mnist", "batch_size")
    assert "[default: none]" in help_of("mnist", "preprocessing")
    assert "[default: block]" in help_of("gtsrb", "preprocessing")


def test_the_help_tells_the_range_that_is_checked() -> None:
    assert "[default: 1; more than 0 up to 100]" in help_of("mnist", "gradient_window")
    assert "[default: 0.1; from 0 up to 0.5]" in help_of("mnist", "validation_fraction")
    assert "[default: 0; from 0 up to 0.9]" in help_of("mnist", "label_smoothing")
    assert "[default: 3; from 1 up to 31]" in help_of("mnist", "kernel_size")
    assert "[default: +1]" in help_of("mnist", "sign_of_zero")
    assert "[default: no-mirror]" in help_of("mnist", "mirror")


def test_the_command_line_takes_an_empty_list_and_a_name_for_a_number() -> None:
    words = ["-o", "out", "--filters", "", "--kernel-scale", "Glorot", "--sign-of-zero", "-1"]
    found = entry.commands["mnist"].make_context("mnist", words).params
    assert (found["filters"], found["kernel_scale"], found["sign_of_zero"]) == ((), "Glorot", -1)


def test_a_teacher_may_be_repeated() -> None:
    words = ["-o", "out", "--teacher", "a.h5", "--teacher", "b.h5"]
    found = entry.commands["mnist"].make_context("mnist", words).params
    assert found["teachers"] == (Path("a.h5"), Path("b.h5"))


def test_every_data_set_has_a_command_with_groups() -> None:
    assert all(isinstance(entry.commands[name], TrainingCommand) for name in NAMES)
    assert Path("out") == entry.commands["mnist"].make_context("mnist", ["-o", "out"]).params["out"]
