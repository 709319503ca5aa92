"""Says where a training run writes, and when it may."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cbcnn_inputs import claims
from cbcnn_inputs.errors import OutputError
from cbcnn_inputs.files import check_writable
from cbcnn_inputs.regular import read_text
from cbcnn_inputs.together import complete, replace_together
from cbcnn_inputs.training_files import LOG, METRICS

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
        """Results as JSON; one step writes them, the model and all else of a complete run."""
        return self.beside(METRICS)

    @property
    def log(self) -> Path:
        """One line of CSV for each epoch."""
        return self.beside(LOG)

    def picture(self, name: str) -> Path:
        """The path of one of `PICTURES`."""
        return self.beside(f"{name}.png")

    def finished_run(self) -> str | None:
        """The run_id in the metrics that exist, or None."""
        try:
            found: Any = json.loads(read_text(self.metrics))
            return str(found["run_id"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def replace(self, files: Mapping[Path, bytes]) -> None:
        """Write the results of a complete run, and remove its checkpoint, in one step.

        Raises:
            OutputError: that fails; then the results of an earlier run are as they were.
        """
        contents = {path.name: content for path, content in files.items()}
        replace_together(self.model.parent, contents, [self.checkpoint.name], keep_folder=True)

    def complete(self) -> None:
        """Finish the replacement that a killed run had begun."""
        complete(self.model.parent)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no other run write here inside the `with` block; a killed run does not hold it.

        Raises:
            OutputError: another run does.
        """
        folder = self.model.parent
        made = [one for one in (folder, *folder.parents) if not one.exists()]
        check_writable(folder)
        try:
            with claims.hold(self.model.with_name(f".{self.stem}lock")) as holder:
                if holder is not None:
                    raise OutputError(
                        f"another run is writing to {folder}",
                        found=holder,
                        allowed="one training run at a time",
                        suggestion="wait for it, or another -o",
                    )
                yield
        finally:
            for one in made:
                claims.remove_empty(one)

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
        if resume and (self.checkpoint.exists() or self.finished_run() == run_id):
            return
        raise OutputError(
            f"{self.model.parent} already holds outputs",
            found=", ".join(existing),
            suggestion="another -o, --force to replace them, or --resume to go on with a run that "
            "was interrupted",
        )
