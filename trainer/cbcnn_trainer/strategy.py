"""TensorFlow's distribution engines by their names, for Keras 2 and Keras 3."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from cbcnn_inputs.errors import DataError


class Strategy:
    """One of `backends.STRATEGIES`.

    `mirrored` trains on all GPUs of this machine. `multi-worker` trains on the machines that the
    environment variable `TF_CONFIG` lists, each running the same command; the first one writes the
    outputs, and on `--resume` all must see its checkpoint. The batch size counts all of them.

    Args:
        tf: the module `tensorflow`.
        name: of the engine.
    """

    def __init__(self, tf: Any, name: str) -> None:
        if name == "multi-worker" and "TF_CONFIG" not in os.environ:
            raise DataError(
                "multi-worker training does not know its workers",
                found="no environment variable TF_CONFIG",
                allowed='TF_CONFIG=\'{"cluster": {"worker": ["host:port", …]}, '
                '"task": {"type": "worker", "index": 0}}\' on each machine',
            )
        self._engine: Any = None
        if name == "mirrored":
            self._engine = tf.distribute.MirroredStrategy()
        elif name == "multi-worker":
            self._engine = tf.distribute.MultiWorkerMirroredStrategy()

    @property
    def writes(self) -> bool:
        """Whether this process writes the outputs."""
        resolver = getattr(self._engine, "cluster_resolver", None)
        return not (resolver and resolver.task_id)

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """The context in which models are built."""
        if self._engine is None:
            return contextlib.nullcontext()
        scope: contextlib.AbstractContextManager[Any] = self._engine.scope()
        return scope
