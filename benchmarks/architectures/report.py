"""docs/models.md and the README's table of architectures, made of the stored results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.architectures.catalogue import (
    ARCHITECTURES,
    BY_NAME,
    SOURCES,
    NamedNetwork,
    Source,
)
from benchmarks.architectures.measure import TARGETS, NetworkResult, Quantized
from benchmarks.cases import ROOT
from benchmarks.files import fill_template
from benchmarks.tables import table

PAGE: Final = ROOT / "docs" / "models.md"
README: Final = ROOT / "README.md"
START: Final = "<!-- architectures, written by python -m benchmarks.architectures -->\n"
END: Final = "<!-- end of architectures -->\n"
CLOSE: Final = 0.15
_TEMPLATE: Final = Path(__file__).parent / "models.md.jinja"

Results = Mapping[str, NetworkResult]


def write_page(results: Results) -> None:
    """Write the page, and the table in the README."""
    PAGE.write_bytes(render(results).encode())
    text = README.read_text(encoding="utf-8")
    README.write_bytes(update_readme(text, results).encode())


def render(results: Results) -> str:
    """The text of the page; equal results give equal text."""
    parts = [
        f"## {title}\n\n{_rows(source, results)}\n\n{_refusals(source, results)}".rstrip()
        for source, title in SOURCES.items()
    ]
    return fill_template(
        _TEMPLATE, count=_count(results), rough=_rough(results), tables="\n\n".join(parts)
    )


def update_readme(text: str, results: Results) -> str:
    """The README with the table of architectures between its marks."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError("README.md has no place for the table of architectures")
    return f"{before}{start}\n{_summary(results)}\n\n{end}{after}"


def _count(results: Results) -> str:
    converted = sum(result.level > 0 for result in results.values())
    return f"{converted} of {len(results)}"


def rough_estimates(results: Results) -> dict[str, float]:
    """By how much the estimate for the first target is off, of networks where it is over 15 %."""
    errors = {
        name: found.estimated[TARGETS[0]] / found.counted - 1
        for name, found in results.items()
        if found.level
    }
    return {name: error for name, error in errors.items() if abs(error) > CLOSE}


def _rough(results: Results) -> str:
    rough = rough_estimates(results)
    converted = sum(result.level > 0 for result in results.values())
    listed = _listed(f"{BY_NAME[name].title} ({error:+.0%})" for name, error in rough.items())
    return f"{converted - len(rough)} of {converted}" + (f", not of {listed}" if rough else "")


def _of(source: Source | None, results: Results, *, refused: bool) -> list[NamedNetwork]:
    return [
        network
        for network in ARCHITECTURES
        if source in (None, network.source)
        and network.name in results
        and (results[network.name].level == 0) == refused
    ]


def _rows(source: Source, results: Results) -> str:
    heads = [
        "network",
        "size",
        "level",
        "parameters",
        "flash",
        "RAM",
        "M4",
        "M7",
        "M0+",
        "RV32",
        "int8 flash",
        "int8 RAM",
        "int8 M4",
    ]
    rows = []
    for network in _of(source, results, refused=False):
        found = results[network.name]
        estimates = [found.estimated[target] for target in TARGETS[1:]]
        costs = [_millions(count) for count in (found.counted, *estimates)]
        sizes = [f"{found.parameters:,}", f"{found.flash:,}", f"{found.ram:,}"]
        columns = [*sizes, *costs, *_quantized(found.int8)]
        rows.append([network.title, network.what, str(found.level), *columns])
    return table(heads, rows, text_columns=2)


def _quantized(found: Quantized | None) -> list[str]:
    """Flash, RAM and instructions of integers; nothing where the network has no floats."""
    if found is None:
        return ["", "", ""]
    return [f"{found.flash:,}", f"{found.ram:,}", _millions(found.counted)]


def _refusals(source: Source, results: Results) -> str:
    lines = [
        f"- **{network.title}** ({network.what}) is refused: "
        f"{'; '.join(results[network.name].refused)}."
        for network in _of(source, results, refused=True)
    ]
    return "\n".join(lines)


def _summary(results: Results) -> str:
    heads = ["network", "size", "level", "flash", "RAM", "Cortex-M4 instructions"]
    rows = [
        [
            network.title,
            network.what,
            str(found.level),
            f"{found.flash:,}",
            f"{found.ram:,}",
            _millions(found.counted),
        ]
        for network in _of(None, results, refused=False)
        if (found := results[network.name])
    ]
    refused = [network.title for network in _of(None, results, refused=True)]
    text = table(heads, rows, text_columns=2)
    return f"{text}\n\nRefused: {_listed(refused)}." if refused else text


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _millions(count: int) -> str:
    return f"{count / 1e6:.2f} M" if count < 10**8 else f"{count / 1e6:,.0f} M"
