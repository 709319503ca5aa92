"""What is measured: the shipped models of the paper's network, every target, every mode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cbcnn_codegen.options import MODES, Optimize
from cbcnn_codegen.targets import TARGETS

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "benchmarks"

MODELS: Final = {
    "gtsrb": "GTSRB 32x32, 43 classes",
    "mnist": "MNIST 28x28, 10 classes",
}
"""Folders of `examples/models`, and what tables call them."""


@dataclass(frozen=True)
class Case:
    """One model for one target in one mode."""

    model: str
    target: str
    mode: Optimize

    @property
    def name(self) -> str:
        """Short and unique."""
        return f"{self.model} {self.target} {self.mode}"

    @property
    def model_file(self) -> Path:
        """The shipped Keras file."""
        return ROOT / "examples" / "models" / self.model / "model.h5"

    @property
    def samples(self) -> Path:
        """The images that are shipped with it."""
        return self.model_file.parent / "samples"


SMALLEST_FLASH_BYTES: Final = 32 * 1024
"""Of a chip that any of the models fits; smaller ones are in `chips.py` or have a test."""

ALL: Final = tuple(
    Case(model, target.name, mode)
    for model in MODELS
    for target in TARGETS
    if target.emulator is not None and (target.flash_bytes or 0) >= SMALLEST_FLASH_BYTES
    for mode in MODES
)

CHECKED: Final = tuple(
    case
    for case in ALL
    if case.target == "cortex-m4"
    or (case.target in ("cortex-m0plus", "cortex-m55") and case.mode == "speed")
)
"""Those that have goals; CI measures them again."""

SPREAD: Final = tuple(case for case in CHECKED if case.mode != "size")
"""Those with a goal for instructions: measured on every sample image, all others on the first."""
