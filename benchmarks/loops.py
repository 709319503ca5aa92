"""The picture of where the instructions of the GTSRB network go, loop by loop, on a Cortex-M4.

python -m benchmarks.loops
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.cases import FOLDER, Case
from benchmarks.counts import make_project
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.plot import write_plot
from cbcnn_codegen.profile.run import Profiler, choose_target

CASE: Final = Case("gtsrb", "cortex-m4", "speed")
LOOPS: Final = FOLDER / "loops.svg"


def draw_loops(path: Path) -> None:
    """Profile the first sample image and draw a bar for each layer."""
    with tempfile.TemporaryDirectory(prefix="cbcnn-bench-") as folder:
        project = make_project(CASE, Path(folder) / "code")
        target, _ = choose_target(project, None)
        image = choose_image(project, CASE.samples, 0)
        write_plot(Profiler(project, target, image).run(), path)


if __name__ == "__main__":
    draw_loops(LOOPS)
