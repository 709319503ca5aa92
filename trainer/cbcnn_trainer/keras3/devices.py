"""Spreads training over devices, with what Keras 3 or its backend has for that."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from cbcnn_inputs.errors import UsageError
from cbcnn_trainer.keras3.backend import keras
from cbcnn_trainer.strategy import Strategy


class Devices:
    """The devices of a training.

    Args:
        backend: "tensorflow", "jax" or "torch".
        strategy: one of `backends.STRATEGIES`. On JAX `mirrored` takes all devices that JAX has.

    Attributes:
        batch_unit: every batch is a multiple of this many images.

    Raises:
        UsageError: the backend lacks the strategy.
        DataError: the strategy lacks what it needs.
    """

    def __init__(self, backend: str, strategy: str) -> None:
        allowed = {"tensorflow": ("none", "mirrored", "multi-worker"), "jax": ("none", "mirrored")}
        if strategy not in allowed.get(backend, ("none",)):
            raise UsageError(
                f"--backend {backend} does not train with --strategy {strategy}",
                found=f"--strategy {strategy}",
                allowed="; ".join(f"{name}: {', '.join(known)}" for name, known in allowed.items()),
                suggestion="leave --strategy out, or another --backend",
            )
        self.batch_unit = 1
        self._tensorflow: Strategy | None = None
        if backend == "tensorflow":
            import tensorflow

            tensorflow.config.experimental.enable_op_determinism()
            self._tensorflow = Strategy(tensorflow, strategy)
        elif backend == "torch":
            import torch

            # Without this cuBLAS and scattered sums differ from run to run.
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True, warn_only=True)
        elif strategy == "mirrored":
            parallel = keras.distribution.DataParallel()
            keras.distribution.set_distribution(parallel)
            self.batch_unit = int(parallel.device_mesh.devices.size)

    @property
    def writes(self) -> bool:
        """Whether this process writes the outputs."""
        return self._tensorflow is None or self._tensorflow.writes

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """The context in which variables are made."""
        return contextlib.nullcontext() if self._tensorflow is None else self._tensorflow.scope()
