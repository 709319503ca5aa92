"""`results.md`: the stored figures as tables, with what has to be known to read them."""

from __future__ import annotations

from statistics import median
from typing import Final

from benchmarks import tables
from benchmarks.cases import ALL, CHECKED, FOLDER, MODELS, ROOT
from benchmarks.files import fill_template
from benchmarks.goals import HOST_RATIO
from benchmarks.growth import MARGIN
from benchmarks.host import HostTiming
from benchmarks.loops import LOOPS
from benchmarks.store import Counts

RESULTS: Final = FOLDER / "results.md"
README: Final = ROOT / "README.md"
SCALING: Final = FOLDER / "scaling.svg"
_TEMPLATE: Final = FOLDER / "results.md.jinja"
_START: Final = "<!-- engines, written by make bench -->\n"
_END: Final = "<!-- end -->\n"


def render(counts: Counts, timing: HostTiming) -> str:
    """The text of `results.md`; equal figures give equal text."""
    found = {entry.case: entry for entry in counts.figures}
    return fill_template(
        _TEMPLATE,
        goals=tables.goals(found),
        costs=tables.costs(CHECKED, found),
        peers=tables.peers(found),
        spread=tables.spread(found),
        scaling=tables.scaling(counts.scaling),
        fits=tables.fits(counts.scaling),
        all=tables.costs(ALL, found),
        compilers=tables.compilers(counts.figures),
        margin=f"{MARGIN:.0%}",
        picture=SCALING.name,
        loops=LOOPS.name,
        models=_models(counts),
        **_host(counts, timing),
    )


def update_readme(text: str, counts: Counts) -> str:
    """The README with the table of engines between its marks."""
    before, start, rest = text.partition(_START)
    _, end, after = rest.partition(_END)
    if not start or not end:
        raise ValueError(f"{README.name} has no place for the table of engines")
    found = {entry.case: entry for entry in counts.figures}
    return f"{before}{start}\n{tables.peers(found)}\n\n{end}{after}"


def _models(counts: Counts) -> str:
    rows = [[name, title, f"`{counts.digests[name][:16]}`"] for name, title in MODELS.items()]
    return tables.table(["model", "network", "SHA-256 of model.h5"], rows, text_columns=3)


def _host(counts: Counts, timing: HostTiming) -> dict[str, str]:
    code, tensorflow = (median(times) for times in (timing.code, timing.tensorflow))
    rows = [
        [str(number), f"{mine:.2f}", f"{theirs:.2f}", f"{theirs / mine:.1f}"]
        for number, (mine, theirs) in enumerate(
            zip(timing.code, timing.tensorflow, strict=True), start=1
        )
    ]
    rows.append(["median", f"{code:.2f}", f"{tensorflow:.2f}", f"{timing.ratio:.1f}"])
    heads = ["round", "C, seconds", "TensorFlow, seconds", "ratio"]
    same = timing.model_sha256 == counts.digests["gtsrb"]
    return {
        "host": tables.table(heads, rows),
        "host_images": f"{timing.images:,}",
        "host_batch": str(timing.batch),
        "host_trials": ", ".join(f"{time:.2f} ms with {n}" for n, time in timing.trials.items()),
        "host_code": f"{code / timing.images * 1e3:.3f}",
        "host_tensorflow": f"{tensorflow / timing.images * 1e3:.3f}",
        "host_ratio": f"{timing.ratio:.1f}",
        "host_single": f"{timing.trials['1'] / (code / timing.images * 1e3):.1f}",
        "host_smallest": f"{timing.smallest_ratio:.1f}",
        "host_wanted": f"{HOST_RATIO:.0f}",
        "host_met": "met" if timing.ratio >= HOST_RATIO else "**not met**",
        "host_flags": timing.flags,
        "host_processor": timing.processor,
        "host_versions": ", ".join(f"{name} {text}" for name, text in timing.versions.items()),
        "host_model": ""
        if same
        else " They were timed with an earlier\nmodel file of the same shape.",
    }
