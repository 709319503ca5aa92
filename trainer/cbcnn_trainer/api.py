"""Training and evaluation from Python, on arrays of your own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.idle_options import Requirement, refuse_idle
from cbcnn_inputs.model_files import open_model_file
from cbcnn_inputs.own_pictures import FOLDER
from cbcnn_inputs.own_pictures.collect import collect_arrays
from cbcnn_inputs.own_pictures.fit import LARGEST_SIDE
from cbcnn_inputs.own_pictures.known import Known
from cbcnn_inputs.own_pictures.listing import Entry, Part
from cbcnn_inputs.own_pictures.load import make_own_pictures
from cbcnn_inputs.own_pictures.scale import fitted
from cbcnn_trainer import settings as run_settings
from cbcnn_trainer.backends import open_backend
from cbcnn_trainer.outputs import Outputs

Images = NDArray[np.uint8] | Sequence[NDArray[np.uint8]]
"""uint8 [N, H, W] or [N, H, W, 3] in RGB order; or a list of such pictures of any sizes."""

Labels = Sequence[str] | Sequence[int] | NDArray[Any]
"""A class name or a number for each image."""


@dataclass(frozen=True)
class Trained:
    """A trained model.

    Attributes:
        model: its file.
        metrics: what stands in `metrics.json` beside it.
    """

    model: Path
    metrics: Mapping[str, Any]

    @property
    def accuracy(self) -> float:
        """On the test part."""
        return float(self.metrics["test_accuracy"])


@dataclass(frozen=True)
class Evaluated:
    """How a model did on labelled images.

    Attributes:
        accuracy: share of right answers.
        predictions: int64 [N], class numbers.
        class_names: in their order; empty if the model has none.
    """

    accuracy: float
    predictions: NDArray[np.int64]
    class_names: tuple[str, ...]


def train(
    images: Images,
    labels: Labels,
    out: str | Path,
    *,
    class_names: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    splits: Sequence[str | None] | None = None,
    resume: bool = False,
    force: bool = False,
    backend: str | None = None,
    **options: Any,
) -> Trained:
    """Train a network on your own images; the same as `cbcnn-train folder`.

    Args:
        images: pictures; see `Images`.
        labels: one for each; see `Labels`.
        out: folder for all outputs, or a .h5 or .keras file.
        class_names: in order, if labels are numbers, or to fix the order of names.
        groups: images of one group stay in one part.
        splits: `train`, `val` or `test` for each image; None leaves it to the seed.
        resume: go on with an interrupted run of the same settings and images.
        force: replace the outputs of another run.
        backend: trains: `larq`, `tensorflow`, `jax` or `torch`; one for each process.
        options: settings, by their names in a TOML file: `epochs=20`, `filters=[16, 32]`,
            `size=(32, 32)`. Without `size`, images of one size keep it, and others become 32x32.

    Raises:
        DataError: images or labels that do not fit, too few of one class, or an impossible setting.
        UsageError: a setting that would change nothing.
        OutputError: outputs are in the way or cannot be written.
    """
    from cbcnn_trainer.training import train as run

    refuse_idle(
        [name for name in options if name == "group_by"],
        [Requirement("group_by", False, "names of files; images in memory take `groups`")],
    )
    pictures = list(images)
    if "size" not in options and (size := _common_size(pictures)) is not None:
        options["size"] = size
    chosen = run_settings.resolve(FOLDER, options)
    own = chosen.own
    assert own is not None, "settings of a run on own pictures"
    entries = _entries(len(pictures), labels, class_names, groups, splits)
    fit = own.picture_fit
    collected = collect_arrays(pictures, entries, fit)
    found = make_own_pictures(
        "the images", collected, fit, chosen.block, chosen.division, class_names
    )
    outputs = Outputs.at(Path(out), "h5")
    trains = open_backend(backend)
    metrics = run(chosen, found.dataset, outputs, resume=resume, force=force, backend=trains)
    return Trained(outputs.model, metrics)


def evaluate(
    model: str | Path, images: Images, labels: Labels, *, backend: str | None = None
) -> Evaluated:
    """Accuracy of a model file on labelled images, each prepared as the model's training did.

    Args:
        model: a .h5 or .keras file.
        images: pictures; see `Images`. A model without a preparation of its own takes its own size.
        labels: one for each: class names of the model, or numbers.
        backend: computes: `larq`, `tensorflow`, `jax` or `torch`; by default Larq, where installed.

    Raises:
        ModelFileError: the model cannot be loaded.
        DataError: images or labels that do not fit it.
    """
    from cbcnn_trainer import evaluation

    file = open_model_file(Path(model))
    framework = open_backend(backend).kit.framework
    keras, facts = framework.load(file), file.metadata
    names = () if facts is None else facts.class_names
    fit = None if facts is None else facts.pictures
    texts = _texts(len(images), labels, None)
    numbers = Known(fit, names).numbers(texts, "the images")
    arrays = np.stack([picture if fit is None else fitted(picture, fit) for picture in images])
    planes = evaluation.planes_of(facts, arrays, tuple(keras.input_shape[1:]))
    result = evaluation.evaluate(framework, keras, planes, numbers)
    return Evaluated(result.accuracy, result.predictions, names)


def _common_size(pictures: Sequence[NDArray[np.uint8]]) -> tuple[int, int] | None:
    """Width and height of all pictures, if they have one size that a network takes."""
    sizes = {picture.shape[:2] for picture in pictures}
    if len(sizes) != 1 or max(min(sizes)) > LARGEST_SIDE:
        return None
    ((height, width),) = sizes
    return width, height


def _entries(
    count: int,
    labels: Labels,
    class_names: Sequence[str] | None,
    groups: Sequence[str] | None,
    splits: Sequence[str | None] | None,
) -> list[Entry]:
    for name, given in (("groups", groups), ("splits", splits)):
        if given is not None and len(given) != count:
            raise _other_number(name, len(given), count)
    texts = _texts(count, labels, class_names)
    return [
        Entry(
            Path(),
            f"image {index}",
            text,
            None if groups is None else str(groups[index]),
            None if splits is None else _part(splits[index]),
        )
        for index, text in enumerate(texts)
    ]


def _part(split: str | None) -> Part | None:
    part = next((known for known in get_args(Part) if known == split), None)
    if split is not None and part is None:
        raise DataError("a split is none", found=split, allowed=", ".join(get_args(Part)))
    return part


def _texts(count: int, labels: Labels, class_names: Sequence[str] | None) -> list[str]:
    """The class of each image as a name, a number as its digits where classes have no names."""
    values = np.asarray(labels)
    if values.dtype.kind not in "iuU" or values.ndim != 1:
        raise DataError(
            "the labels do not fit",
            found=f"{values.dtype} {list(values.shape)}",
            allowed="one class name or number for each image",
        )
    if len(values) != count:
        raise _other_number("labels", len(values), count)
    if class_names is None or values.dtype.kind == "U":
        return [str(value) for value in values.tolist()]
    if len(values) and not 0 <= values.min() <= values.max() < len(class_names):
        raise DataError(
            "the labels do not fit the class names",
            found=f"labels from {values.min()} to {values.max()}",
            allowed=f"0 to {len(class_names) - 1}",
        )
    return [class_names[value] for value in values.tolist()]


def _other_number(name: str, found: int, count: int) -> DataError:
    return DataError(
        f"there are not as many {name} as images", found=str(found), allowed=str(count)
    )
