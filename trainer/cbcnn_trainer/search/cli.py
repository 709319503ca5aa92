"""The command `cbcnn-search`.

Exit codes: 0 success, 2 wrong usage, 5 nothing fits, 6 unusable data, 7 outputs that cannot be
written, 8 a missing package or compiler, 12 no cluster, 70 a defect, 130 interrupted, 143
terminated.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cbcnn_codegen.listing import board_option, json_option, target_option
from cbcnn_inputs.command_line import print_json, run_command, version_option
from cbcnn_inputs.datasets import NAMES
from cbcnn_inputs.errors import MissingToolError
from cbcnn_inputs.idle_options import Requirement, given_options, refuse_idle
from cbcnn_inputs.installation import Extra, install_command
from cbcnn_inputs.own_pictures import FOLDER

if TYPE_CHECKING:
    from cbcnn_codegen.options import Optimize
    from cbcnn_trainer.search.front import Result
    from cbcnn_trainer.search.plan import Plan, Scarce
    from cbcnn_trainer.search.space import Family

_PATH = click.Path(path_type=Path)


@click.command("cbcnn-search", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=_PATH, help="Your pictures, as of cbcnn-train folder, or a data set.")
@click.option(
    "--dataset",
    type=click.Choice([FOLDER, *NAMES]),
    default=FOLDER,
    show_default=True,
    help="What --data holds: pictures of your own, or a data set with a name.",
)
@click.option("-o", "--out", type=_PATH, required=True, help="Folder for study and results.")
@board_option("Board that the networks must fit.")
@target_option("Processor, without a board; then --fits or --latency is the limit.")
@click.option("--fits", metavar="flash=64K,ram=12K", help="Memory that must suffice.")
@click.option("--latency", metavar="50ms", help="Longest time for an image, as estimated.")
@click.option(
    "--optimize",
    type=click.Choice(["speed", "balanced", "ram", "size"]),
    default="balanced",
    show_default=True,
    help="Mode of the generated code, as of cbcnn-codegen.",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Networks to train, at least for some epochs; what does not fit is none.",
)
@click.option("--time", "duration", metavar="40m", help="Begin and train nothing after this time.")
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=27,
    show_default=True,
    help="Of a network that stays; most drop out after a ninth or a third of them.",
)
@click.option(
    "--against",
    "scarce",
    type=click.Choice(["flash", "ram", "instructions"]),
    default="flash",
    show_default=True,
    help="What accuracy is traded against.",
)
@click.option(
    "--family",
    "families",
    multiple=True,
    type=click.Choice(["blocks", "residual", "quicknet"]),
    help="Kinds of networks to try. May be given several times. Default: all.",
)
@click.option(
    "--size",
    "sizes",
    multiple=True,
    metavar="WIDTHxHEIGHT",
    help="Sizes to try of your own pictures. Default: 24x24, 32x32 and 48x48.",
)
@click.option(
    "--pictures",
    multiple=True,
    type=click.Choice(["compressed", "grey", "rgb"]),
    help="What to try as input from your own pictures: the Image Compression Block, grey levels "
    "or colours. Default: all.",
)
@click.option("--config", type=_PATH, help="TOML file with options of training for all networks.")
@click.option(
    "--train-images",
    type=click.IntRange(min=1),
    help="Use only N training images.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the proposals.")
@click.option("--skip-bad", is_flag=True, help="Leave out pictures that cannot be read.")
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="Train on a cluster of Ray, HOST:PORT or auto; local for all cores of this machine. All "
    "machines see --data and -o under the same paths.",
)
@click.option(
    "--best",
    is_flag=True,
    help="Train the best of each family to its end; write the C of the winner.",
)
@click.option("--resume", is_flag=True, help="Go on with an interrupted search, or try more.")
@click.option("--force", is_flag=True, help="Replace another search.")
@json_option
@version_option
def command(
    out: Path,
    data: Path | None,
    dataset: str,
    board_name: str | None,
    target: str | None,
    fits: str | None,
    latency: str | None,
    optimize: Optimize,
    trials: int,
    duration: str | None,
    epochs: int,
    scarce: Scarce,
    families: tuple[Family, ...],
    sizes: tuple[str, ...],
    pictures: tuple[str, ...],
    config: Path | None,
    train_images: int | None,
    seed: int,
    skip_bad: bool,
    ray: str | None,
    best: bool,
    resume: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Search for the networks that fit a board, and trade their accuracy against their cost."""
    own = Requirement("", dataset == FOLDER, "pictures of your own")
    options = ("--size", "--pictures", "--skip-bad")
    refuse_idle(
        given_options(click.get_current_context()),
        [own._replace(option=option) for option in options],
    )
    _demand("optuna", "search")
    if ray is not None:
        _demand("ray", "search-ray")
    if data is None and dataset == FOLDER:
        raise click.UsageError("Missing option '--data'.", click.get_current_context())
    from cbcnn_trainer.search import run
    from cbcnn_trainer.search.begin import Wanted, check_sizes, make_plan_of_search, parse_duration

    seconds = None if duration is None else parse_duration(duration, "--time")
    wanted = Wanted(
        dataset=dataset,
        data=data,
        board=board_name,
        target=target,
        fits=fits,
        latency=latency,
        optimize=optimize,
        families=families,
        sizes=check_sizes(sizes),
        pictures=pictures,
        scarce=scarce,
        epochs=epochs,
        seed=seed,
        config=config,
        train_images=train_images,
        skip_bad=skip_bad,
    )
    plan = make_plan_of_search(wanted)
    with run.held(out, resume=resume, force=force):
        result = run.search(plan, out, trials=trials, seconds=seconds, ray=ray)
        made = _best(plan, result, out, ray, force=force) if best else None
    if as_json:
        print_json(run.told(result, made))
        return
    _show(result, made, out)


def _best(
    plan: Plan, result: Result, out: Path, ray: str | None, *, force: bool
) -> dict[str, Any] | None:
    """Train the best of each family to its end; None if no network was trained yet."""
    from cbcnn_trainer.search.best import make_best

    if not result.finalists:
        return None
    return make_best(plan, result.finalists, out, ray=ray, force=force)


def _show(result: Result, made: dict[str, Any] | None, out: Path) -> None:
    from cbcnn_inputs.terminal import open_console
    from cbcnn_trainer.search.front import print_result
    from cbcnn_trainer.search.run import PICTURE, RESULT

    console = open_console()
    print_result(console, result)
    written = f"{out / RESULT}" + (f", {out / PICTURE}" if result.trained else "")
    console.print(f"written   {written}", soft_wrap=True, markup=False)
    if made is not None:
        console.print(
            f"best      network {made['number']}: {made['model']}, C in {made['code']}; test "
            f"accuracy {made['test_accuracy']:.2%}, {made['flash_bytes']:,} bytes of flash, "
            f"{made['ram_bytes']:,} bytes of RAM",
            soft_wrap=True,
            markup=False,
        )


def _demand(package: str, extra: Extra) -> None:
    if importlib.util.find_spec(package) is None:
        raise MissingToolError(
            "a package that a search needs is not installed",
            found=f"no {package}",
            suggestion=install_command(extra),
        )


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with its code."""
    run_command(command, arguments, hint="--resume goes on where it was")


if __name__ == "__main__":
    main()
