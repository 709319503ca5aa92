"""Subcommands of `cbcnn-board` that talk to a board: run, classify, verify, bench."""

from __future__ import annotations

import time
from collections.abc import Callable
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
    skip_bad_option,
)
from cbcnn_codegen.errors import CbcnnError
from cbcnn_codegen.listing import json_option
from cbcnn_inputs.command_line import print_json, print_warning
from cbcnn_inputs.idle_options import Requirement

_AGAINST = click.option(
    "--against",
    metavar="reference|larq|keras|FILE",
    default="reference",
    show_default=True,
    help="The NumPy interpreter alone; or the live model in Larq or Keras 3 as well; or stored "
    "outputs of it.",
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
    "--runs",
    type=click.IntRange(min=1, max=10000),
    default=10,
    show_default=True,
    metavar="N",
    help="Inferences to measure.",
)


def _proof_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that `run` and `verify` share."""
    options = (
        click.argument("model", type=PATH),
        click.argument("folder", metavar="DIR", type=PATH),
        *(
            required_board,
            port_option,
            data_option,
            limit_option,
            skip_bad_option,
            _AGAINST,
            _TRACE,
        ),
        *(baud_option, json_option),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_proof_options
@_RUNS
def run(
    model: Path,
    folder: Path,
    board_name: str,
    port: str,
    data: Path,
    limit: int | None,
    skip_bad: bool,
    against: str,
    trace: int,
    runs: int,
    baud: int | None,
    as_json: bool,
) -> None:
    """Flash, greet, self-test, verify and measure a board in one go.

    An emulated board starts blank, and gdb flashes it. A real one must hold the firmware already:
    `flash` puts it there.
    """
    from cbcnn_codegen.board import report
    from cbcnn_codegen.board.session import demand_proof, open_board, open_python
    from cbcnn_codegen.boards import find_board
    from cbcnn_inputs.terminal import open_console

    refuse_idle_options(port)
    board = find_board(board_name)
    python = open_python(model, folder, data, limit, against, skip_bad=skip_bad)
    start = time.monotonic()
    say = (lambda _text: None) if as_json else click.echo
    with open_board(board, port, folder, baud, python.project, say) as session:
        session.greet(say)
        proof = session.prove(python, trace)
        if not as_json:
            session.print_classes(python.project, proof, say)
            report.print_proof(open_console(), session.device.info, proof, session.unit)
        demand_proof(python, proof)
        measured = session.bench(python.project, python.samples.plane(0), runs)
    if as_json:
        proven = report.proof_to_json(session.device.info, proof, session.unit, port)
        print_json({**proven, "bench": measured.to_json()})
        return
    report.print_bench(open_console(), measured)
    say(f"done in         {time.monotonic() - start:.1f} s")


@click.command()
@click.argument("images", metavar="IMAGE...", type=PATH, nargs=-1, required=True)
@required_board
@port_option
@click.option(
    *("--dir", "folder"),
    type=PATH,
    metavar="DIR",
    help="Firmware for `emulated`; its report says how pictures of any size are prepared.",
)
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
    """Let a board classify pictures: files, or folders of PNGs, IDX or npz.

    A model of `cbcnn-train folder` takes pictures of any size; --dir says how to prepare them.

    Answers appear as they come. Where a picture cannot be read or gets no answer, a warning on
    standard error says so, the next one follows, and the exit code is not 0.
    """
    from cbcnn_codegen.board.classify import Classifier
    from cbcnn_codegen.board.port import EMULATED
    from cbcnn_codegen.board.session import open_board
    from cbcnn_codegen.boards import find_board
    from cbcnn_codegen.verify.project import read_project
    from cbcnn_inputs.own_pictures.known import NOTHING_KNOWN

    known = NOTHING_KNOWN if folder is None else read_project(folder).known
    use = "--port emulated, or a model that was trained on pictures of any size"
    refuse_idle_options(port, Requirement("--dir", port == EMULATED or known.fit is not None, use))
    with open_board(find_board(board_name), port, folder, baud) as session:
        unit = session.unit

        def tell(row: dict[str, Any]) -> None:
            name = row["name"] if row["name"] is not None else row["class"]
            cost = "" if unit is None else f"  {row[unit.name]:,} {unit.name}"
            shown = f"no answer, perhaps {name}" if row.get("rejected") else name
            click.echo(f"{row['image']}  {shown}{cost}")

        def warn(name: str, error: CbcnnError) -> None:
            print_warning(f"{name} has no answer: {error.what}, {error.found or 'nothing found'}")

        classifier = Classifier(
            session.device, unit, (lambda _row: None) if as_json else tell, warn, known
        )
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
@_proof_options
def verify(
    model: Path,
    folder: Path,
    board_name: str,
    port: str,
    data: Path,
    limit: int | None,
    skip_bad: bool,
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
    from cbcnn_codegen.board.session import demand_proof, open_board, open_python
    from cbcnn_codegen.boards import find_board
    from cbcnn_inputs.terminal import open_console

    refuse_idle_options(port)
    board = find_board(board_name)
    python = open_python(model, folder, data, limit, against, skip_bad=skip_bad)
    with open_board(board, port, folder, baud, python.project) as session:
        proof = session.prove(python, trace)
    info = session.device.info
    if as_json:
        print_json(report.proof_to_json(info, proof, session.unit, port))
    else:
        report.print_proof(open_console(), info, proof, session.unit)
    demand_proof(python, proof)


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
    from cbcnn_codegen.board.session import open_board
    from cbcnn_codegen.boards import find_board
    from cbcnn_codegen.profile.image import choose_image
    from cbcnn_codegen.verify.project import read_project
    from cbcnn_inputs.terminal import open_console

    refuse_idle_options(port)
    board, project = find_board(board_name), read_project(folder)
    sample = choose_image(project, data, 0)
    with open_board(board, port, folder, baud, project) as session:
        result = session.bench(project, sample, runs)
    if as_json:
        print_json({"board": board.name, "port": port, **result.to_json()})
    else:
        report.print_bench(open_console(), result)
