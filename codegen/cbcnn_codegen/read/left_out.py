"""Functions of the model that need no computing, if what follows them allows it."""

from __future__ import annotations

from typing import NamedTuple

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Operation, Shape
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_inputs.answers import FUNCTIONS, keeps_answer
from cbcnn_inputs.model_files.limits import quote


class LeftOut(NamedTuple):
    """A function that the chain has met but not emitted.

    Attributes:
        name: its key in `FUNCTIONS`.
        layer: that computes it.
        ops: the same as operations in a row, for places that need its values; empty if there are
            none.
    """

    name: str
    layer: LayerConfig
    ops: tuple[Operation, ...] = ()

    def may_precede(self, op: Operation, shape: Shape | None) -> bool:
        """Whether the function may move behind the operation without a change.

        Flatten and max pooling pick values, and a function that rises picks the same ones; the
        sign that follows only asks whether one of them is positive. A function of all
        scores at once, such as softmax, must not be spread over other scores than its own.
        """
        if FUNCTIONS[self.name].joint:
            return isinstance(op, Flatten) and shape is not None and shape.height * shape.width == 1
        return isinstance(op, Flatten | MaxPool)

    def note_at_sign(self) -> str:
        """A note for the user if a sign follows that the function keeps."""
        return f"{self._where()} is left out; the sign behind it stays the same"

    def note_at_end(self) -> str:
        """A note for the user if scores follow that the function keeps."""
        return f"{self._where()} is left out; the scores are what it reads"

    def _where(self) -> str:
        return f"{self.name} of layer {quote(self.layer.name)}"

    def keeps_sign(self) -> bool:
        """Whether a sign behind it is the same without it."""
        return FUNCTIONS[self.name].sign

    def keeps_answer(self, scores: int) -> bool:
        """Whether a model of so many scores has the same class without it at its end."""
        return keeps_answer(self.name, scores)

    def is_constant(self, scores: int) -> bool:
        """Whether so many scores make the same class whatever they are.

        That is so for a single score behind a function whose values all have one sign.
        """
        kept = FUNCTIONS[self.name]
        return scores == 1 and (kept.joint or (kept.order and not kept.label))

    def refused_before(self, what: str) -> UnsupportedLayerError:
        """The error if something follows that needs the function's values."""
        return self.layer.refused(f"{self.name} in front of {what}", self._allowed(), self._cure())

    def refused_at_end(self, scores: int) -> UnsupportedLayerError:
        """The error if the model ends and the function changes its answer."""
        found = f"{self.name} of {'a single score' if scores == 1 else f'{scores} scores'}"
        if FUNCTIONS[self.name].joint:
            return self.layer.refused(
                f"{found}, which is always the same",
                "sigmoid of a single score, or two scores",
                "sigmoid in its place, and binary crossentropy to train with",
            )
        return self.layer.refused(found, self._allowed(), "remove it")

    def _allowed(self) -> str:
        kept = FUNCTIONS[self.name]
        places = {
            "in front of a sign": kept.sign,
            "at the end of the model": kept.order,
            "behind a single score": kept.label and not kept.order,
        }
        where = " or ".join(place for place, allowed in places.items() if allowed)
        return f"{self.name} {where}, where it is left out"

    def _cure(self) -> str:
        kept = FUNCTIONS[self.name]
        return "remove it" if kept.sign or kept.label else "remove it; all its values have one sign"
