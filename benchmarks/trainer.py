"""Runs of `cbcnn-train` that the benchmarks ask for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

RUNS: Final = Path(__file__).resolve().parents[1] / "runs"
"""Where runs lie that are not kept in the repository."""


def train(dataset: str, arguments: Sequence[str], out: Path) -> None:
    """Run `cbcnn-train` into the folder `out`; one that was interrupted goes on.

    Raises:
        SystemExit: the environment variable CBCNN_DATA does not name the data sets' folder.
        subprocess.CalledProcessError: the run failed.
    """
    data = os.environ.get("CBCNN_DATA")
    if not data:
        sys.exit("error: CBCNN_DATA must name the folder with the data sets")
    command = [sys.executable, "-m", "cbcnn_trainer.cli", dataset, "--data", data, *arguments]
    subprocess.run([*command, "-o", str(out), "--resume"], check=True)
