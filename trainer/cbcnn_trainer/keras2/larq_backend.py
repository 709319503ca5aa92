"""Larq in Keras 2, in TensorFlow, as `backends.Backend` describes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer.backends import LARQ, Material
from cbcnn_trainer.buildable import Shape
from cbcnn_trainer.keras2 import backend, distillation, model_file, precision
from cbcnn_trainer.keras2.larq_training import LarqTraining
from cbcnn_trainer.keras2.models import KIT, build_model
from cbcnn_trainer.settings import Settings
from cbcnn_trainer.strategy import Strategy


class LarqBackend:
    """See the module.

    Args:
        strategy: one of `backends.STRATEGIES`.
    """

    name: Final = LARQ
    kit: Final = KIT

    def __init__(self, strategy: str) -> None:
        self._strategy = Strategy(backend.tf, strategy)

    @property
    def writes(self) -> bool:
        """See `Backend`."""
        return self._strategy.writes

    def versions(self) -> dict[str, str]:
        """See `Backend`."""
        return backend.versions()

    def demand_known(self, settings: Settings) -> None:
        """See `Backend`; it has all settings."""
        precision.warn_if_slow(settings.precision)

    def build(self, settings: Settings, shape: Shape, classes: int) -> Any:
        """See `Backend`."""
        return build_model(settings.architecture, shape, classes)

    def load_teacher(
        self, settings: Settings, files: Sequence[ModelFile], shape: Shape, classes: int
    ) -> Any:
        """See `Backend`."""
        return distillation.load_teacher(settings, files, shape, classes)

    def begin(self, settings: Settings, material: Material, teacher: Any) -> LarqTraining:
        """See `Backend`."""
        return LarqTraining(settings, material, teacher, self._strategy)

    def to_bytes(self, model: Any, suffix: str, facts: ModelMetadata) -> bytes:
        """See `Backend`."""
        return model_file.to_bytes(model, suffix, facts)
