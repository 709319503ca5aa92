"""The command `cbcnn-profile`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cbcnn_codegen.listing import json_option, target_option
from cbcnn_codegen.progress import show_progress
from cbcnn_inputs.command_line import print_json, print_warning, run_command, version_option
from cbcnn_inputs.idle_options import Requirement, given_options, refuse_idle

if TYPE_CHECKING:
    from cbcnn_codegen.profile.run import Counter

_PATH = click.Path(path_type=Path)


@click.command("cbcnn-profile", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="DIR", type=_PATH)
@target_option("Processor to run on. Default: the one the code is for.")
@click.option(
    "--data",
    "--image",
    "data",
    type=_PATH,
    help="Image: a file, or an IDX folder, npz or PNG folder. Default: a made-up picture.",
)
@click.option(
    "--index",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Number of the image in --data, from 0.",
)
@click.option(
    "--clock",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MHZ",
    help="For the estimated milliseconds. Default: that of a typical chip.",
)
@click.option(
    "--counter",
    type=click.Choice(["auto", "unicorn", "qemu"]),
    default="auto",
    show_default=True,
    help="Emulator that counts; auto is Unicorn where it knows the core.",
)
@click.option("--plot", type=_PATH, metavar="FILE", help="Draw a bar chart: .svg or .png.")
@json_option
@version_option
def command(
    folder: Path,
    target: str | None,
    data: Path | None,
    index: int,
    clock: float | None,
    counter: Counter,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Count what one inference of the C in DIR costs, without a board.

    Compiles the code as it ships, runs one image on an emulated core and reports instructions
    (exact), cycles (estimated), flash and RAM, for each layer and in total. The same code and image
    give the same numbers every time.
    """
    from cbcnn_codegen.profile.image import choose_image
    from cbcnn_codegen.profile.plot import check_plot, write_plot
    from cbcnn_codegen.profile.run import Profiler, choose_target
    from cbcnn_codegen.verify.project import find_edited_files, read_project

    project = read_project(folder)
    chosen, warnings = choose_target(project, target)
    is_timed, is_emulated = chosen.timing is not None, chosen.emulator is not None
    refuse_idle(
        given_options(click.get_current_context()),
        [
            Requirement("--index", data is not None, "--data"),
            Requirement("--clock", is_timed, f"a table of cycles, which {chosen.name} has not"),
            Requirement("--counter", is_emulated or counter == "auto", "an emulated processor"),
            Requirement("--plot", is_emulated, "an emulated processor, whose layers are counted"),
        ],
    )
    if plot is not None:
        check_plot(plot)
    samples = choose_image(project, data, index)
    edited = [f"{name} was edited after it was generated" for name in find_edited_files(project)]
    for warning in (*warnings, *edited):
        print_warning(warning)
    with show_progress() as progress:
        profile = Profiler(project, chosen, samples, counter, clock, progress).run()
    if plot is not None:
        write_plot(profile, plot)
    if as_json:
        print_json(profile.to_json())
    else:
        from cbcnn_codegen.profile.table import print_profile

        print_profile(profile)


def main() -> None:
    """Entry point of the command."""
    run_command(command)


if __name__ == "__main__":
    main()
