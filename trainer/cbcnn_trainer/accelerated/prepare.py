"""Makes a job of settings and a data set; this alone needs TensorFlow and Larq."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cbcnn_inputs.datasets import Dataset
from cbcnn_inputs.errors import UsageError
from cbcnn_trainer import buildable, parts
from cbcnn_trainer.accelerated.job import JUDGE, START, TEACHER, Job, JobRecipe
from cbcnn_trainer.keras2 import distillation, model_file, models
from cbcnn_trainer.keras2.backend import tf, versions
from cbcnn_trainer.metadata_of_run import metadata_of
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.settings import Settings


def prepare(settings: Settings, dataset: Dataset, folder: Path, origins: Origins) -> Job:
    """Write all that a training on an accelerator needs into a folder.

    Args:
        settings: of the training; its gradients and clips travel with the network.
        dataset: what to train and validate on.
        folder: where the files go.
        origins: models to begin with and to learn from.

    Raises:
        DataError: the data are too large to travel, or do not fit together.
    """
    shape, classes = parts.input_shape(settings, dataset), len(dataset.class_names)
    parts.check_number(settings, dataset)
    buildable.check(settings.architecture, shape, classes)
    part = parts.prepare(settings, parts.training_images(settings, dataset), classes)
    held_out = parts.prepare(settings, dataset.validation, classes)
    teacher = distillation.load_teacher(settings, origins.teacher_files, shape, classes)
    opinions = np.zeros((0, 0, 0), np.float16)
    if teacher and (settings.teacher_view == "original" or not settings.augmentation.changes):
        teacher.remember(part.planes, mirrored=settings.mirror)
        opinions = teacher.remembered.astype(np.float16)
    elif len(origins.teacher_files) > 1:
        raise UsageError(
            "the loop for accelerators asks one teacher at a time",
            found=f"{len(origins.teacher_files)} teachers of images that change",
            suggestion='teacher_view = "original", which asks them beforehand',
        )
    steps = max(1, len(part.labels) // settings.batch_size)
    rates = [
        [settings.rate_of(epoch, step, steps) for step in range(steps)]
        for epoch in range(settings.epochs)
    ]
    facts = metadata_of(settings, dataset, versions())
    mirrors = dataset.mirrors if settings.mirror else ()
    recipe = JobRecipe(
        batch_size=min(settings.batch_size, len(part.labels)),
        **{name: getattr(settings, name) for name in _SAME},
        changes=dict(vars(settings.augmentation)),
        mirrors=[-1 if mirror is None else mirror for mirror in mirrors],
        metadata=facts.to_json(),
    )
    job = Job(
        recipe,
        *(part.planes, part.labels, held_out.planes, held_out.labels),
        np.array(rates, np.float32),
        opinions,
    )
    job.save(folder)
    tf.keras.utils.set_random_seed(settings.seed)
    weights = None
    if "start_from" in origins.files:
        weights = model_file.load(origins.files["start_from"]).get_weights()
    for name, precision in ((START, settings.precision), (JUDGE, "float32")):
        model = models.build_model(settings.architecture, shape, classes, precision)
        weights = weights or model.get_weights()
        model.set_weights(weights)
        model_file.save(model, folder / name, facts)
    if teacher and not opinions.size:
        model_file.save(model_file.load(origins.files["teacher"]), folder / TEACHER, facts)
    return job


_SAME = (
    *("loss", "label_smoothing", "beta_2", "weight_average", "selection", "reestimate_norms"),
    *("distillation", "temperature", "seed"),
)
"""Settings that a recipe has under the same names."""
