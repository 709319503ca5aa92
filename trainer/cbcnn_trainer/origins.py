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
        teachers: for the same images and classes; the mean of their answers becomes part of the
            targets, or their maps guide those of the network.
    """

    start_from: Path | None = None
    teachers: tuple[Path, ...] = ()

    @cached_property
    def files(self) -> Mapping[str, ModelFile]:
        """What was read from each file there is, once, by its use.

        Raises:
            ModelFileError: one cannot be read.
        """
        names = ("teacher", *(f"teacher_{number}" for number in range(2, len(self.teachers) + 1)))
        uses = {"start_from": self.start_from, **dict(zip(names, self.teachers, strict=False))}
        return {use: open_model_file(path) for use, path in uses.items() if path is not None}

    @property
    def teacher_files(self) -> list[ModelFile]:
        """What was read from the teachers' files, in their order."""
        return [file for use, file in self.files.items() if use.startswith("teacher")]

    def demand_readable(self) -> None:
        """Read all files now: that forks, which JAX does not like once it runs.

        Raises:
            ModelFileError: one cannot be read.
        """
        assert self.files is not None

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file there is, by its use."""
        return {use: file.sha256 for use, file in self.files.items()}
