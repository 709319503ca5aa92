"""The trained models that a run builds on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cbcnn_inputs.model_files import ModelFile, open_model_file


@dataclass(frozen=True)
class Origins:
    """Model files that decide the outcome of a run, as its settings do.

    Attributes:
        start_from: of the same architecture; its weights come before the first epoch.
        teacher: for the same images and classes; its scores become part of the targets.
    """

    start_from: Path | None = None
    teacher: Path | None = None

    @cached_property
    def files(self) -> Mapping[str, ModelFile]:
        """What was read from each file there is, once, by its use.

        Raises:
            ModelFileError: one cannot be read.
        """
        uses = {"start_from": self.start_from, "teacher": self.teacher}
        return {use: open_model_file(path) for use, path in uses.items() if path is not None}

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file there is, by its use."""
        return {use: file.sha256 for use, file in self.files.items()}
