"""docs/results.md and its picture, made of the stored results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.files import fill_template
from benchmarks.networks.catalogue import NETWORKS, ROOT, Kind, Network
from benchmarks.networks.measure import FASTEST, LEANEST, SMALLEST, USUAL, Measurement
from benchmarks.networks.paper import PAPER
from benchmarks.networks.plot import draw
from benchmarks.networks.quantized import TARGETS, Form
from benchmarks.tables import table

PAGE: Final = ROOT / "docs" / "results.md"
PICTURE: Final = ROOT / "docs" / "images" / "accuracy-flash.svg"
DATASETS: Final = {"gtsrb": "GTSRB", "fashion-mnist": "Fashion-MNIST", "mnist": "MNIST"}
CURVE: Final = "gtsrb"
CLOCK_MHZ: Final = 168
_TEMPLATE: Final = Path(__file__).parent / "results.md.jinja"
_BESIDE: Final[tuple[Kind, ...]] = ("cbcnn", "peer", "real")
_NONE: Final = "-"
_TARGETS: Final = dict(zip(TARGETS, ("M4", "M0+"), strict=True))

Results = Mapping[str, Measurement]
Pairs = list[tuple[Network, Measurement]]


def write_page(results: Results) -> None:
    """Write the page and the picture."""
    PAGE.write_bytes(render(results).encode())
    draw(points(curve(results)), points(with_shortcuts(results)), PICTURE)


def render(results: Results) -> str:
    """The text of the page; equal results give equal text."""
    return fill_template(
        _TEMPLATE,
        beside="\n\n".join(
            f"### {title}\n\n{_beside(name, results)}" for name, title in DATASETS.items()
        ),
        small=_small(_select(results, kinds=("small",))),
        curve=_small(curve(results)),
        shortcuts=_shortcuts(results),
        quantized=_quantized(results),
        memory=_memory(_select(results, kinds=("cbcnn",))),
        bitwise=_bitwise(_select(results, kinds=("cbcnn",))),
        seeds=_seeds(results),
        options=_options(results),
        runs=_runs(_select(results)),
        picture=f"images/{PICTURE.name}",
        clock=str(CLOCK_MHZ),
    )


def curve(results: Results) -> Pairs:
    """The networks of the curve of accuracy against flash, smallest first."""
    pairs = _select(results, kinds=("curve", "small", "cbcnn"), dataset=CURVE)
    return sorted(pairs, key=lambda pair: pair[1].costs[SMALLEST].flash)


def with_shortcuts(results: Results) -> Pairs:
    """The networks that ship beside the curve, with shortcuts."""
    return [pair for pair in _select(results, kinds=("shortcuts",)) if pair[0].shipped]


def points(pairs: Pairs) -> list[tuple[str, Measurement]]:
    """As the picture takes them."""
    return [(network.title, result) for network, result in pairs]


def _select(
    results: Results, kinds: Sequence[Kind] | None = None, dataset: str | None = None
) -> Pairs:
    return [
        (network, results[network.name])
        for network in NETWORKS
        if network.name in results
        and (kinds is None or network.kind in kinds)
        and dataset in (None, network.dataset)
    ]


def _beside(dataset: str, results: Results) -> str:
    """The paper's rows, then ours."""
    heads = [
        *("network", "test accuracy", "parameters", "as float32", "packed", "flash", "RAM"),
        *("instructions", "ms"),
    ]
    rows = []
    for row in PAPER[dataset]:
        millions = f"{row.millions:.2f} M" if row.millions else _NONE
        rows.append([row.title, f"{row.accuracy:.2%}", millions, *[_NONE] * 6])
    for network, found in _select(results, _BESIDE, dataset):
        row_of = [network.title, f"{found.test_accuracy:.2%}", f"{found.parameters:,}"]
        rows.append([*row_of, f"{found.parameters * 4:,}", *_costs(found)])
    return table(heads, rows)


def _costs(found: Measurement) -> list[str]:
    if not found.costs:
        return [_NONE] * 5
    cost = found.costs[FASTEST]
    return [
        *(f"{size:,}" for size in (cost.weights, cost.flash, cost.ram, cost.instructions)),
        f"{_milliseconds(cost.cycles):.0f}",
    ]


def _milliseconds(cycles: int) -> float:
    return cycles / CLOCK_MHZ / 1e3


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
        f"{DATASETS[network.dataset]}, {network.title}",
        f"{found.test_accuracy:.2%}",
        *(f"{number:,}" for number in numbers),
        f"{_milliseconds(fast.cycles):.1f}",
    ]


def _shortcuts(results: Results) -> str:
    """Networks with shortcuts beside those of the curve whose flash is like theirs."""
    heads = [
        *("network", "validation", "test", "flash, balanced", "RAM, balanced"),
        *("instructions, balanced", "ms", "flash, size", "RAM, ram"),
    ]
    pairs = [
        pair
        for pair in _select(results, kinds=("small", "curve", "shortcuts"), dataset=CURVE)
        if USUAL in pair[1].costs
    ]
    return table(heads, (_shortcut_row(network, found) for network, found in pairs))


def _shortcut_row(network: Network, found: Measurement) -> list[str]:
    usual, small, lean = (found.costs[mode] for mode in (USUAL, SMALLEST, LEANEST))
    return [
        network.title,
        f"{found.validation_accuracy:.2%}",
        f"{found.test_accuracy:.2%}",
        *(f"{number:,}" for number in (usual.flash, usual.ram, usual.instructions)),
        f"{_milliseconds(usual.cycles):.1f}",
        f"{small.flash:,}",
        f"{lean.ram:,}",
    ]


def _quantized(results: Results) -> str:
    """Each network with floats, and below it the same in integers."""
    heads = ["network", "numbers", "test", "same class", f"flash, {_TARGETS[TARGETS[0]]}, size"]
    for title in _TARGETS.values():
        heads += [f"flash, {title}", f"RAM, {title}", f"instructions, {title}"]
    rows = []
    for network, beside in ((network, found.beside) for network, found in _select(results)):
        if beside is not None:
            same = f"{beside.same_class / beside.images:.2%}"
            title = f"{DATASETS[network.dataset]}, {network.title}"
            rows += [
                [title, numbers, f"{form.right / beside.images:.2%}", agrees, *_sizes(form)]
                for numbers, form, agrees in (
                    ("float32", beside.floats, _NONE),
                    ("int8", beside.integers, same),
                )
            ]
    return table(heads, rows, text_columns=2)


def _sizes(form: Form) -> list[str]:
    sizes = ((form.flash[of], form.ram[of], form.instructions[of]) for of in _TARGETS)
    return [f"{size:,}" for size in (form.smallest, *(size for of in sizes for size in of))]


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


def _seeds(results: Results) -> str:
    """The run of a shipped model, and those that repeat its recipe with other seeds."""
    heads = ["network", "seed", "validation accuracy", "test accuracy"]
    repeats = _select(results, kinds=("seed",))
    recipes = {network.recipe_file for network, _ in repeats}
    rows = [
        [
            f"{DATASETS[network.dataset]}, {network.title}",
            str(found.seed),
            f"{found.validation_accuracy:.2%}",
            f"{found.test_accuracy:.2%}",
        ]
        for network, found in _select(results, kinds=("cbcnn", "small", "shortcuts", "seed"))
        if network.recipe_file in recipes and (network.kind == "seed" or network.shipped)
    ]
    return table(heads, rows)


def _options(results: Results) -> str:
    """Runs that repeat a shipped model's recipe with one option changed, below that model."""
    heads = ["network", "changed", "validation accuracy", "test accuracy"]
    rows = []
    for changed, found in _select(results, kinds=("option",)):
        same = [
            (network, of)
            for network, of in _select(results)
            if network.shipped and network.recipe_file == changed.recipe_file
        ]
        for network, of in (*same, (changed, found)):
            words = f"`{' '.join(network.changes)}`" if network.changes else "nothing"
            accuracies = f"{of.validation_accuracy:.2%}", f"{of.test_accuracy:.2%}"
            rows.append([f"{DATASETS[network.dataset]}, {network.title}", words, *accuracies])
    return table(heads, rows, text_columns=2)


def _runs(pairs: Iterable[tuple[Network, Measurement]]) -> str:
    heads = ["name", "data set", "epochs", "minutes", "seed", "validation", "test"]
    rows = [
        [
            f"`{network.name}`",
            DATASETS[network.dataset],
            str(found.epochs),
            f"{found.seconds / 60:.0f}",
            str(found.seed),
            f"{found.validation_accuracy:.2%}",
            f"{found.test_accuracy:.2%}",
        ]
        for network, found in pairs
    ]
    return table(heads, rows, text_columns=2)
