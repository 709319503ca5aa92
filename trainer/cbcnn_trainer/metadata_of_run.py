"""What a model file says of the run that made it."""

from __future__ import annotations

from collections.abc import Mapping

from cbcnn_inputs.datasets import Dataset
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.rejection import Rejection
from cbcnn_trainer.settings import Settings


def metadata_of(
    settings: Settings,
    dataset: Dataset,
    versions: Mapping[str, str],
    rejection: Rejection | None = None,
) -> ModelMetadata:
    """The facts that go into the file of a model.

    Args:
        settings: of the run.
        dataset: that it learned from.
        versions: of the packages that trained.
        rejection: when an answer counts as none, if it was chosen.
    """
    return ModelMetadata(
        input_type="uint8" if settings.block is None else settings.block.output_type,
        preprocessing=settings.block,
        class_names=dataset.class_names,
        dataset=settings.dataset,
        preset=settings.preset,
        seed=settings.seed,
        versions=dict(versions),
        pictures=dataset.pictures,
        division=dataset.division,
        rejection=rejection,
    )
