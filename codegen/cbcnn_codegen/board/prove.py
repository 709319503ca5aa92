"""Demands that a board computes what Python does: scores of all images, layers of some."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.board.device import Answer, Device, StackUse
from cbcnn_codegen.board.info import Info
from cbcnn_codegen.board.protocol import Command, Decision, Format
from cbcnn_codegen.errors import BoardError
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_codegen.verify.compare import CLASS, DECISION, PLANE, SCORES, Comparison
from cbcnn_codegen.verify.data import Samples, Source
from cbcnn_codegen.verify.expect import Expectation
from cbcnn_codegen.verify.harness import Outputs
from cbcnn_codegen.verify.project import Project
from cbcnn_codegen.verify.run import PythonModel, ReferenceModel

Array = npt.NDArray[Any]

CHUNK: Final = 50
"""Images whose expected maps are in memory at a time."""

_FORMATS: Final = {
    Source.PLANES: Format.PLANE,
    Source.RGB888: Format.RGB888,
    Source.RGB565: Format.RGB565,
    Source.GREY: Format.GREY,
}


@dataclass
class Proof:
    """Result of a proof.

    Attributes:
        comparison: of all values that were fetched.
        traced: images whose every layer was compared.
        answers: class of each image by the board and by Python.
        rejected: which images the board rejects; empty for a model that always answers.
        ticks: of each image, by the board's counter.
        stack: after everything, with one more run of the model; None if the board does not tell.
        restarts: none, or the proof would have failed.
    """

    samples: Samples
    comparison: Comparison = field(default_factory=Comparison)
    traced: int = 0
    answers: list[tuple[int, int]] = field(default_factory=list)
    rejected: list[bool] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)
    stack: StackUse | None = None
    damaged_frames: int = 0

    def accuracies(self) -> tuple[float | None, float | None]:
        """Fractions of right answers of the board and of Python; None without labels."""
        labels = self.samples.labels
        if labels is None:
            return None, None
        on_board, in_python = (
            float(np.mean(np.array(answers) == labels))
            for answers in zip(*self.answers, strict=True)
        )
        return on_board, in_python


@dataclass(frozen=True)
class Prover:
    """Sends images to a device and compares.

    Attributes:
        project: the generated code in the device's firmware.
        lowered: the network in integers.
        other: a Python model to compare with beside the reference interpreter.
        trace: number of images whose every layer is compared.
        progress: is called after every image.
    """

    device: Device
    project: Project
    lowered: Graph
    other: PythonModel | None = None
    trace: int = 0
    progress: Progress = no_progress

    def run(self, samples: Samples) -> Proof:
        """Classify all images; where one differs, fetch its layers to see where that begins.

        Raises:
            BoardError: the board stopped answering, or cannot.
        """
        proof = Proof(samples)
        models: list[PythonModel] = [ReferenceModel(self.lowered)]
        models += [] if self.other is None else [self.other]
        for start in range(0, len(samples), CHUNK):
            stop = min(start + CHUNK, len(samples))
            planes = samples.planes[start:stop]
            traced = start < self.trace
            expected = [model.expect(planes, traced=traced) for model in models]
            for image in range(start, stop):
                self.progress("comparing", image, len(samples))
                try:
                    self._compare(proof, image, [_single(e, image - start) for e in expected])
                except BoardError as error:
                    differ = f"{proof.comparison.mismatched_bits} of {proof.comparison.bits} bits"
                    before = (
                        f"{image} of {len(samples)} images were compared before, {differ} differ"
                    )
                    error.found = before if error.found is None else f"{error.found}\n{before}"
                    raise
        self.progress("comparing", len(samples), len(samples))
        self._order(proof.comparison)
        if self.device.info.has(Command.STACK):
            proof.stack = self.device.stack(run=True)
            _demand_guard(proof.stack)
        proof.damaged_frames = self.device.link.damaged_frames
        return proof

    def look(self, sample: Samples) -> tuple[Answer, Proof]:
        """Classify a single image, and compare; of one that differs, every layer.

        Raises:
            BoardError: the board stopped answering, or cannot.
        """
        proof = Proof(sample)
        models = [ReferenceModel(self.lowered), *([] if self.other is None else [self.other])]
        expected = [model.expect(sample.planes, traced=False) for model in models]
        answer = self._compare(proof, 0, expected)
        self._order(proof.comparison)
        return answer, proof

    def _order(self, comparison: Comparison) -> None:
        """Layers in the order of the network, so that the first mismatch is where it begins."""
        names = (PLANE, *(layer.name for layer in self.project.layers), SCORES, CLASS, DECISION)
        tallies = comparison.layers
        comparison.layers = {name: tallies[name] for name in names if name in tallies}

    def _compare(self, proof: Proof, image: int, expected: list[Expectation]) -> Answer:
        """Fetch what the board computes for one image, and count what differs."""
        sample = proof.samples.part(slice(image, image + 1))
        kind = choose_format(self.device.info, sample.source)
        sent = sample.planes if kind is Format.PLANE else sample.images
        answer = self.device.classify(sent[0], kind)
        proof.ticks.append(answer.ticks)
        proof.answers.append((answer.answer, int(expected[-1].answers[0])))
        if self._decided(answer) is not None:
            proof.rejected.append(answer.is_rejected)
        made = None if kind is Format.PLANE else self._fetch_plane(answer)
        traced = image < self.trace
        outputs = self._outputs(answer, made, traced=traced)
        before = len(proof.comparison.mismatched)
        self._add(proof, outputs, expected, sample.planes, image, traced=traced)
        if len(proof.comparison.mismatched) > before == 0 and not traced:
            # The first image that differs: where does it begin?
            outputs = self._outputs(answer, None, traced=True)
            once_more = [ReferenceModel(self.lowered).expect(sample.planes, traced=True)]
            self._add(proof, outputs, once_more, sample.planes, image, traced=True)
            traced = True
        proof.traced += traced
        return answer

    def _add(
        self,
        proof: Proof,
        outputs: Outputs,
        expected: list[Expectation],
        planes: Array,
        image: int,
        *,
        traced: bool,
    ) -> None:
        for one in expected:
            shown = one if traced else one.without_layers(slice(None))
            proof.comparison.add(self.project, outputs, shown, planes, image)

    def _fetch_plane(self, answer: Answer) -> Array:
        data = self.device.plane(answer.image_crc)
        if len(data) != self.project.input.bytes:
            raise BoardError(
                "the board's plane has another size than the model's input",
                found=f"{len(data)} bytes",
                allowed=f"{self.project.input.bytes} bytes",
            )
        return np.frombuffer(data, self.project.input.dtype).reshape(1, *self.project.input.shape)

    def _outputs(self, answer: Answer, plane: Array | None, *, traced: bool) -> Outputs:
        classes = np.array([answer.answer], np.uint32)
        layers = {}
        for layer in self.project.layers if traced else ():
            data = self.device.layer(layer.index, answer.image_crc)
            if len(data) != layer.output_bytes:
                raise BoardError(
                    f"layer {layer.name} has another size on the board",
                    found=f"{len(data)} bytes",
                    allowed=f"{layer.output_bytes} bytes",
                    suggestion="build and flash the firmware again",
                )
            layers[layer.index] = np.frombuffer(data, np.uint8).reshape(1, -1)
        return Outputs(
            classes=classes,
            classified=classes,
            stack_bytes=np.zeros(1, np.uint32),
            planes=plane,
            scores=(answer.scores.reshape(1, -1),),
            layers=layers,
            decided=self._decided(answer),
        )

    def _decided(self, answer: Answer) -> npt.NDArray[np.uint32] | None:
        """The class, or the number of classes for none; None for a model that always answers.

        Raises:
            BoardError: the firmware says nothing of it.
        """
        if self.project.rejection is None:
            return None
        if answer.decision is Decision.ALWAYS:
            raise BoardError(
                "the board does not say whether it rejects an image",
                found="firmware of an earlier version, and a model with a threshold",
                suggestion="build and flash the firmware again",
            )
        decided = self.project.classes if answer.is_rejected else answer.answer
        return np.array([decided], np.uint32)


def choose_format(info: Info, source: Source) -> Format:
    """Format for images: as they are if the board takes that, else the network's input."""
    kind = _FORMATS[source]
    return kind if kind in info.formats else Format.PLANE


def _single(expected: Expectation, image: int) -> Expectation:
    part = slice(image, image + 1)
    return expected.part(part, {name: values[part] for name, values in expected.layers.items()})


def _demand_guard(stack: StackUse) -> None:
    if not stack.is_guard_intact:
        raise BoardError(
            "the board's stack overflowed",
            found=f"the guard below {stack.reserved:,} bytes of stack was overwritten",
            suggestion="what it computed is void; report a defect with the model",
        )
