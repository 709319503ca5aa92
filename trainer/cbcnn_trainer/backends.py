"""What trains networks: Larq in Keras 2, or Keras 3 on TensorFlow, JAX or PyTorch.

One process holds one of them. Nothing is imported before `open_backend` knows which; all else that
belongs to a run, from settings to pictures, is the same for all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cbcnn_inputs.installation import is_installed
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer.buildable import Shape
from cbcnn_trainer.checkpoint import Arrays
from cbcnn_trainer.kit import Kit
from cbcnn_trainer.parts import Part
from cbcnn_trainer.settings import Settings

LARQ: Final = "larq"
BACKENDS: Final = (LARQ, "tensorflow", "jax", "torch")
KERAS_BACKEND: Final = "KERAS_BACKEND"
"""The environment variable that Keras 3 reads when it is imported."""

STRATEGIES: Final = ("none", "mirrored", "multi-worker")

Advance = Callable[[int, float, float], None]
"""Hears of the steps done in an epoch, and of its loss and accuracy so far."""


@dataclass(frozen=True)
class Material:
    """What a run trains and validates on.

    Attributes:
        part: to train on.
        held_out: to validate on, or None.
        mirrors: for each class the one that its images show when they are reversed left to right,
            or None; empty where none are reversed.
    """

    part: Part
    held_out: Part | None
    mirrors: Sequence[int | None]


class Training(Protocol):
    """A network between two epochs."""

    @property
    def model(self) -> Any:
        """The live model, with its weights after the last epoch."""

    @property
    def steps(self) -> int:
        """Steps of an epoch."""

    def start(self, weights: Arrays) -> None:
        """Set the weights, or keep the random ones where there are none, and begin to optimize."""

    def optimizer(self) -> Arrays:
        """All variables of the optimizer."""

    def set_optimizer(self, arrays: Arrays) -> None:
        """Replace the variables of the optimizer."""

    def show(self, planes: Any) -> None:
        """Train on these planes from now on; their targets stay."""

    def train(self, epoch: int, advance: Advance) -> tuple[float, float]:
        """Train an epoch, counted from 0; loss and accuracy in it."""

    def validate(self) -> Mapping[str, float]:
        """`loss` and `accuracy` on the images that are held out."""


class Backend(Protocol):
    """See the module."""

    @property
    def name(self) -> str:
        """One of `BACKENDS`."""

    @property
    def kit(self) -> Kit:
        """Its layers."""

    @property
    def writes(self) -> bool:
        """Whether this process writes the outputs."""

    def versions(self) -> dict[str, str]:
        """Versions of the packages that decide what a training run computes."""

    def demand_known(self, settings: Settings) -> None:
        """Demand settings that it has, and warn of one that is slow.

        Raises:
            UsageError: it lacks one.
        """

    def build(self, settings: Settings, shape: Shape, classes: int) -> Any:
        """An untrained model of float32, as it is saved."""

    def load_teacher(
        self,
        settings: Settings,
        files: Sequence[ModelFile],
        shape: Shape,
        classes: int,
    ) -> Any:
        """What teaches as the settings ask for it, or None where they ask for nothing.

        Raises:
            ModelFileError: the file holds something that is not loaded.
            DataError: no file, or a model for other images or classes, or with other maps where
                features are matched.
        """

    def begin(self, settings: Settings, material: Material, teacher: Any) -> Training:
        """A training of a network with random weights from the seed; `teacher` as loaded."""

    def to_bytes(self, model: Any, suffix: str, facts: ModelMetadata) -> bytes:
        """The content of the file of a model."""


def open_backend(name: str | None = None, strategy: str = "none") -> Backend:
    """Import what trains.

    Args:
        name: one of `BACKENDS`, or None for `default_backend`.
        strategy: one of `STRATEGIES`: how training spreads over devices.

    Raises:
        MissingToolError: it is not installed.
        UsageError: it lacks the strategy, or Keras 3 runs on another backend in this process.
        DataError: the strategy lacks what it needs.
    """
    name = name or default_backend()
    if name == LARQ:
        from cbcnn_trainer.keras2.larq_backend import LarqBackend

        return LarqBackend(strategy)
    os.environ[KERAS_BACKEND] = name
    from cbcnn_trainer.keras3.keras_backend import KerasBackend

    return KerasBackend(name, strategy)


def default_backend() -> str:
    """Larq where it is installed; elsewhere what `KERAS_BACKEND` names, or else what there is."""
    if is_installed(LARQ):
        return LARQ
    named = os.environ.get(KERAS_BACKEND)
    if named in BACKENDS:
        return named
    return next((name for name in ("jax", "torch", "tensorflow") if is_installed(name)), LARQ)
