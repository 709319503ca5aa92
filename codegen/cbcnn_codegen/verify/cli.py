"""The command `cbcnn-verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cbcnn_codegen.listing import json_option
from cbcnn_codegen.progress import show_progress
from cbcnn_inputs.command_line import print_json, print_warning, run_command, version_option
from cbcnn_inputs.idle_options import Requirement, given_options, refuse_idle

if TYPE_CHECKING:
    from cbcnn_codegen.verify.builds import Extent

_PATH = click.Path(path_type=Path, readable=False)


@click.command("cbcnn-verify", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=_PATH)
@click.argument("folder", metavar="DIR", type=_PATH)
@click.option("--data", type=_PATH, required=True, help="Images: IDX folder, npz, or PNG folder.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N images.")
@click.option("--skip-bad", is_flag=True, help="Leave out pictures that cannot be read.")
@click.option(
    "--against",
    metavar="reference|larq|keras|FILE",
    default="reference",
    show_default=True,
    help="The NumPy interpreter alone; or the live model as well, of Larq in TensorFlow or of "
    "Keras 3 on the backend that KERAS_BACKEND names; or outputs of it that --store has kept in "
    "FILE.",
)
@click.option("--store", type=_PATH, metavar="FILE", help="Store the live model's outputs in FILE.")
@click.option("--predictions", is_flag=True, help="Print the class of each image.")
@click.option(
    "--trace",
    type=click.IntRange(min=0),
    default=500,
    metavar="N",
    show_default=True,
    help="Compare every layer of the first N images; scores and classes are compared for all.",
)
@click.option(
    "--builds",
    type=click.Choice(["quick", "full"]),
    default="full",
    show_default=True,
    help="quick: gcc -O2 and its sanitizers. full: -O0, -O3, -Os, C++17 and clang too.",
)
@click.option("--emulate", is_flag=True, help="Run it on an emulated target processor too.")
@json_option
@version_option
def command(
    model: Path,
    folder: Path,
    data: Path,
    limit: int | None,
    skip_bad: bool,
    against: str,
    store: Path | None,
    predictions: bool,
    trace: int,
    builds: Extent,
    emulate: bool,
    as_json: bool,
) -> None:
    """Demand that the C in DIR computes exactly what MODEL does.

    Builds the generated C on this machine in many ways, without a warning, and runs it on images.
    Ends with exit code 0 only when every binarized activation, score and class is equal, and DIR
    holds what MODEL generates, byte for byte. Networks with floats (level 2) equal the interpreter
    in every bit; --against larq or keras demands the live model's signs and classes, shows the
    floats on both sides where they differ, and counts how far the logits are, at most 1e-4 of the
    largest.
    """
    from cbcnn_codegen.targets import find_target
    from cbcnn_codegen.verify import report
    from cbcnn_codegen.verify.frameworks import FRAMEWORKS
    from cbcnn_codegen.verify.regenerate import demand_generated
    from cbcnn_codegen.verify.run import Verifier
    from cbcnn_codegen.verify.session import open_session
    from cbcnn_codegen.verify.stored import save_outputs

    given = given_options(click.get_current_context())
    live = Requirement(
        "--store", against in FRAMEWORKS, "--against larq or keras, whose outputs it keeps"
    )
    refuse_idle(given, [live])
    session = open_session(model, folder, data, limit, against, skip_bad=skip_bad)
    target = find_target(session.project.target)
    told = "code for a processor that is emulated"
    emulated = Requirement("--emulate", target.is_emulated, told)
    classes = session.lowered.has_classes
    predicted = Requirement("--predictions", classes, "a network that answers with a class")
    refuse_idle(given, [emulated, predicted])
    for warning in session.warnings:
        print_warning(warning)
    with show_progress() as progress:
        result = Verifier(
            session.project,
            session.lowered,
            session.samples,
            session.against,
            session.other,
            trace=trace,
            extent=builds,
            emulate=emulate,
            progress=progress,
        ).run()
    if as_json:
        print_json(report.result_to_json(session, result, predictions=predictions))
    else:
        from cbcnn_inputs.terminal import open_console

        console = open_console()
        if predictions:
            report.print_predictions(console, session, result)
        report.print_result(console, session, result)
    report.demand_equality(result, session.lowered.knife_edges, session.explain)
    demand_generated(folder, session.differences)
    chance = None if result.answers is None else session.warn_near_chance(result.answers[0])
    if chance is not None:
        print_warning(chance)
    if store is not None and session.other is not None:
        planes = session.samples.planes
        outputs = session.other.expect(planes, traced=True)
        save_outputs(store, session.project.model_sha256, planes, outputs)


def main() -> None:
    """Entry point of the command."""
    run_command(command)
