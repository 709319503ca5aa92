"""Keras 3 on TensorFlow, JAX or PyTorch, as `backends.Backend` describes it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Any, Final

from cbcnn_inputs.errors import UsageError
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer.backends import Material
from cbcnn_trainer.buildable import Shape
from cbcnn_trainer.keras3 import model_file
from cbcnn_trainer.keras3.backend import keras
from cbcnn_trainer.keras3.devices import Devices
from cbcnn_trainer.keras3.distillation import load_teacher
from cbcnn_trainer.keras3.keras_training import KerasTraining
from cbcnn_trainer.keras3.models import KIT, build_model
from cbcnn_trainer.lacking import OF_KERAS_3, demand_defaults
from cbcnn_trainer.settings import Settings


class KerasBackend:
    """See the module.

    Args:
        name: "tensorflow", "jax" or "torch".
        strategy: one of `backends.STRATEGIES`.

    Raises:
        UsageError: Keras runs on another backend in this process, or lacks the strategy.
    """

    kit: Final = KIT

    def __init__(self, name: str, strategy: str) -> None:
        running = keras.backend.backend()
        if running != name:
            raise UsageError(
                "one process computes with one backend of Keras 3",
                found=f"{running}, and --backend {name}",
                allowed=f"--backend {running} in this process",
                suggestion="another process",
            )
        self.name = name
        self._devices = Devices(name, strategy)

    @property
    def writes(self) -> bool:
        """See `Backend`."""
        return self._devices.writes

    def versions(self) -> dict[str, str]:
        """See `Backend`."""
        names = ("keras", self.name, "numpy", "opencv-python-headless")
        found = {name: metadata.version(name) for name in names}
        return {**found, "python": ".".join(map(str, sys.version_info[:3]))}

    def demand_known(self, settings: Settings) -> None:
        """See `Backend`."""
        demand_defaults(settings, OF_KERAS_3, f"--backend {self.name}")

    def build(self, settings: Settings, shape: Shape, classes: int) -> Any:
        """See `Backend`."""
        return build_model(settings.architecture, shape, classes)

    def load_teacher(
        self, settings: Settings, files: Sequence[ModelFile], shape: Shape, classes: int
    ) -> Any:
        """See `Backend`."""
        return load_teacher(settings, files, shape, classes)

    def begin(self, settings: Settings, material: Material, teacher: Any) -> KerasTraining:
        """See `Backend`."""
        return KerasTraining(settings, material, teacher, self._devices)

    def to_bytes(self, model: Any, suffix: str, facts: ModelMetadata) -> bytes:
        """See `Backend`."""
        return model_file.to_bytes(model, suffix, facts.to_json())
