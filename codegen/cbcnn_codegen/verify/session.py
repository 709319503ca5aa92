"""Brings a model, its generated code and images together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.ir import Graph, Node
from cbcnn_codegen.passes import Ranges, lower
from cbcnn_codegen.read import ReadResult, read_model
from cbcnn_codegen.verify.beside_floats import BesideFloats, compare_with_floats
from cbcnn_codegen.verify.data import Samples, load_samples
from cbcnn_codegen.verify.edges import find_edges
from cbcnn_codegen.verify.frameworks import FRAMEWORKS, import_oracle
from cbcnn_codegen.verify.live import LiveModel
from cbcnn_codegen.verify.project import Project, find_edited_files, read_project
from cbcnn_codegen.verify.regenerate import Difference, demand_version, find_differences
from cbcnn_codegen.verify.run import Against, PythonModel
from cbcnn_codegen.verify.stored import load_outputs
from cbcnn_inputs.chance import Accuracy, chance_warning, judge

_EXPLAINED: Final = 16
"""Images whose differences are looked at."""

_SCALING: Final = (
    "cbcnn-codegen MODEL --rescale SCALE,OFFSET says so, --rescale auto --data PATH finds it"
)

_KINDS: Final = {
    ("signs", 32): "signs",
    ("integers", 8): "int8",
    ("integers", 16): "int16",
    ("integers", 32): "accumulators",
    ("float32", 32): "reals",
}
"""The kind of a reported layer, by the numbers that it makes."""


@dataclass(frozen=True)
class Session:
    """The inputs of a verification.

    Attributes:
        lowered: the network in integers.
        against: the other side of the comparison: "reference", "larq", "keras" or "stored outputs".
        other: the Python model to compare with beside the reference interpreter, if any.
        unobserved: signs that this model does not show.
        differences: between the folder and what the model generates.
        warnings: what a user should know before believing the result.
        floats: the network that a quantized one was made of, lowered; None for others.
    """

    project: Project
    lowered: Graph
    samples: Samples
    against: Against
    other: PythonModel | None
    unobserved: tuple[str, ...]
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...]
    floats: Graph | None = None

    def beside_floats(self, answers: npt.ArrayLike) -> BesideFloats | None:
        """What quantization costs; None for a network that is not quantized."""
        if self.floats is None:
            return None
        return compare_with_floats(self.floats, self.samples, answers)

    def accuracy(self, answers: npt.ArrayLike) -> Accuracy | None:
        """How often the answers for the images are their labels; None without labels."""
        if self.samples.labels is None:
            return None
        return judge(self.samples.labels, np.asarray(answers, np.int64), self.lowered.classes)

    def explain(self, images: Collection[int]) -> str:
        """Why the C and the live model differ for some of the images: the floats on both sides.

        "" where no floats decide: for networks of signs and integers alone (level 1), and without a
        live model.
        """
        if not isinstance(self.other, LiveModel) or self.lowered.level == 1 or not images:
            return ""
        few = sorted(images)[:_EXPLAINED]
        found = find_edges(self.other, self.samples.planes[few])
        shown = found.of_images(few)
        return f"\n{shown}" if str(shown) else ""

    def warn_near_chance(self, answers: npt.ArrayLike) -> str | None:
        """What to tell where the network hardly does better than guessing; None where it does.

        Equal bits do not show that a network gets the images that it was trained on.
        """
        accuracy = self.accuracy(answers)
        if accuracy is None:
            return None
        return chance_warning(accuracy, self.lowered.classes, scaling=_SCALING)


def open_session(
    model: Path,
    folder: Path,
    data: Path,
    limit: int | None,
    against: str,
    *,
    skip_bad: bool = False,
) -> Session:
    """Read everything and demand that it belongs together.

    Args:
        model: the model file.
        folder: code that was generated from it.
        data: images.
        limit: use only so many images, the first ones.
        against: "reference", "larq", "keras", or the path of a file with stored outputs of a live
            model.
        skip_bad: leave out pictures that cannot be read.

    Raises:
        ModelFileError, UnsupportedLayerError: the model cannot be read.
        UsageError: `folder` is not generated code, or was generated from another model or by
            another version of the tool.
        DataError: there are no images, or they do not fit the model, or no stored outputs.
        MissingToolError: `against` is larq or keras, and that is not installed.
    """
    project = read_project(folder)
    chosen = project.options
    read = read_model(
        model, input_type=chosen.input_type, rescale=chosen.rescale, custom=chosen.custom
    )
    if read.sha256 != project.model_sha256:
        raise UsageError(
            f"the code in {folder} was generated from another model",
            found=f"SHA-256 {project.model_sha256} in the code, {read.sha256} of {model}",
            suggestion=f"cbcnn-codegen {model} --target {project.target} -o {folder} --force",
        )
    demand_version(project, model)
    _demand_exact(against, project.ranges)
    lowered = lower(read.graph, project.ranges)
    live = _live_model(against, read, lowered, project)
    if live is not None:
        # Not earlier: reading forks, which a process with TensorFlow's threads better does not.
        import_oracle(live.framework, floats=live.has_floats)
    _demand_same_layers(project, lowered)
    samples = load_samples(data, lowered, limit, skip_bad=skip_bad)
    edited = (f"{name} was edited after it was generated" for name in find_edited_files(project))
    name, other = _choose_model(against, live, read.sha256)
    return Session(
        project,
        lowered,
        samples,
        name,
        other,
        () if other is None else LiveModel(read, lowered, chosen.rescale).unobserved(),
        find_differences(project, read, lowered),
        (*samples.left_out, *edited),
        None if project.calibration is None else lower(read.graph),
    )


def _demand_exact(against: str, ranges: Ranges | None) -> None:
    if ranges is not None and against != "reference":
        raise UsageError(
            "a quantized network is another network than the model",
            found=f"--against {against}, and code with --real-layers int8 (level 3)",
            allowed="--against reference, the network's own interpreter",
            suggestion="labelled images show what quantization costs: accuracy is reported",
        )


def _live_model(
    against: str, read: ReadResult, lowered: Graph, project: Project
) -> LiveModel | None:
    for framework in FRAMEWORKS:
        if against == framework:
            return LiveModel(read, lowered, project.options.rescale, framework)
    return None


def _choose_model(
    against: str, live: LiveModel | None, model_sha256: str
) -> tuple[Against, PythonModel | None]:
    if against == "reference":
        return "reference", None
    if live is not None:
        return live.framework, live
    return "stored outputs", load_outputs(Path(against), model_sha256)


def _shown(lowered: Graph) -> Iterator[Node]:
    """The nodes whose maps lie in the arena: all but what only renames, and the scores."""
    nodes = (node for node in lowered.nodes if not node.op.is_renaming)
    return (node for node in nodes if node.name not in lowered.outputs)


def _demand_same_layers(project: Project, lowered: Graph) -> None:
    """Demand that the code shows every map of the network; none may silently be missing."""
    types = ((node.name, lowered.types[node.name]) for node in _shown(lowered))
    expected = [(name, _KINDS[of.element.kind, of.element.bits], of.shape) for name, of in types]
    announced = [(layer.name, layer.kind, layer.shape) for layer in project.layers]
    if announced != expected:
        raise UsageError(
            f"the report in {project.folder} does not describe this model",
            found=", ".join(name for name, _, _ in announced),
            allowed=", ".join(name for name, _, _ in expected),
            suggestion="generate the code again with this version",
        )
