"""Which networks of a folder can be generated, and whether their C and TensorFlow agree.

    python -m benchmarks.tally FOLDER [--live] [--custom NAME=MEANING ...]

The folder holds `index.json`, a list of objects with a `name`, a `rescale` of scale and offset and
perhaps `custom`, as of `cbcnn-codegen --custom`, and for each name a model `NAME.h5` and `NAME.npz`
with `images` and `output_0`, `output_1` and so on, what TensorFlow puts out for them. Every network
is generated for this machine, built and compared: every value
with the NumPy interpreter, classes and scores with TensorFlow. Scores in front of a function that
is left out at the end are compared behind it. With `--live` every sign is compared, too, with the
live model in TensorFlow, which needs the extra `[train]`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import CbcnnError
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_codegen.verify.build import compile_project
from cbcnn_codegen.verify.builds import TRACED
from cbcnn_codegen.verify.compare import Comparison
from cbcnn_codegen.verify.data import Samples, prepare_samples
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.frameworks import import_oracle
from cbcnn_codegen.verify.harness import Outputs, run_program
from cbcnn_codegen.verify.live import LiveModel
from cbcnn_codegen.verify.project import Project, read_project
from cbcnn_inputs.model_files import open_model_file

Floats = npt.NDArray[np.float64]

LARGEST: Final = 1e-4
"""Difference of scores, relative to the largest of the model's, that float32 orders explain."""


@dataclass(frozen=True)
class Tally:
    """What one network came to.

    Attributes:
        refused: why it cannot be generated; "" where it can.
        level: of exactness.
        mismatched_bits: of all values, C against the NumPy interpreter.
        scores: largest difference to TensorFlow's, relative to the largest of them.
        classes: images of the same class, of `images`.
        signs: compared with the live model; 0 where that was not asked for.
        wrong_signs: of them, those that differ.
        not_live: why there is no live model; "" where there is one, or nobody asked.
    """

    name: str
    refused: str = ""
    level: int = 0
    mismatched_bits: int = 0
    scores: float = 0.0
    classes: int = 0
    images: int = 0
    signs: int = 0
    wrong_signs: int = 0
    not_live: str = ""

    @property
    def agrees(self) -> bool:
        """Is it generated, and right?"""
        same = self.mismatched_bits == self.wrong_signs == 0 and self.classes == self.images
        return not self.refused and same and self.scores < LARGEST

    def __str__(self) -> str:
        if self.refused:
            return f"{self.name}: refused\n    {self.refused}"
        return (
            f"{self.name}: level {self.level}, {self.mismatched_bits} bits of the C differ, "
            f"scores {self.scores:.1e} off, {self.classes} of {self.images} classes"
            f"{self._beside_larq}{'' if self.agrees else ': WRONG'}"
        )

    @property
    def _beside_larq(self) -> str:
        if self.not_live:
            return f", not live: {self.not_live}"
        return f", {self.wrong_signs} of {self.signs:,} signs differ" if self.signs else ""


def main() -> None:
    """Tally the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Compare the networks of a folder with TensorFlow")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--live", action="store_true", help="compare every sign with live Larq")
    help_text = "what a custom name stands for, in every network that has it"
    parser.add_argument("--custom", action="append", default=[], metavar="NAME=…", help=help_text)
    given = parser.parse_args()
    folder = given.folder
    if given.live:
        import_oracle(floats=True)
    entries = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    tallies = []
    for entry in entries:
        tallies.append(tally(folder, _with_custom(folder, entry, given.custom), live=given.live))
        print(tallies[-1], flush=True)
    print(f"{sum(one.agrees for one in tallies)} of {len(tallies)} agree")
    if given.live:
        wrong, signs = sum(of.wrong_signs for of in tallies), sum(of.signs for of in tallies)
        wrong_classes = sum(of.images - of.classes for of in tallies)
        classes = sum(of.images for of in tallies)
        print(
            f"{wrong:,} of {signs:,} signs differ from live Larq, "
            f"{wrong_classes} of {classes} classes from TensorFlow"
        )


def _with_custom(folder: Path, entry: Mapping[str, Any], said: Sequence[str]) -> Mapping[str, Any]:
    """The entry, with what is said of names that its network has."""
    text = json.dumps(open_model_file(folder / f"{entry['name']}.h5").architecture)
    known = [of for of in said if json.dumps(of.partition("=")[0]) in text]
    return {**entry, "custom": [*entry.get("custom", ()), *known]}


def tally(folder: Path, entry: Mapping[str, Any], *, live: bool = False) -> Tally:
    """Generate, build and compare one network."""
    name, rescale = entry["name"], tuple(entry["rescale"])
    custom = tuple(entry.get("custom", ()))
    model = folder / f"{name}.h5"
    try:
        read = read_model(model, rescale=rescale, custom=custom)
        graph = lower(read.graph)
        with tempfile.TemporaryDirectory(prefix="cbcnn-") as place:
            code = Path(place) / "code"
            request = Request(
                model, "host", name="net", rescale=rescale, custom=custom, measure=False
            )
            generate(request).write(code)
            project = read_project(code)
            stored = np.load(folder / f"{name}.npz")
            images = stored["images"].reshape(-1, *graph.input.shape)
            samples = prepare_samples(graph, images, None, name)
            program = compile_project(project, TRACED, Path(place))
            outputs = run_program(TRACED.name, project, program, samples, len(samples))
    except CbcnnError as problem:
        return Tally(name, refused=" | ".join(str(problem).splitlines()))
    expected = expect_reference(graph, samples.planes, traced=True)
    comparison = Comparison()
    comparison.add(project, outputs, expected, samples.planes, 0)
    off, same = 0.0, len(samples)
    for index, output in enumerate(expected.outputs):
        assert output.scores is not None, "the interpreter has all"
        scores = output.scores.astype(np.float64)
        wanted = stored[f"output_{index}"].reshape(len(scores), -1).astype(np.float64)
        ends = _ENDS if project.has_classes else _ENDS[:1]
        off = max(off, min(_distance(of(scores), wanted) for of in ends))
        if project.has_classes and scores.shape[1] > 1:
            same = int((outputs.classes == wanted.argmax(axis=1)).sum())
    bits = comparison.mismatched_bits
    plain = Tally(name, "", graph.level, bits, off, same, len(samples))
    if not live:
        return plain
    return _beside_larq(plain, LiveModel(read, graph, rescale), project, outputs, samples)


def _beside_larq(
    plain: Tally, live: LiveModel, project: Project, outputs: Outputs, samples: Samples
) -> Tally:
    """The same with the signs of the live model."""
    comparison = Comparison()
    try:
        expected = live.expect(samples.planes, traced=True)
    except CbcnnError as problem:
        return replace(plain, not_live=" | ".join(str(problem).splitlines()))
    comparison.add(project, outputs, expected, samples.planes, 0)
    signs, wrong = comparison.sign_bits, comparison.mismatched_sign_bits
    return replace(plain, signs=signs, wrong_signs=wrong)


def _softmax(x: Floats) -> Floats:
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    made: Floats = powers / powers.sum(axis=1, keepdims=True)
    return made


_ENDS: Final[tuple[Callable[[Floats], Floats], ...]] = (
    lambda x: x,
    _softmax,
    lambda x: 1 / (1 + np.exp(-x)),
    np.tanh,
)
"""Functions at the end that are left out."""


def _distance(found: Floats, wanted: Floats) -> float:
    if found.shape != wanted.shape:
        return float("inf")
    return float(np.abs(found - wanted).max() / max(np.abs(wanted).max(), 1e-30))


if __name__ == "__main__":
    main()
