"""What travels to the accelerator: planes of bytes, the network, and a recipe in numbers."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.files import write_whole
from cbcnn_inputs.model_files import ModelFile, open_model_file

DATA: Final = "data.npz"
RECIPE: Final = "recipe.json"
START: Final = "start.h5"
JUDGE: Final = "judge.h5"
TEACHER: Final = "teacher.h5"

MAX_BYTES: Final = 64 << 20
"""Of each file: what is carried to a machine at once."""


@dataclass(frozen=True)
class JobRecipe:
    """The numbers of a training.

    Attributes:
        batch_size: images in a step; the last step of an epoch that would have fewer is left out.
        loss: "cross-entropy" or "squared-hinge".
        label_smoothing: share of each target that all classes get alike.
        beta_2: of Adam.
        weight_average: momentum of the average that takes the place of the weights after an epoch.
        selection: "validation" keeps the best epoch, "last" the last.
        reestimate_norms: measure the statistics of batch norms at the end.
        distillation: share of the targets that the teacher gives.
        temperature: divides the teacher's scores.
        seed: of the first run.
        changes: the fields of `presets.Augmentation`.
        mirrors: for each class the one that its reversed images show, or -1; empty for none.
        metadata: of the model file, as JSON.
    """

    batch_size: int
    loss: str
    label_smoothing: float
    beta_2: float
    weight_average: float
    selection: str
    reestimate_norms: bool
    distillation: float
    temperature: float
    seed: int
    changes: dict[str, float]
    mirrors: list[int] = field(default_factory=list)
    metadata: str = ""


@dataclass(frozen=True)
class Job:
    """A training as it travels.

    Attributes:
        recipe: its numbers.
        planes: uint8 or int8 [N, H, W, C], to train on.
        labels: int64 [N].
        held_out: planes to validate on.
        held_out_labels: their labels.
        rates: learning rate of every step, float32 [epochs, steps].
        opinions: the teacher's float16 targets [views, N, classes]; empty where it is asked live,
            or there is none.
    """

    recipe: JobRecipe
    planes: NDArray[Any]
    labels: NDArray[np.int64]
    held_out: NDArray[Any]
    held_out_labels: NDArray[np.int64]
    rates: NDArray[np.float32]
    opinions: NDArray[np.float16]

    def save(self, folder: Path) -> None:
        """Write data and recipe into a folder.

        Raises:
            DataError: a file would be too large to travel.
        """
        arrays = {name: value for name, value in vars(self).items() if name != "recipe"}
        content = io.BytesIO()
        np.savez_compressed(content, **arrays)
        if len(content.getvalue()) > MAX_BYTES:
            raise DataError(
                "the data set is too large to travel",
                found=f"{len(content.getvalue()) >> 20} MiB, packed",
                allowed=f"{MAX_BYTES >> 20} MiB",
                suggestion="--train-images",
            )
        write_whole(folder / DATA, content.getvalue())
        write_whole(folder / RECIPE, json.dumps(asdict(self.recipe), indent=1).encode())


def load_job(folder: Path) -> Job:
    """What `Job.save` wrote.

    Raises:
        DataError: the folder holds no job.
    """
    try:
        recipe = JobRecipe(**json.loads((folder / RECIPE).read_text(encoding="utf-8")))
        with np.load(folder / DATA, allow_pickle=False) as arrays:
            return Job(recipe, **{name: arrays[name] for name in arrays.files})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"{folder} holds no prepared training",
            found=f"{type(error).__name__}: {error}"[:200],
            suggestion="python -m benchmarks.accelerator prepare",
        ) from error


def open_models(folder: Path) -> dict[str, ModelFile]:
    """The networks of a job by their names; before JAX starts threads, as reading forks.

    Raises:
        ModelFileError: one cannot be read.
    """
    names = (START, JUDGE, TEACHER)
    return {name: open_model_file(folder / name) for name in names if (folder / name).exists()}
