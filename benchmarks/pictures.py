"""Draw the pictures of the shipped models again, from their logs and what they answer now.

CBCNN_DATA=DIR python -m benchmarks.pictures [NAME...]    DIR holds gtsrb, fashion-mnist and mnist
"""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

from benchmarks.networks.catalogue import MODELS
from cbcnn_inputs import datasets
from cbcnn_inputs.model_files import open_model_file
from cbcnn_trainer import evaluation, plots
from cbcnn_trainer.keras2 import framework, model_file
from cbcnn_trainer.outputs import Outputs


def main() -> None:
    """Draw those that are named, or all."""
    names = sys.argv[1:] or sorted(path.parent.name for path in MODELS.glob("*/model.h5"))
    data = os.environ.get("CBCNN_DATA")
    if not data:
        sys.exit(__doc__)
    for name in names:
        draw(MODELS / name, Path(data))
        print(name)


def draw(folder: Path, data: Path) -> None:
    """Draw the pictures of one run.

    Args:
        folder: with `model.h5`, `metrics.json` and `log.csv`.
        data: where the data sets are.
    """
    settings = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["settings"]
    dataset = datasets.load(
        settings["dataset"],
        None if settings["dataset"] == "signs" else data,
        validation_fraction=settings["validation_fraction"],
        seed=settings["seed"],
    )
    with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
        history = [
            {key: float(value) for key, value in row.items()} for row in csv.DictReader(file)
        ]
    opened = open_model_file(folder / "model.h5")
    model = model_file.load(opened)
    planes = evaluation.planes_of(opened.metadata, dataset.test.images, model.input_shape[1:])
    result = evaluation.evaluate(framework, model, planes, dataset.test.labels)
    plots.draw_all(Outputs.at(folder), dataset, history, result)


if __name__ == "__main__":
    main()
