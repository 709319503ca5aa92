"""Pictures of no class: how many the shipped networks would reject.

    CBCNN_DATA=DIR python -m benchmarks.no_class

For each model it chooses the thresholds that `--reject` would, on validation images, and counts
which images then get no answer: test images, noise, and images of other data sets. A model that
was trained on all images knows these, so its thresholds come out higher; its section says so. It
writes the table into the README of each model. DIR holds the folders gtsrb, fashion-mnist and
mnist.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import ROOT
from benchmarks.tables import table
from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model
from cbcnn_inputs import preprocessing
from cbcnn_inputs.datasets.registry import NAMES, Dataset, Split, is_drawn, load
from cbcnn_inputs.model_files import open_model_file
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.scale import fitted
from cbcnn_inputs.rejection import choose, tell

MODELS: Final = ROOT / "examples" / "models"
RATES: Final = (0.01, 0.05)
IMAGES: Final = 1000
"""Of each kind; twice as many validation images choose a threshold."""

START: Final = "<!-- pictures of no class, written by python -m benchmarks.no_class -->\n"
END: Final = "<!-- end of pictures of no class -->\n"
TITLES: Final = {
    "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST",
    "gtsrb": "GTSRB",
    "signs": "the drawn signs",
}

_KNOWN_BEFORE: Final = """. This
model was trained on all images, on those too, and is surer of them than of others: so its
thresholds are higher than those of such a run would be"""

Images = Iterable[NDArray[np.uint8]]


class PictureKind(NamedTuple):
    """Pictures that a network meets, and their labels; None of those that have no class."""

    title: str
    images: Images
    labels: NDArray[np.int64] | None


def main() -> None:
    """Measure every model of a folder's name on the command line, or all."""
    data = os.environ.get("CBCNN_DATA")
    if data is None:
        sys.exit("CBCNN_DATA names the folder of data sets")
    for path in sorted(MODELS.iterdir()):
        if (path / "model.h5").is_file() and sys.argv[1:] in ([], [path.name]):
            text = measure(path / "model.h5", Path(data), IMAGES)
            readme = path / "README.md"
            readme.write_text(insert(readme.read_text(encoding="utf-8"), text), encoding="utf-8")
            print(f"{path.name}\n{text}")


def measure(model: Path, data: Path | None, images: int) -> str:
    """The section of one model.

    Args:
        model: a model file that names its data set.
        data: folder of data sets; None takes those alone that are drawn.
        images: of each kind.
    """
    graph = lower(read_model(model).graph)
    metadata = open_model_file(model).metadata
    if metadata is None or metadata.dataset not in NAMES:
        raise ValueError(f"{model} names no data set")
    own = _load(metadata.dataset, data, metadata.seed or 0)
    validation = _some(own.validation, 2 * images)
    known = reference.run(graph, planes(graph, validation.images), keep=()).scores
    thresholds = [choose(known, rate) for rate in RATES]
    test = _some(own.test, images)
    kinds = [PictureKind("test images", test.images, test.labels)]
    rows = []
    for kind in (*kinds, *_strangers(graph, own.name, data, images)):
        scores = reference.run(graph, planes(graph, kind.images), keep=()).scores
        shares = [threshold.rejects(scores).mean() for threshold in thresholds]
        rows.append([kind.title, *(f"{100 * share:.1f} %" for share in shares)])
        if kind.labels is not None:
            told = [tell(threshold, scores, kind.labels) for threshold in thresholds]
            right = [f"{100 * one['accuracy_of_answers']:.2f} %" for one in told]
            rows.append(["right answers among the others", *right])
    titles = ["no answer", *(f"`--reject {rate:.0%}`" for rate in RATES)]
    known_before = "" if _kept_back(model) else _KNOWN_BEFORE
    return (
        "A network knows its classes and nothing else. Trained with `--reject`, which chooses a "
        f"threshold on validation\nimages (here {len(known):,}), it would give no answer to these "
        f"shares of up to {images:,} pictures of each kind{known_before}:\n\n"
        f"{table(titles, rows)}\n"
    )


def _kept_back(model: Path) -> bool:
    """Whether the run of a model kept images back from training."""
    metrics = json.loads((model.parent / "metrics.json").read_text(encoding="utf-8"))
    return bool(metrics["images"]["validation"])


def planes(graph: Graph, images: Images) -> NDArray[np.generic]:
    """What the network sees of pictures of any size and colours."""
    block, shape = graph.preprocessing, graph.input.shape
    takes_colours = shape.channels == 3 if block is None else block.luma
    fit = PictureFit(shape.width, shape.height, "crop", "rgb" if takes_colours else "grey")
    prepared = np.stack([fitted(image, fit) for image in images])
    if block is not None:
        return preprocessing.apply(block, prepared)
    return prepared.reshape(len(prepared), *shape)


def _strangers(graph: Graph, own: str, data: Path | None, images: int) -> Iterator[PictureKind]:
    shape = graph.input.shape
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (images, shape.height, shape.width, 3)).astype(np.uint8)
    yield PictureKind("noise", noise, None)
    yield PictureKind("one colour", np.broadcast_to(noise[:, :1, :1], noise.shape), None)
    for name in NAMES:
        if name != own and (is_drawn(name) or data is not None):
            test = _load(name, data, 0).test
            yield PictureKind(f"images of {TITLES[name]}", _some(test, images).images, None)


@cache
def _load(name: str, data: Path | None, seed: int) -> Dataset:
    return load(name, None if is_drawn(name) else data, seed=seed)


def _some(split: Split, count: int) -> Split:
    """Images from all over a part, the same ones every time."""
    chosen = np.linspace(0, len(split.labels) - 1, min(count, len(split.labels)))
    return split.pick(np.unique(chosen.astype(np.int64)))


def insert(text: str, section: str) -> str:
    """A README with the section between its marks, or behind everything."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if bool(start) != bool(end):
        raise ValueError("one of the two marks is missing")
    head = before if start else f"{before.rstrip()}\n\n## Pictures of no class\n\n"
    return f"{head}{START}\n{section}\n{END}{after}"


if __name__ == "__main__":
    main()
