"""The options of a training command: in groups, each with its default for the data set at hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from cbcnn_trainer import presets
from cbcnn_trainer.settings import Settings, resolve

PATH: Final = click.Path(path_type=Path)

LAST: Final = "This run"
"""The title of the last group."""

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
            options = [*group, *(added if title == LAST else [])]
            records = [option.get_help_record(ctx) for option in options]
            with formatter.section(title):
                formatter.write_dl([record for record in records if record is not None])


def option_groups(dataset: str) -> Groups:
    """Fresh options for the training command of a data set."""
    groups = {
        "Data and outputs": _outputs(),
        "Network": _network(),
        "Training": _training(),
        "Targets and weights from other models": _other_models(),
        "Changes of training images": _changes(),
        "Images for the network": _images(),
        LAST: _run(),
    }
    defaults = default_texts(resolve(dataset, {}))
    for option in (option for group in groups.values() for option in group):
        if option.name in defaults:
            option.help = f"{option.help}  [default: {defaults[option.name]}]"
    return groups


def default_texts(settings: Settings) -> dict[str, str]:
    """How the help shows settings, by the name of the option."""
    block = settings.block
    values = {
        **dataclasses.asdict(settings),
        **dataclasses.asdict(settings.architecture),
        **dataclasses.asdict(settings.augmentation),
        "preprocessing": "none" if block is None else "block",
        "standardise_scale": 64 if block is None else block.standardise_scale,
    }
    return {name: _text(name, value) for name, value in values.items()}


def _text(name: str, value: Any) -> str:
    match value:
        case True:
            return name.replace("_", "-")
        case False:
            return f"no-{name.replace('_', '-')}"
        case None:
            return "all"
        case tuple():
            return ",".join(map(str, value)) or "none"
        case int() if name == "sign_of_zero":
            return f"{value:+}"
        case float():
            return f"{value:g}"
    return str(value)


def _option(*names: str, help: str, **others: Any) -> click.Option:
    return click.Option(names, help=help, **others)


def _choice(name: str, *words: str, help: str) -> click.Option:
    return click.Option([name], type=click.Choice(words), help=help)


def _flag(name: str, help: str) -> click.Option:
    return click.Option([f"--{name}/--no-{name}"], default=None, help=help)


def _outputs() -> list[click.Option]:
    return [
        _option("--data", type=PATH, help="Folder with the data set."),
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
            help="Of the model in a folder.",
        ),
        _option("--force", is_flag=True, help="Replace the outputs of another run."),
        _option("--json", "as_json", is_flag=True, help="Print the metrics as one JSON object."),
    ]


def _network() -> list[click.Option]:
    return [
        _choice(
            "--preset",
            *presets.PRESETS,
            help="Architecture with a recipe; changes many of the defaults below.",
        ),
        _option("--filters", type=_integers, metavar="N,N,…", help="Of each Binary Block 1."),
        _option(
            "--units", type=_integers, metavar="N,N,…", help="Of each Binary Block 2 but the last."
        ),
        _option("--kernel-size", type=int, help="Height and width of every kernel."),
        _option("--pool-size", type=int, help="Of every max pooling; 1 for none."),
        _choice(
            "--first-order",
            *("pool-first", "norm-first"),
            help="Whether the first block pools before its batch norm.",
        ),
        _flag(
            "binary",
            "--no-binary: the same blocks of real values, to compare with or as a --teacher.",
        ),
        _flag(
            "binary-kernels",
            "--no-binary-kernels: signs between blocks, but real weights; a first stage that "
            "--start-from goes on from.",
        ),
        _option(
            "--sign-of-zero",
            type=_sign,
            metavar="+1|-1",
            help="+1: Larq's layers. -1: layers like the CBCNN authors'.",
        ),
        _option(
            "--kernel-scale",
            type=_kernel_scale,
            metavar="NUMBER|Glorot",
            help="H; needs --sign-of-zero -1.",
        ),
        _choice(
            "--activation-gradient",
            *("ste-sign", "approx-sign", "swish-sign"),
            help="The sign's gradient in training.",
        ),
        _option("--norm-momentum", type=float, help="Of the batch norms' running statistics."),
    ]


def _training() -> list[click.Option]:
    return [
        _option("--epochs", type=int, help="Passes over the training images."),
        _option("--batch-size", type=int, help="Images in a step."),
        _option("--learning-rate", type=float, help="In the first epoch after the warm-up."),
        _option("--final-learning-rate", type=float, help="In the last epoch."),
        _choice("--schedule", "exponential", "cosine", help="How the learning rate falls."),
        _option("--warmup-epochs", type=int, help="Epochs in which the learning rate rises."),
        _choice("--loss", "squared-hinge", "cross-entropy", help="What training makes small."),
        _option("--label-smoothing", type=float, help="Of cross-entropy: 0.1, say."),
        _option(
            "--weight-average",
            type=float,
            help="Momentum of the average that replaces the weights after each epoch: 0.99, say.",
        ),
        _flag(
            "reestimate-norms",
            "Measure the batch norms' statistics at the end, on unchanged training images.",
        ),
        _choice(
            "--precision",
            *("float32", "bfloat16"),
            help="Of training, not of the model. bfloat16 is fast on processors with AMX.",
        ),
        _choice(
            "--convolution",
            *("tensorflow", "fused"),
            help="fused: C compiled by gcc for this processor; faster than TensorFlow in float32.",
        ),
        _option("--validation-fraction", type=float, help="Share of the training images."),
        _choice("--selection", "validation", "last", help="Epoch to keep."),
    ]


def _other_models() -> list[click.Option]:
    return [
        _option("--start-from", type=PATH, help="Trained model with the weights to begin with."),
        _option("--teacher", type=PATH, help="Trained model that helps with the targets."),
        _option("--distillation", type=float, help="Share of each target from the --teacher."),
        _option("--temperature", type=float, help="Divides the teacher's scores."),
        _choice(
            "--teacher-view",
            *("changed", "original"),
            help="original: the teacher is asked once about each image and its mirror image, which "
            "takes hardly any time; changed: about every image as the student sees it.",
        ),
    ]


def _changes() -> list[click.Option]:
    return [
        _option("--shift", type=float, help="Fraction of the side."),
        _option("--rotation", type=float, help="Degrees."),
        _option("--zoom", type=float, help="Fraction of the size."),
        _option("--brightness", type=float, help="Fraction of the levels."),
        _option("--contrast", type=float, help="Fraction of the contrast."),
        _option("--blur", type=float, help="1 is up to a 5x5 binomial mean."),
        _option("--noise", type=float, help="Deviation, fraction of the levels."),
        _option("--cutout", type=float, help="Fraction of the side."),
        _flag("mirror", "Reverse images whose mirror image could be of some class, too."),
    ]


def _images() -> list[click.Option]:
    return [
        _choice(
            "--preprocessing",
            *("block", "none"),
            help="Image Compression Block in front, or at most the step from colour to grey.",
        ),
        _option("--standardise-scale", type=int, help="Integer value of one deviation."),
    ]


def _run() -> list[click.Option]:
    return [
        _option("--config", type=PATH, help="TOML file with options of training and network."),
        _option("--train-images", type=int, help="Use only N, chosen by the seed."),
        _option("--seed", type=int, help="Of everything that is random."),
        _option(
            "--strategy",
            type=click.Choice(["none", "mirrored", "multi-worker"]),
            default="none",
            show_default=True,
            help="How TensorFlow spreads training over devices.",
        ),
        _option("--resume", is_flag=True, help="Go on where the same run was interrupted."),
    ]


def _integers(text: str) -> tuple[int, ...]:
    """Integers with commas between them, such as 128,128,64; an empty text is an empty list."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise click.BadParameter(f"{text!r} is not integers with commas between them") from None


def _kernel_scale(text: str) -> float | str:
    """A number, or the word Glorot."""
    try:
        return text if text == "Glorot" else float(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is neither a number nor Glorot") from None


def _sign(text: str) -> int:
    if text not in ("+1", "1", "-1"):
        raise click.BadParameter(f"{text!r} is neither +1 nor -1")
    return int(text)
