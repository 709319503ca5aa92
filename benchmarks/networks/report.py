"""docs/results.md and its pictures, made of the stored results."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from benchmarks.files import fill_template
from benchmarks.networks.beside import beside_the_paper
from benchmarks.networks.catalogue import ROOT, Network
from benchmarks.networks.curve import curve, picture, points_table
from benchmarks.networks.goals import goals_table
from benchmarks.networks.measure import FASTEST, LEANEST, SMALLEST, USUAL, Measurement
from benchmarks.networks.peers import PEERS
from benchmarks.networks.plot import draw
from benchmarks.networks.quantized import TARGETS, Form
from benchmarks.networks.selection import (
    CLOCK_MHZ,
    DATASETS,
    NONE,
    Pairs,
    Results,
    counts,
    milliseconds,
    percent,
    select,
    titled,
)
from benchmarks.networks.spread import spread_table
from benchmarks.tables import table

PAGE: Final = ROOT / "docs" / "results.md"
SHORTCUTS: Final = "gtsrb"
_TEMPLATE: Final = Path(__file__).parent / "results.md.jinja"
_TARGETS: Final = dict(zip(TARGETS, ("M4", "M0+"), strict=True))


def write_page(results: Results) -> None:
    """Write the page and the pictures."""
    PAGE.write_bytes(render(results).encode())
    for dataset in DATASETS:
        draw(curve(dataset, results), picture(dataset))


def render(results: Results) -> str:
    """The text of the page; equal results give equal text."""
    shipped = select(results, kinds=("cbcnn",))
    return fill_template(
        _TEMPLATE,
        goals=goals_table(results),
        beside="\n\n".join(
            f"### {title}\n\n{beside_the_paper(name, results)}" for name, title in DATASETS.items()
        ),
        small=_small(select(results, kinds=("small",))),
        curves="\n\n".join(_curve(name, results) for name in DATASETS),
        shapes=_shapes(select(results, kinds=("shape",))),
        shortcuts=_shortcuts(results),
        quantized=_quantized(results),
        memory=_memory(shipped),
        bitwise=_bitwise(shipped),
        seeds=spread_table(results),
        runs=_runs(select(results)),
        clock=str(CLOCK_MHZ),
    )


def _curve(dataset: str, results: Results) -> str:
    """The picture of a data set, its table, and where others' numbers come from."""
    title = DATASETS[dataset]
    shown = f"![{title}, test accuracy over flash](images/{picture(dataset).name})"
    sources = dict.fromkeys(peer.source for peer in PEERS[dataset])
    if sources:
        links = ", ".join(f"[{_place(source)}]({source})" for source in sources)
        words = f"Others' numbers are from {links}."
    else:
        words = "We found nobody else who gives accuracy and size of a small network for it."
    points = points_table(curve(dataset, results))
    return "\n\n".join((f"### {title}, accuracy over flash", shown, points, words))


def _place(source: str) -> str:
    """The site of an address."""
    return source.split("/")[2]


def _small(pairs: Pairs) -> str:
    heads = [
        *("network", "test accuracy", "weights", "flash, size", "RAM, ram", "RAM, speed"),
        *("instructions, speed", "ms"),
    ]
    return table(heads, (_small_row(network, found) for network, found in pairs))


def _small_row(network: Network, found: Measurement) -> list[str]:
    fast, lean, small = (found.costs[mode] for mode in (FASTEST, LEANEST, SMALLEST))
    numbers = (small.weights, small.flash, lean.ram, fast.ram, fast.instructions)
    return [
        titled(network),
        f"{found.test_accuracy:.2%}",
        *counts(numbers),
        f"{milliseconds(fast.cycles):.1f}",
    ]


def _shapes(pairs: Pairs) -> str:
    heads = ["filters", "flash, size", "RAM, size", "validation accuracy", "test accuracy"]
    rows = (
        [
            network.title,
            *counts((found.costs[SMALLEST].flash, found.costs[SMALLEST].ram)),
            percent(found.validation_accuracy),
            f"{found.test_accuracy:.2%}",
        ]
        for network, found in pairs
    )
    return table(heads, rows)


def _shortcuts(results: Results) -> str:
    """Networks with shortcuts beside those of the curve whose flash is like theirs."""
    heads = [
        *("network", "validation", "test", "flash, balanced", "RAM, balanced"),
        *("instructions, balanced", "ms", "flash, size", "RAM, ram"),
    ]
    pairs = [
        pair
        for pair in select(results, kinds=("small", "curve", "shortcuts"), dataset=SHORTCUTS)
        if USUAL in pair[1].costs
    ]
    return table(heads, (_shortcut_row(network, found) for network, found in pairs))


def _shortcut_row(network: Network, found: Measurement) -> list[str]:
    usual, small, lean = (found.costs[mode] for mode in (USUAL, SMALLEST, LEANEST))
    return [
        network.title,
        percent(found.validation_accuracy),
        f"{found.test_accuracy:.2%}",
        *(f"{number:,}" for number in (usual.flash, usual.ram, usual.instructions)),
        f"{milliseconds(usual.cycles):.1f}",
        f"{small.flash:,}",
        f"{lean.ram:,}",
    ]


def _quantized(results: Results) -> str:
    """Each network with floats, and below it the same in integers."""
    heads = ["network", "numbers", "test", "same class", f"flash, {_TARGETS[TARGETS[0]]}, size"]
    for title in _TARGETS.values():
        heads += [f"flash, {title}", f"RAM, {title}", f"instructions, {title}"]
    rows = []
    for network, beside in ((network, found.beside) for network, found in select(results)):
        if beside is not None:
            same = f"{beside.same_class / beside.images:.2%}"
            title = titled(network)
            rows += [
                [title, numbers, f"{form.right / beside.images:.2%}", agrees, *_sizes(form)]
                for numbers, form, agrees in (
                    ("float32", beside.floats, NONE),
                    ("int8", beside.integers, same),
                )
            ]
    return table(heads, rows, text_columns=2)


def _sizes(form: Form) -> list[str]:
    sizes = ((form.flash[of], form.ram[of], form.instructions[of]) for of in _TARGETS)
    return [f"{size:,}" for size in (form.smallest.flash, *(size for of in sizes for size in of))]


def _memory(pairs: Pairs) -> str:
    heads = ["network", "as float32", "packed weights", "times less", "all flash", "times less"]
    return table(heads, (_memory_row(network, found) for network, found in pairs))


def _memory_row(network: Network, found: Measurement) -> list[str]:
    whole, cost = found.parameters * 4, found.costs[SMALLEST]
    cells: list[Any] = [DATASETS[network.dataset], f"{whole:,}"]
    for size in (cost.weights, cost.flash):
        cells += [f"{size:,}", f"{whole / size:.1f}"]
    return cells


def _bitwise(pairs: Pairs) -> str:
    heads = ["network", "products", "of signs alone", "instructions", "outside the first layer"]
    rows = []
    for network, found in pairs:
        products = found.binary_products + found.integer_products
        cost = found.costs[FASTEST]
        rows.append(
            [
                DATASETS[network.dataset],
                f"{products:,}",
                f"{found.binary_products / products:.1%}",
                f"{cost.instructions:,}",
                f"{1 - cost.first_layer / cost.instructions:.1%}",
            ]
        )
    return table(heads, rows)


def _runs(pairs: Iterable[tuple[Network, Measurement]]) -> str:
    heads = ["name", "data set", "epochs", "minutes", "seed", "validation", "test"]
    rows = [
        [
            f"`{network.name}`",
            DATASETS[network.dataset],
            str(found.epochs),
            f"{found.seconds / 60:.0f}",
            str(found.seed),
            percent(found.validation_accuracy),
            f"{found.test_accuracy:.2%}",
        ]
        for network, found in pairs
    ]
    return table(heads, rows, text_columns=2)
