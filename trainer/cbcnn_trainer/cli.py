"""The command `cbcnn-train`: a subcommand for own pictures, one for each data set, and `evaluate`.

Exit codes: 0 success, 2 wrong usage, 3 unreadable model, 6 unusable data, 7 outputs that cannot be
written, 8 a missing package, 70 a defect, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

import click

from cbcnn_inputs.command_line import run_command, version_option
from cbcnn_inputs.datasets import NAMES
from cbcnn_inputs.errors import printable
from cbcnn_inputs.idle_options import Requirement, given_options, refuse_idle
from cbcnn_inputs.own_pictures import FOLDER
from cbcnn_inputs.scaling import AUTO, parse_rescale
from cbcnn_trainer import presets, settings
from cbcnn_trainer.backends import BACKENDS, open_backend
from cbcnn_trainer.image_settings import Compression, PictureSettings
from cbcnn_trainer.options import PATH, TrainingCommand, option_groups
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.seeds import train_all
from cbcnn_trainer.settings import Settings


@click.group("cbcnn-train", context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def command() -> None:
    """Train a binarized CNN on a data set, or evaluate a trained one."""


def _add_training(name: str) -> None:
    def train(
        data: Path | None,
        out: Path,
        config: Path | None,
        backend: str | None,
        strategy: str,
        file_format: str,
        start_from: Path | None,
        teachers: tuple[Path, ...],
        resume: bool,
        force: bool,
        as_json: bool,
        seeds: int | None,
        skip_bad: bool = False,
        **options: Any,
    ) -> None:
        given = settings.read_toml(config) if config else {}
        given.update({key: value for key, value in options.items() if value is not None})
        chosen = settings.resolve(name, given)
        outputs = Outputs.at(out, file_format)
        share = "--distillation, its share of the targets, or --feature-matching"
        taught = bool(chosen.distillation or chosen.feature_matching)
        refuse_idle(
            given_options(click.get_current_context()),
            [
                Requirement(
                    "--format", outputs.is_folder, "a folder for -o, as a file's name says it"
                ),
                Requirement("--teacher", taught, share),
            ],
        )
        origins = Origins(start_from, teachers)
        flags = {"origins": origins, "resume": resume, "force": force}

        def run(settings: Settings, place: Outputs) -> dict[str, Any]:
            return _train(settings, data, place, (backend, strategy), skip_bad, flags)

        metrics = train_all(chosen, seeds, outputs, run) if seeds else run(chosen, outputs)
        if as_json:
            click.echo(json.dumps(metrics))

    preset = presets.DEFAULT_PRESETS[name]
    source = "your own pictures" if name == FOLDER else name
    text = f"Train on {source}, by default the preset {preset}, whose values the defaults are."
    command.add_command(TrainingCommand(name, callback=train, help=text))


def _train(
    chosen: settings.Settings,
    data: Path | None,
    outputs: Outputs,
    engine: tuple[str | None, str],
    skip_bad: bool,
    flags: dict[str, Any],
) -> dict[str, Any]:
    """Import what training needs, load the data and train; `engine`: backend and strategy."""
    from cbcnn_trainer.load_data import load_data
    from cbcnn_trainer.training import train

    flags["origins"].demand_readable()
    backend = open_backend(*engine)
    dataset = load_data(chosen, data, skip_bad=skip_bad, backend=backend)
    return train(chosen, dataset, outputs, backend=backend, **flags)


for _name in (FOLDER, *NAMES):
    _add_training(_name)


@command.command()
@click.argument("model", type=PATH)
@click.option("--data", type=PATH, required=True, help="Labelled images; see the README.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N images.")
@click.option("--skip-bad", is_flag=True, help="Leave out pictures that cannot be read.")
@click.option("--corruptions", is_flag=True, help="Evaluate darker, blurred, noisy, … images too.")
@click.option(
    "--rescale",
    metavar="SCALE,OFFSET|auto",
    help="Scaling of images in training, if the model file does not state it: 1/127.5,-1 or "
    "x/127.5-1 for the image x; auto tries the usual ways.",
)
@click.option(
    "--custom",
    metavar="NAME=MEANING",
    multiple=True,
    help="What a quantizer, function or layer of your own does, as of cbcnn-codegen.",
)
@click.option("--backend", type=click.Choice(BACKENDS), help="What computes; see the README.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    model: Path,
    data: Path,
    limit: int | None,
    skip_bad: bool,
    corruptions: bool,
    rescale: str | None,
    custom: tuple[str, ...],
    backend: str | None,
    as_json: bool,
) -> None:
    """Measure the accuracy of a trained model on test images."""
    chosen = AUTO if rescale == AUTO else parse_rescale(rescale or "x")
    from cbcnn_trainer.evaluate_file import evaluate_file

    def tell(text: str) -> None:
        click.echo(printable(text), err=True)

    result = evaluate_file(
        model,
        data,
        limit,
        corrupt=corruptions,
        rescale=chosen,
        custom=custom,
        skip_bad=skip_bad,
        backend=backend,
        tell=tell,
    )
    if as_json:
        click.echo(json.dumps(result))
        return
    for row in result["per_class"]:
        if row["images"]:
            name = printable(row["name"]) or f"class {row['label']}"
            click.echo(f"{row['accuracy']:8.2%}  of {row['images']:5d}  {name}")
    click.echo(f"{result['accuracy']:8.2%}  of {result['images']:5d}  all")
    if "rejection" in result:
        told = result["rejection"]
        click.echo(
            f"{told['accuracy_of_answers']:8.2%}  of the {told['coverage']:.2%} that get an answer"
        )
    if len(result["per_class"]) > len(result["worst"]):
        names = ", ".join(
            printable(row["name"]) or f"class {row['label']}" for row in result["worst"]
        )
        click.echo(f"worst     {names}")
    for row in result.get("corruptions", ()):
        click.echo(f"{row['accuracy']:8.2%}  {row['corruption']} {row['amount']:g} {row['unit']}")


def _look_options() -> list[click.Parameter]:
    """The options of `folder` that decide what becomes of pictures."""
    groups = option_groups(FOLDER)
    wanted = {field.name for kind in (PictureSettings, Compression) for field in fields(kind)}
    wanted |= {"validation_fraction", "seed", "data"}
    found: list[click.Parameter] = [
        option for group in groups.values() for option in group if option.name in wanted
    ]
    text = "Contact sheet to write: of each class some pictures, and what the network sees of them."
    return [
        *found,
        click.Option(["-o", "--out"], type=PATH, metavar="PNG", help=text),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object."),
    ]


@command.command(params=_look_options())
def look(data: Path, out: Path | None, as_json: bool, **options: Any) -> None:
    """Look at your own pictures before you train: counts, sizes, copies, what the network sees."""
    chosen = settings.resolve(FOLDER, options)
    from cbcnn_inputs.files import write_whole
    from cbcnn_inputs.terminal import open_console
    from cbcnn_trainer.look import look_at, print_look, sheet

    seen = look_at(data, chosen)
    if out is not None:
        write_whole(out, sheet(seen, chosen))
    if as_json:
        click.echo(json.dumps(seen.to_json()))
        return
    print_look(open_console(), seen)
    if out is not None:
        click.echo(f"contact sheet   {out}")


@command.command()
@click.argument("dataset", type=click.Choice(NAMES))
@click.option("--data", type=PATH, help="Folder with the data set.")
@click.option("-o", "--out", type=PATH, required=True, help="Folder for the images.")
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Number of images.",
)
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
def samples(dataset: str, data: Path | None, out: Path, count: int, force: bool) -> None:
    """Write the first test images of a data set as PNG files with a labels.csv."""
    from cbcnn_trainer.load_data import load_data
    from cbcnn_trainer.samples import write

    written = write(load_data(settings.resolve(dataset, {}), data).test, out, count, force=force)
    click.echo(f"{len(written)} images in {out}", err=True)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with its code; a user's mistake never shows a traceback."""
    run_command(command, arguments, hint="--resume goes on after the last complete epoch")


if __name__ == "__main__":
    main()
