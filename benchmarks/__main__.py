"""`make bench`: measure everything again and write the results.

    python -m benchmarks [--changed | --render]

The host is timed where CBCNN_DATA names the folder of the data sets; elsewhere the timing that is
stored stays. `--changed` measures the size of everything, and runs only what is generated or
compiled differently, which is right as long as the profiler is the same. `--render` measures
nothing and makes `results.md` of the stored figures.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.cases import ALL, MODELS, SPREAD
from benchmarks.counts import SAMPLES, measure_all, model_digest
from benchmarks.host import CASE, measure_host
from benchmarks.loops import LOOPS, draw_loops
from benchmarks.plot import write_scaling
from benchmarks.report import README, RESULTS, SCALING, render, update_readme
from benchmarks.scaling import measure_scaling
from benchmarks.store import read_counts, read_host, write_counts, write_host


def main() -> None:
    """Measure what is to be measured, then write the report, the picture and the README's table."""
    options = sys.argv[1:]
    if not set(options) <= {"--changed", "--render"}:
        sys.exit(__doc__)
    if "--render" not in options:
        _measure(changed="--changed" in options)
    counts = read_counts()
    write_scaling(counts.scaling, SCALING)
    RESULTS.write_bytes(render(counts, read_host()).encode())
    text = README.read_text(encoding="utf-8")
    README.write_bytes(update_readme(text, counts).encode())
    _say(f"wrote {RESULTS.name} and the table in {README.name}")


def _measure(*, changed: bool) -> None:
    known = {entry.case: entry for entry in read_counts().figures} if changed else {}
    data = os.environ.get("CBCNN_DATA")
    if data:
        write_host(measure_host(Path(data) / CASE.model, _say))
    else:
        _say("CBCNN_DATA names no folder of data sets: the host is not timed again")
    digests = {
        model: model_digest(next(c for c in ALL if c.model == model).model_file) for model in MODELS
    }
    cases = [(case, range(SAMPLES if case in SPREAD else 1)) for case in ALL]
    figures = measure_all(cases, known, _say)
    write_counts(digests, figures, measure_scaling(_say))
    draw_loops(LOOPS)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
