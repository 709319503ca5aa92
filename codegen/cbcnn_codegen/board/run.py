"""Everything in one go: flash, greet, self-test, verify, measure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cbcnn_codegen.board import report
from cbcnn_codegen.board.bench import run_bench
from cbcnn_codegen.board.classify import name_classes
from cbcnn_codegen.board.connect import (
    demand_model,
    emulate_blank,
    find_firmware,
    open_device,
)
from cbcnn_codegen.board.counts import unit_of
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.options import say_board, show_progress
from cbcnn_codegen.board.port import EMULATED, is_emulated
from cbcnn_codegen.board.progress import Progress
from cbcnn_codegen.board.protocol import describe_fault_kind
from cbcnn_codegen.board.prove import Proof, Prover
from cbcnn_codegen.boards import Board, find_board
from cbcnn_codegen.errors import BoardError
from cbcnn_codegen.terminal import open_console
from cbcnn_codegen.verify.chance import warn_near_chance
from cbcnn_codegen.verify.data import Samples, Source
from cbcnn_codegen.verify.regenerate import demand_generated
from cbcnn_codegen.verify.session import open_session
from cbcnn_inputs.command_line import print_warning

Say = Callable[[str], None]


def run_everything(
    model: Path,
    folder: Path,
    *,
    board_name: str,
    port: str,
    data: Path,
    limit: int | None,
    against: str,
    trace: int,
    runs: int,
    baud: int | None,
    as_json: bool,
) -> dict[str, Any]:
    """Flash, greet, self-test, verify and measure; what was found, as `--json` prints it.

    Raises:
        VerificationError: the board and Python differ.
        CbcnnError: something does not work, does not answer or does not fit together.
    """
    board = find_board(board_name)
    session = open_session(model, folder, data, limit, against)
    start = time.monotonic()
    say = _quiet if as_json else print
    with show_progress() as progress, _start(board, port, folder, baud, say, progress) as device:
        demand_model(device, session.project)
        _greet(device, say)
        prover = Prover(device, session.project, session.lowered, session.other, trace, progress)
        proof = prover.run(session.samples)
        emulated = is_emulated(port)
        unit = unit_of(device.info, board, emulated=emulated)
        if not as_json:
            _print_classes(device, proof, say)
            report.print_proof(open_console(), device.info, proof, unit)
        report.demand_equality(proof)
        chance = warn_near_chance(session, [on_board for on_board, _ in proof.answers])
        if chance is not None:
            print_warning(chance)
        demand_generated(folder, session.differences)
        sample = _first_plane(session.samples)
        measured = run_bench(
            device, board, session.project, sample, runs, emulated=emulated, progress=progress
        )
    proven = report.proof_to_json(device.info, proof, unit, port)
    if not as_json:
        report.print_bench(open_console(), measured)
        say(f"done in         {time.monotonic() - start:.1f} s")
    return {**proven, "bench": measured.to_json()}


def _quiet(_text: str) -> None:
    pass


@contextmanager
def _start(
    board: Board, port: str, folder: Path, baud: int | None, say: Say, progress: Progress
) -> Iterator[Device]:
    """An emulated board is flashed as a real one would be; a real one was flashed by `flash`."""
    if port != EMULATED:
        with open_device(board, port, folder, baud, say_board) as device:
            yield device
        return
    elf = find_firmware(folder, board)
    say(f"starting        a blank emulated {board.title}, flashed through gdb")
    with emulate_blank(board, elf, say_board, progress) as device:
        say("flashed         every section reads back as it was written")
        yield device


def _greet(device: Device, say: Say) -> None:
    """Say what answered, and let it test itself.

    Raises:
        BoardError: a golden image fails.
    """
    info = device.info
    say(f"answers         {info.board}, protocol {info.versions[1]}, cbcnn {info.version}")
    say(f"model           {info.name}, SHA-256 {info.model_sha256.hex()[:16]}…")
    if info.last_fault:
        say(f"last fault      {describe_fault_kind(info.last_fault)}")
    if not info.golden_images:
        return
    test = device.self_test()
    if test.passed != test.run:
        raise BoardError(
            "the board's self-test fails",
            found=f"golden image {test.failing}: class {test.computed}\n"
            f"{test.passed} of {test.run} images pass",
            allowed=f"class {test.expected}, with the scores that Python computes",
        )
    say(f"self-test       {test.passed} of {test.run} golden images pass")


def _print_classes(device: Device, proof: Proof, say: Say) -> None:
    names = name_classes(device, {answer for answer, _ in proof.answers})
    labels = proof.samples.labels
    for image, (answer, _) in enumerate(proof.answers):
        label = None if labels is None else int(labels[image])
        verdict = "" if label is None else "right" if label == answer else "wrong"
        say(f"  image {image:3}     {names[answer]:24} {verdict}".rstrip())


def _first_plane(samples: Samples) -> Samples:
    planes = samples.planes[:1]
    return Samples(Source.PLANES, planes, planes, None, f"first of {samples.description}")
