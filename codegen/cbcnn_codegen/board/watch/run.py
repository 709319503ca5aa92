"""Asks the board about one image after the other, and keeps the state of the page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from cbcnn_codegen.answer_pictures import as_png
from cbcnn_codegen.board.device import Answer
from cbcnn_codegen.board.prove import Proof, Prover
from cbcnn_codegen.board.session import BoardSession
from cbcnn_codegen.board.watch.state import WatchState
from cbcnn_codegen.errors import CbcnnError, VerificationError
from cbcnn_codegen.page.answers import class_names, score_bars
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.session import Session
from cbcnn_inputs.errors import printable


@dataclass(frozen=True)
class Watching:
    """A board, Python beside it, and the page.

    Attributes:
        session: the board.
        python: the images, and what they have to give.
        state: of the page.
        pause: seconds between two images.
    """

    session: BoardSession
    python: Session
    state: WatchState
    pause: float

    def look(self, prover: Prover, index: int) -> None:
        """Ask about one image, and show it."""
        sample = self.python.samples.part(slice(index, index + 1))
        start = time.monotonic()
        answer, proof = prover.look(sample)
        seconds = time.monotonic() - start
        first = proof.comparison.first
        self.state.add(self._show(sample, answer, proof, seconds), differs=first is not None)

    def _show(
        self, sample: Samples, answer: Answer, proof: Proof, seconds: float
    ) -> dict[str, Any]:
        project, unit = self.python.project, self.session.unit
        names = class_names(project.class_names, project.classes)
        label = None if sample.labels is None else int(sample.labels[0])
        scores = [float(score) / 2**project.scores.fraction_bits for score in answer.scores]
        amount = None if unit is None else round(answer.ticks * unit.factor)
        milliseconds = None if unit is None or amount is None else unit.milliseconds(amount)
        first = proof.comparison.first
        return {
            "picture": as_png(sample.images[0]),
            "plane": as_png(sample.planes[0]),
            "answer": "no answer" if answer.is_rejected else names[answer.answer],
            "label": None if label is None else names[label],
            "right": None if label is None else label == answer.answer,
            "bars": [vars(bar) for bar in score_bars(scores, names)],
            "cost": None if unit is None or amount is None else f"{amount:,} {unit.name}",
            "milliseconds": None if milliseconds is None else round(milliseconds, 2),
            "round_trip_milliseconds": round(seconds * 1000),
            "mismatch": None if first is None else printable(str(first)),
        }


def watch(watching: Watching, seconds: float | None) -> None:
    """Go through the images again and again.

    Args:
        watching: what to ask, and what to show.
        seconds: to go on for; None is for ever.

    Raises:
        BoardError: the board stopped answering; an open page has shown it.
        VerificationError: at the end, if an image differed.
    """
    python, state = watching.python, watching.state
    prover = Prover(watching.session.device, python.project, python.lowered, python.other)
    limit = None if seconds is None else time.monotonic() + seconds
    index = 0
    try:
        while limit is None or time.monotonic() < limit:
            watching.look(prover, index)
            index = (index + 1) % len(python.samples)
            time.sleep(watching.pause)
    except CbcnnError as error:
        state.end(f"{error.what}: {error.found or 'nothing came'}")
        raise
    state.end("the command has ended")
    demand_no_mismatch(state)


def demand_no_mismatch(state: WatchState) -> None:
    """Raise if an image differed.

    Raises:
        VerificationError: one did.
    """
    if state.mismatched:
        raise VerificationError(
            "the board and the Python model differ",
            found=f"{state.mismatched} of {state.images} images",
            allowed="equal scores and classes",
            suggestion="cbcnn-board verify names the first layer that differs",
        )
