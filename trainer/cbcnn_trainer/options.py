"""The options of a training command: in groups, each with its default for the data set at hand.

Settings make their own options; here stand the options that do not decide the outcome of a run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from cbcnn_inputs.own_pictures import FOLDER
from cbcnn_trainer.backends import BACKENDS, STRATEGIES
from cbcnn_trainer.image_settings import IMAGES, PARTS, PictureSettings
from cbcnn_trainer.presets import CHANGES, NETWORK, TRAINING
from cbcnn_trainer.settings import OTHER_MODELS, RUN, SETTINGS, resolve

PATH: Final = click.Path(path_type=Path)

Groups = Mapping[str, list[click.Option]]


class TrainingCommand(click.Command):
    """A command whose help shows its options in groups.

    Args:
        dataset: whose defaults the help names.
        others: see `click.Command`.
    """

    def __init__(self, dataset: str, **others: Any) -> None:
        self._groups = option_groups(dataset)
        options: list[click.Parameter] = []
        for group in self._groups.values():
            options += group
        super().__init__(dataset, params=options, **others)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group; what click adds by itself belongs to the last one."""
        added = [option for option in self.get_params(ctx) if option not in self.params]
        for title, group in self._groups.items():
            options = [*group, *(added if title == RUN else [])]
            records = [option.get_help_record(ctx) for option in options]
            with formatter.section(title):
                formatter.write_dl([record for record in records if record is not None])


def option_groups(dataset: str) -> Groups:
    """Fresh options for the training command of a data set."""
    own = dataset == FOLDER
    groups: dict[str, list[click.Option]] = {
        "Data and outputs": [*_outputs(own), *(_bad_pictures() if own else [])],
        NETWORK: [],
        TRAINING: [],
        OTHER_MODELS: _other_models(),
        CHANGES: [],
        IMAGES: [],
        PARTS: [],
        RUN: _run(),
    }
    defaults = resolve(dataset, {}).values()
    theirs = {field.name for field in dataclasses.fields(PictureSettings)}
    for name, setting in SETTINGS.items():
        if own or name not in theirs:
            groups[setting.group].append(setting.option(defaults[name]))
    return {title: options for title, options in groups.items() if options}


def _option(*names: str, help: str, **others: Any) -> click.Option:
    return click.Option(names, help=help, **others)


def _outputs(own: bool) -> list[click.Option]:
    pictures = (
        "Your pictures: a folder with a folder for each class, perhaps in train, val and test; a "
        "CSV or JSON lines file with path and label; or an npz."
    )
    return [
        _option(
            *("--data",),
            type=PATH,
            required=own,
            help=pictures if own else "Folder with the data set.",
        ),
        _option(
            *("-o", "--out"),
            type=PATH,
            required=True,
            help="Folder for all outputs, or a .h5 or .keras file; the other outputs then stand "
            "beside it with its stem in front: model.metrics.json, model.log.csv, model.loss.png.",
        ),
        _option(
            *("--format", "file_format"),
            type=click.Choice(["h5", "keras"]),
            default="h5",
            show_default=True,
            help="Format of the model in a folder.",
        ),
        _option("--force", is_flag=True, help="Replace the outputs of another run."),
        _option("--json", "as_json", is_flag=True, help="Print the metrics as one JSON object."),
    ]


def _bad_pictures() -> list[click.Option]:
    text = "Leave out pictures that cannot be read, instead of listing them and ending."
    return [_option("--skip-bad", is_flag=True, help=text)]


def _other_models() -> list[click.Option]:
    return [
        _option("--start-from", type=PATH, help="Trained model with the weights to begin with."),
        _option(
            "--teacher",
            "teachers",
            type=PATH,
            multiple=True,
            help="Trained model that helps with --distillation or --feature-matching; may be "
            "repeated.",
        ),
    ]


def _run() -> list[click.Option]:
    return [
        _option("--config", type=PATH, help="TOML file with options of training and network."),
        _option(
            "--backend",
            type=click.Choice(BACKENDS),
            help="What computes: Larq in TensorFlow, the default where it is installed and the "
            "fastest on a processor, or Keras 3 on TensorFlow, JAX or PyTorch.",
        ),
        _option(
            "--strategy",
            type=click.Choice(STRATEGIES),
            default="none",
            show_default=True,
            help="How TensorFlow or JAX spreads training over devices.",
        ),
        _option(
            "--seeds",
            type=click.IntRange(min=1),
            metavar="N",
            help="Train N models, from --seed and the numbers that follow it, each in a folder "
            "seed-… of -o, and tell mean and spread.",
        ),
        _option("--resume", is_flag=True, help="Continue an interrupted run."),
    ]
