"""Where a training run writes, and when it may."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cbcnn_inputs.errors import OutputError
from cbcnn_inputs.regular import read_text

MODEL_SUFFIXES: Final = (".h5", ".keras")
PICTURES: Final = ("classes", "accuracy", "loss", "confusion", "misclassified")


@dataclass(frozen=True)
class Outputs:
    """Paths of one run's files.

    With `-o DIR` they are DIR/model.h5, DIR/metrics.json and so on. With `-o model.h5` the others
    stand beside the model with its stem in front: model.metrics.json, model.log.csv.
    """

    model: Path
    stem: str

    @classmethod
    def at(cls, target: Path, file_format: str = "h5") -> Outputs:
        """The paths that `-o target` means."""
        if target.suffix in MODEL_SUFFIXES and not target.is_dir():
            return cls(target, f"{target.stem}.")
        return cls(target / f"model.{file_format}", "")

    @property
    def is_folder(self) -> bool:
        """Whether `-o` named a folder and not the model file."""
        return not self.stem

    def beside(self, name: str) -> Path:
        """The path of another file of this run."""
        return self.model.with_name(self.stem + name)

    @property
    def checkpoint(self) -> Path:
        """State of an unfinished run; removed when the run is complete."""
        return self.beside("checkpoint.npz")

    @property
    def metrics(self) -> Path:
        """Results as JSON; written last, so its presence says that the run is complete."""
        return self.beside("metrics.json")

    @property
    def log(self) -> Path:
        """One line of CSV for each epoch."""
        return self.beside("log.csv")

    def picture(self, name: str) -> Path:
        """The path of one of `PICTURES`."""
        return self.beside(f"{name}.png")

    def finished_run(self) -> str | None:
        """The run_id in the metrics that lie there, or None."""
        try:
            found: Any = json.loads(read_text(self.metrics))
            return str(found["run_id"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def forget(self) -> None:
        """Remove what would make an older run look like one to go on with."""
        self.metrics.unlink(missing_ok=True)
        self.checkpoint.unlink(missing_ok=True)

    def check_free(self, run_id: str, *, force: bool, resume: bool) -> None:
        """Raise unless writing here loses nothing that another run made.

        Raises:
            OutputError: files are there, and neither `force` nor a resumed run allows for them.
        """
        pictures = [self.picture(name) for name in PICTURES]
        paths = [self.model, self.metrics, self.log, self.checkpoint, *pictures]
        existing = [path.name for path in paths if path.exists()]
        if not existing or force:
            return
        unfinished = self.checkpoint.exists() and not self.metrics.exists()
        if resume and (unfinished or self.finished_run() == run_id):
            return
        raise OutputError(
            f"{self.model.parent} already holds outputs",
            found=", ".join(existing),
            suggestion="another -o, --force to replace them, or --resume to go on with a run that "
            "was interrupted",
        )
