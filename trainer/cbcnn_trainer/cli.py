"""The command `cbcnn-train`: one subcommand for each data set, and `evaluate`.

Exit codes: 0 success, 2 wrong usage, 3 unreadable model, 6 unusable data, 7 outputs that cannot be
written, 8 a missing package, 130 interrupted; 1 anything else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from cbcnn_inputs.datasets import NAMES, Split
from cbcnn_inputs.errors import CbcnnError
from cbcnn_trainer import presets, settings
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs

INTERRUPTED: Final = 130

Command = Callable[..., None]


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


_PATH: Final = click.Path(path_type=Path)
_OPTIONS: Final = (
    click.option("--data", type=_PATH, help="Folder with the data set."),
    click.option(
        "-o",
        "--out",
        type=_PATH,
        required=True,
        help="Folder for all outputs, or a .h5 or .keras file; the other outputs then stand beside "
        "it with its stem in front: model.metrics.json, model.log.csv, model.loss.png.",
    ),
    click.option("--config", type=_PATH, help="TOML file with any of the options below."),
    click.option("--preset", type=click.Choice(list(presets.PRESETS)), help="Named architecture."),
    click.option("--epochs", type=int),
    click.option("--batch-size", type=int),
    click.option("--learning-rate", type=float, help="In the first epoch after the warm-up."),
    click.option("--final-learning-rate", type=float, help="In the last epoch."),
    click.option(
        "--schedule",
        type=click.Choice(["exponential", "cosine"]),
        help="How the learning rate falls.",
    ),
    click.option("--warmup-epochs", type=int, help="Epochs in which the learning rate rises."),
    click.option("--loss", type=click.Choice(["squared-hinge", "cross-entropy"])),
    click.option("--label-smoothing", type=float, help="Of cross-entropy: 0.1, say."),
    click.option(
        "--distillation", type=float, help="Share of each target that comes from the --teacher."
    ),
    click.option("--temperature", type=float, help="Divides the teacher's scores."),
    click.option(
        "--teacher-view",
        type=click.Choice(["changed", "original"]),
        help="original: the teacher is asked once about each image and its mirror image, which "
        "takes hardly any time; changed: about every image as the student sees it.",
    ),
    click.option(
        "--weight-average",
        type=float,
        help="Momentum of the average that replaces the weights after each epoch: 0.99, say.",
    ),
    click.option(
        "--precision",
        type=click.Choice(["float32", "bfloat16"]),
        help="Of training, not of the model. bfloat16 is fast on processors with AMX.",
    ),
    click.option(
        "--convolution",
        type=click.Choice(["tensorflow", "fused"]),
        help="fused: C compiled by gcc for this processor; faster than TensorFlow in float32.",
    ),
    click.option(
        "--reestimate-norms/--no-reestimate-norms",
        default=None,
        help="Measure the batch norms' statistics at the end, on unchanged training images.",
    ),
    click.option(
        "--filters", type=_integers, metavar="N,N,…", help="Of each Binary Block 1: 128,128,64"
    ),
    click.option(
        "--units", type=_integers, metavar="N,N,…", help="Of each Binary Block 2 but the last: 256"
    ),
    click.option("--kernel-size", type=int),
    click.option("--pool-size", type=int, help="1 for no pooling."),
    click.option(
        "--first-order",
        type=click.Choice(["pool-first", "norm-first"]),
        help="Whether the first block pools before its batch norm.",
    ),
    click.option(
        "--binary/--no-binary",
        default=None,
        help="--no-binary: the same blocks of real values, to compare with or as a --teacher.",
    ),
    click.option(
        "--binary-kernels/--no-binary-kernels",
        default=None,
        help="--no-binary-kernels: signs between blocks, but real weights; a first stage that "
        "--start-from goes on from.",
    ),
    click.option(
        "--sign-of-zero",
        type=_sign,
        metavar="+1|-1",
        help="+1: Larq's layers. -1: layers like the CBCNN authors'.",
    ),
    click.option(
        "--kernel-scale",
        type=_kernel_scale,
        metavar="NUMBER|Glorot",
        help="H; needs --sign-of-zero -1.",
    ),
    click.option(
        "--activation-gradient",
        type=click.Choice(["ste-sign", "approx-sign", "swish-sign"]),
        help="The sign's gradient in training.",
    ),
    click.option("--norm-momentum", type=float, help="Of the batch norms' running statistics."),
    click.option("--shift", type=float, help="Augmentation: fraction of the side."),
    click.option("--rotation", type=float, help="Augmentation: degrees."),
    click.option("--zoom", type=float, help="Augmentation: fraction of the size."),
    click.option("--brightness", type=float, help="Augmentation: fraction of the levels."),
    click.option("--contrast", type=float, help="Augmentation: fraction of the contrast."),
    click.option("--blur", type=float, help="Augmentation: 1 is up to a 5x5 binomial mean."),
    click.option("--noise", type=float, help="Augmentation: deviation, fraction of the levels."),
    click.option("--cutout", type=float, help="Augmentation: fraction of the side."),
    click.option(
        "--mirror/--no-mirror",
        default=None,
        help="Augmentation: reverse images whose mirror image could be of some class, too.",
    ),
    click.option(
        "--preprocessing",
        type=click.Choice(["block", "none"]),
        help="Image Compression Block in front, or at most the step from colour to grey.",
    ),
    click.option("--standardise-scale", type=int, help="Integer value of one deviation."),
    click.option("--validation-fraction", type=float),
    click.option("--selection", type=click.Choice(["validation", "last"]), help="Epoch to keep."),
    click.option("--train-images", type=int, help="Use only N, chosen by the seed."),
    click.option("--seed", type=int),
    click.option("--strategy", type=click.Choice(["none", "mirrored", "multi-worker"])),
    click.option("--format", "file_format", type=click.Choice(["h5", "keras"]), default="h5"),
    click.option("--start-from", type=_PATH, help="Trained model with the weights to begin with."),
    click.option("--teacher", type=_PATH, help="Trained model that helps with the targets."),
    click.option("--resume", is_flag=True, help="Go on where the same run was interrupted."),
    click.option("--force", is_flag=True, help="Replace the outputs of another run."),
    click.option("--json", "as_json", is_flag=True, help="Print the metrics as one JSON object."),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Train a binarized CNN on a data set, or evaluate a trained one."""


def _add_training(name: str) -> None:
    def command(
        data: Path | None,
        out: Path,
        config: Path | None,
        strategy: str | None,
        file_format: str,
        start_from: Path | None,
        teacher: Path | None,
        resume: bool,
        force: bool,
        as_json: bool,
        **options: Any,
    ) -> None:
        given = settings.read_toml(config) if config else {}
        given.update({key: value for key, value in options.items() if value is not None})
        chosen = settings.resolve(name, given)
        outputs = Outputs.at(out, file_format)
        origins = Origins(start_from, teacher)
        flags = {"origins": origins, "resume": resume, "force": force}
        metrics = _train(chosen, data, outputs, strategy or "none", flags)
        if as_json:
            click.echo(json.dumps(metrics))

    command.__doc__ = f"Train on {name}, by default the preset {presets.DEFAULT_PRESETS[name]}."
    decorated: Any = command
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    cli.command(name)(decorated)


def _train(
    chosen: settings.Settings,
    data: Path | None,
    outputs: Outputs,
    strategy: str,
    flags: dict[str, Any],
) -> dict[str, Any]:
    """Import what training needs, load the data and train."""
    from cbcnn_inputs import datasets
    from cbcnn_trainer.strategy import Strategy
    from cbcnn_trainer.train import train

    engine = Strategy(strategy)
    dataset = datasets.load(
        chosen.dataset,
        data,
        validation_fraction=chosen.validation_fraction,
        seed=chosen.seed,
        download=_download,
    )
    return train(chosen, dataset, outputs, strategy=engine, **flags)


def _download(name: str) -> tuple[Split, Split]:
    """Import TensorFlow no earlier than a download needs it."""
    from cbcnn_trainer.download import download

    return download(name)


for _name in NAMES:
    _add_training(_name)


@cli.command()
@click.argument("model", type=_PATH)
@click.option("--data", type=_PATH, required=True, help="Labelled images; see the README.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N images.")
@click.option("--corruptions", is_flag=True, help="Also on darker, blurred, noisy, … images.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(model: Path, data: Path, limit: int | None, corruptions: bool, as_json: bool) -> None:
    """Accuracy of a trained model on test images."""
    from cbcnn_trainer.evaluation import evaluate_file

    result = evaluate_file(model, data, limit, corrupt=corruptions)
    if as_json:
        click.echo(json.dumps(result))
        return
    for row in result["per_class"]:
        if row["images"]:
            name = row["name"] or f"class {row['label']}"
            click.echo(f"{row['accuracy']:8.2%}  of {row['images']:5d}  {name}")
    click.echo(f"{result['accuracy']:8.2%}  of {result['images']:5d}  all")
    if len(result["per_class"]) > len(result["worst"]):
        names = ", ".join(row["name"] or f"class {row['label']}" for row in result["worst"])
        click.echo(f"worst     {names}")
    for row in result.get("corruptions", ()):
        click.echo(f"{row['accuracy']:8.2%}  {row['corruption']} {row['amount']:g} {row['unit']}")


@cli.command()
@click.argument("dataset", type=click.Choice(NAMES))
@click.option("--data", type=_PATH, help="Folder with the data set.")
@click.option("-o", "--out", type=_PATH, required=True, help="Folder for the images.")
@click.option("--count", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
def samples(dataset: str, data: Path | None, out: Path, count: int, force: bool) -> None:
    """Write the first test images of a data set as PNG files with a labels.csv."""
    from cbcnn_inputs import datasets
    from cbcnn_trainer.samples import write

    written = write(datasets.load(dataset, data, download=_download).test, out, count, force=force)
    click.echo(f"{len(written)} images in {out}", err=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code; a user's mistake never shows a traceback."""
    try:
        code = cli.main(arguments, prog_name="cbcnn-train", standalone_mode=False)
    except CbcnnError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        # What TensorFlow was in the middle of building dies half built; its destructors would
        # complain of that with tracebacks that help nobody.
        sys.unraisablehook = lambda _: None
        click.echo("interrupted; --resume goes on after the last complete epoch", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
