"""A board that answered, and the work of `run`, `verify`, `classify` and `bench` on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cbcnn_codegen.board import report
from cbcnn_codegen.board.bench import Bench, run_bench
from cbcnn_codegen.board.classify import name_classes
from cbcnn_codegen.board.connect import (
    demand_model,
    emulate_blank,
    find_firmware,
    open_device,
)
from cbcnn_codegen.board.counts import Unit, unit_of
from cbcnn_codegen.board.device import Device
from cbcnn_codegen.board.emulators import emulator_of
from cbcnn_codegen.board.options import say_board
from cbcnn_codegen.board.port import EMULATED, is_emulated
from cbcnn_codegen.board.protocol import describe_fault_kind
from cbcnn_codegen.board.prove import Proof, Prover
from cbcnn_codegen.boards import Board
from cbcnn_codegen.errors import BoardError
from cbcnn_codegen.progress import show_progress
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.project import Project
from cbcnn_codegen.verify.regenerate import demand_generated
from cbcnn_codegen.verify.session import Session, open_session
from cbcnn_inputs.command_line import print_warning
from cbcnn_inputs.errors import printable

Say = Callable[[str], None]


@dataclass(frozen=True)
class BoardSession:
    """A board on a line.

    Attributes:
        board: which one.
        port: that it was found at.
        device: that answered.
    """

    board: Board
    port: str
    device: Device

    @property
    def unit(self) -> Unit | None:
        """The unit of its counter; None if it has none."""
        return unit_of(self.device.info, self.board, emulated=is_emulated(self.port))

    def greet(self, say: Say) -> None:
        """Report which board answered, and let it test itself.

        Raises:
            BoardError: a golden image fails.
        """
        info = self.device.info
        say(f"answers         {info.board}, protocol {info.versions[1]}, cbcnn {info.version}")
        say(f"model           {info.name}, SHA-256 {info.model_sha256.hex()[:16]}…")
        if info.last_fault:
            say(f"last fault      {describe_fault_kind(info.last_fault)}")
        if not info.golden_images:
            return
        test = self.device.self_test()
        if test.passed != test.run:
            raise BoardError(
                "the board's self-test fails",
                found=f"golden image {test.failing}: class {test.computed}\n"
                f"{test.passed} of {test.run} images pass",
                allowed=f"class {test.expected}, with the scores that Python computes",
            )
        say(f"self-test       {test.passed} of {test.run} golden images pass")

    def prove(self, python: Session, trace: int) -> Proof:
        """Compare the board with Python, image by image, and every layer of the first `trace`.

        Raises:
            BoardError: the board stopped answering.
        """
        with show_progress() as progress:
            prover = Prover(
                self.device, python.project, python.lowered, python.other, trace, progress
            )
            return prover.run(python.samples)

    def bench(self, project: Project, sample: Samples, runs: int) -> Bench:
        """Measure each layer with one image.

        Raises:
            BoardError: the board has no counter, or stopped answering.
        """
        with show_progress() as progress:
            return run_bench(self.device, self.unit, project, sample, runs, progress)

    def print_classes(self, project: Project, proof: Proof, say: Say) -> None:
        """A line for each image: its class, and whether that is its label."""
        found = {answer for answer, _ in proof.answers}
        names = name_classes(self.device, found, project.class_names)
        labels = proof.samples.labels
        for image, (answer, _) in enumerate(proof.answers):
            label = None if labels is None else int(labels[image])
            verdict = "" if label is None else "right" if label == answer else "wrong"
            verdict = "no answer" if proof.rejected and proof.rejected[image] else verdict
            name = printable(names[answer] or str(answer))
            say(f"  image {image:3}     {name:24} {verdict}".rstrip())


@contextmanager
def open_board(
    board: Board,
    port: str,
    folder: Path | None,
    baud: int | None,
    project: Project | None = None,
    say_flashed: Say | None = None,
) -> Iterator[BoardSession]:
    """A board that runs its firmware and has answered; errors are those of `open_device`.

    Args:
        board: which one.
        port: any URL that pyserial knows, or `emulated`.
        folder: of the generated code, with the firmware for the board; an emulated board needs it.
        baud: of the line; None for the firmware's own.
        project: generated code; the board must hold the model that it was generated from.
        say_flashed: where it is given, an emulated board starts blank and is flashed as a real one
            would be, and this is told so.
    """
    with ExitStack() as stack:
        if (
            say_flashed is not None
            and port == EMULATED
            and emulator_of(board).start_flashed is None
        ):
            say_flashed(f"starting        an emulated {board.title} with its firmware in flash")
            say_flashed = None
        if port == EMULATED and folder is not None and say_flashed is not None:
            elf = find_firmware(folder, board)
            say_flashed(f"starting        a blank emulated {board.title}, flashed through gdb")
            with show_progress() as progress:
                device = stack.enter_context(emulate_blank(board, elf, say_board, progress))
            say_flashed("flashed         every section reads back as it was written")
        else:
            device = stack.enter_context(open_device(board, port, folder, baud, say_board))
        if project is not None:
            demand_model(device, project)
        yield BoardSession(board, port, device)


def open_python(
    model: Path,
    folder: Path,
    data: Path,
    limit: int | None,
    against: str,
    *,
    skip_bad: bool = False,
) -> Session:
    """The other side of the comparison; warns on standard error. See `open_session`."""
    python = open_session(model, folder, data, limit, against, skip_bad=skip_bad)
    for warning in python.warnings:
        print_warning(warning)
    return python


def demand_proof(python: Session, proof: Proof) -> None:
    """Raise unless the board computed what MODEL does, with the code that it generates.

    Raises:
        VerificationError: values differ, or the code in the folder is not what is generated.
    """
    report.demand_equality(proof)
    demand_generated(python.project.folder, python.differences)
    chance = python.warn_near_chance([on_board for on_board, _ in proof.answers])
    if chance is not None:
        print_warning(chance)
