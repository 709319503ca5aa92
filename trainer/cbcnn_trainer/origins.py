"""The trained models that a run builds on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Origins:
    """Model files that decide a run as its settings do.

    Attributes:
        start_from: of the same architecture; its weights come before the first epoch.
        teacher: for the same images and classes; its scores become part of the targets.
    """

    start_from: Path | None = None
    teacher: Path | None = None

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file there is, by its use."""
        uses = {"start_from": self.start_from, "teacher": self.teacher}
        return {
            use: hashlib.sha256(path.read_bytes()).hexdigest()
            for use, path in uses.items()
            if path is not None and path.is_file()
        }
