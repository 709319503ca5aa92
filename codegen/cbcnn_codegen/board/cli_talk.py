"""Subcommands of `cbcnn-board` that talk to a board: run, classify, verify, bench."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cbcnn_codegen.board.options import (
    PATH,
    baud_option,
    data_option,
    limit_option,
    port_option,
    refuse_idle_options,
    required_board,
    say_board,
    show_progress,
)
from cbcnn_codegen.errors import CbcnnError
from cbcnn_codegen.listing import json_option
from cbcnn_inputs.command_line import print_json, print_warning
from cbcnn_inputs.idle_options import Requirement

_AGAINST = click.option(
    "--against",
    metavar="reference|larq|FILE",
    default="reference",
    show_default=True,
    help="The NumPy interpreter alone; or Larq in TensorFlow as well; or stored outputs of it.",
)
_TRACE = click.option(
    "--trace",
    type=click.IntRange(min=0),
    default=1,
    metavar="N",
    show_default=True,
    help="Compare every layer of the first N images; scores and classes are compared for all.",
)
_RUNS = click.option(
    "--runs", type=click.IntRange(min=1, max=10000), default=10, show_default=True, metavar="N"
)


@click.command()
@click.argument("model", type=PATH)
@click.argument("folder", metavar="DIR", type=PATH)
@required_board
@port_option
@data_option
@limit_option
@_AGAINST
@_TRACE
@_RUNS
@baud_option
@json_option
def run(model: Path, folder: Path, **options: Any) -> None:
    """Flash, greet, self-test, verify and measure a board in one go.

    An emulated board starts blank and is flashed through gdb. A real one is expected to hold the
    firmware already: `flash` puts it there.
    """
    from cbcnn_codegen.board.run import run_everything

    refuse_idle_options(options["port"])
    result = run_everything(model, folder, **options)
    if options["as_json"]:
        print_json(result)


@click.command()
@click.argument("images", metavar="IMAGE...", type=PATH, nargs=-1, required=True)
@required_board
@port_option
@click.option("--dir", "folder", type=PATH, metavar="DIR", help="Firmware for `emulated`.")
@click.option(
    "--skip",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Leave out the first N images.",
)
@baud_option
@json_option
def classify(
    images: tuple[Path, ...],
    board_name: str,
    port: str,
    folder: Path | None,
    skip: int,
    baud: int | None,
    as_json: bool,
) -> None:
    """Let a board say what is in pictures: files, or folders of PNGs, IDX or npz.

    Answers appear as they come. A picture that cannot be read, or gets no answer, is told on
    standard error, and the next one follows; the exit code is not 0 then.
    """
    from cbcnn_codegen.board.classify import Classifier
    from cbcnn_codegen.board.connect import open_device
    from cbcnn_codegen.board.counts import unit_of
    from cbcnn_codegen.board.port import EMULATED, is_emulated
    from cbcnn_codegen.boards import find_board

    needs_firmware = Requirement("--dir", port == EMULATED, "--port emulated")
    refuse_idle_options(port, needs_firmware)
    board = find_board(board_name)
    with open_device(board, port, folder, baud, say_board) as device:
        unit = unit_of(device.info, board, emulated=is_emulated(port))

        def tell(row: dict[str, Any]) -> None:
            name = row["name"] if row["name"] is not None else row["class"]
            cost = "" if unit is None else f"  {row[unit.name]:,} {unit.name}"
            click.echo(f"{row['image']}  {name}{cost}")

        def warn(name: str, error: CbcnnError) -> None:
            print_warning(f"{name} has no answer: {error.what}, {error.found or 'nothing found'}")

        classifier = Classifier(device, unit, (lambda _row: None) if as_json else tell, warn)
        try:
            classifier.run(images, skip)
        finally:
            if as_json:
                failures = [
                    {"image": name, "error": error.what} for name, error in classifier.failures
                ]
                answers = {"images": classifier.answers, "without_answer": failures}
                print_json({"board": board_name, "port": port, **answers})
    classifier.demand_all()


@click.command()
@click.argument("model", type=PATH)
@click.argument("folder", metavar="DIR", type=PATH)
@required_board
@port_option
@data_option
@limit_option
@_AGAINST
@_TRACE
@baud_option
@json_option
def verify(
    model: Path,
    folder: Path,
    board_name: str,
    port: str,
    data: Path,
    limit: int | None,
    against: str,
    trace: int,
    baud: int | None,
    as_json: bool,
) -> None:
    """Demand that a board computes exactly what MODEL does.

    Sends images to the board and compares every score and class, and every activation of some
    images. Ends with exit code 0 only when all are equal.
    """
    from cbcnn_codegen.board import report
    from cbcnn_codegen.board.connect import demand_model, open_device
    from cbcnn_codegen.board.counts import unit_of
    from cbcnn_codegen.board.port import is_emulated
    from cbcnn_codegen.board.prove import Prover
    from cbcnn_codegen.boards import find_board
    from cbcnn_codegen.terminal import open_console
    from cbcnn_codegen.verify.chance import warn_near_chance
    from cbcnn_codegen.verify.regenerate import demand_generated
    from cbcnn_codegen.verify.session import open_session

    refuse_idle_options(port)
    board = find_board(board_name)
    session = open_session(model, folder, data, limit, against)
    for warning in session.warnings:
        print_warning(warning)
    with open_device(board, port, folder, baud, say_board) as device, show_progress() as progress:
        demand_model(device, session.project)
        prover = Prover(device, session.project, session.lowered, session.other, trace, progress)
        proof = prover.run(session.samples)
    unit = unit_of(device.info, board, emulated=is_emulated(port))
    if as_json:
        print_json(report.proof_to_json(device.info, proof, unit, port))
    else:
        report.print_proof(open_console(), device.info, proof, unit)
    report.demand_equality(proof)
    demand_generated(folder, session.differences)
    chance = warn_near_chance(session, [on_board for on_board, _ in proof.answers])
    if chance is not None:
        print_warning(chance)


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@required_board
@port_option
@click.option("--data", type=PATH, help="Image; default: a made-up picture.")
@_RUNS
@baud_option
@json_option
def bench(
    folder: Path,
    board_name: str,
    port: str,
    data: Path | None,
    runs: int,
    baud: int | None,
    as_json: bool,
) -> None:
    """Measure each layer on a board, beside what the profiler predicts."""
    from cbcnn_codegen.board import report
    from cbcnn_codegen.board.bench import run_bench
    from cbcnn_codegen.board.connect import demand_model, open_device
    from cbcnn_codegen.board.port import is_emulated
    from cbcnn_codegen.boards import find_board
    from cbcnn_codegen.profile.image import choose_image
    from cbcnn_codegen.terminal import open_console
    from cbcnn_codegen.verify.project import read_project

    refuse_idle_options(port)
    board, project = find_board(board_name), read_project(folder)
    sample = choose_image(project, data, 0)
    with open_device(board, port, folder, baud, say_board) as device, show_progress() as progress:
        demand_model(device, project)
        emulated = is_emulated(port)
        result = run_bench(
            device, board, project, sample, runs, emulated=emulated, progress=progress
        )
    if as_json:
        print_json({"board": board.name, "port": port, **result.to_json()})
    else:
        report.print_bench(open_console(), result)
