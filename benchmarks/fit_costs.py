"""Fits the `prices` of a target: instructions counted on its emulated core, over many shapes.

    python -m benchmarks.fit_costs TARGET             those of signs and of the image
    python -m benchmarks.fit_costs TARGET KERNEL ...  pieces that only these kernels have
    python -m benchmarks.fit_costs TARGET KERNEL PIECE ...  or only these pieces of them
    python -m benchmarks.fit_costs TARGET --floats    those of floats, `real_...`, and of their sums
    python -m benchmarks.fit_narrow TARGET            those of quantized networks
    python -m benchmarks.fit_joins TARGET             those of joins and pools of integers

Networks of random weights, with batch norms that make half of the values fire, are generated in
several modes, and for speed once for each kernel, which then computes every layer that it can: else
nothing would be known of kernels that are never the fastest. They are counted layer by layer.
Non-negative least squares, weighted so that relative errors count, gives a price for each piece of
work. Prints the table, and the errors to stderr. Pieces that are new need any price before. With
`--floats` the networks are those of `float_networks`. Pieces that are not fitted keep their price.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

import numpy as np

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.kernels import Offer, Site, find_offers, known_kernels
from cbcnn_codegen.options import Optimize, Options
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.read import read_model
from cbcnn_codegen.targets import Target, find_target
from cbcnn_codegen.verify.project import read_project

MODES: Final[tuple[Optimize, ...]] = ("speed", "balanced", "ram")
PREFERRED: Final = tuple(name for name in known_kernels() if name.startswith("conv_"))
"""Kernels that are counted wherever they fit; other operations have hardly a choice."""

TYPICAL: Final = ("docs_shortcut", "quicknet", "densenet", "real_head")
"""Architectures whose values are like those of trained networks; the rest tests the prices."""
FLOATS: Final = ("real_", "raised_")
"""What the names of pieces of work with floats, and with sums that become floats, begin with."""


class Net(NamedTuple):
    """A network: image, then convolutions (filters, kernel, stride, pool), then dense units.

    Training makes filters of a first layer equal; `kernels` is how many differ, 0 for random ones.
    """

    image: tuple[int, int, int]
    convs: tuple[tuple[int, int, int, int], ...]
    units: tuple[int, ...]
    signs: bool = False
    kernels: int = 0


NETS: Final = (
    Net((16, 16, 1), ((32, 3, 1, 2), (32, 3, 1, 2)), (10,)),
    Net((20, 20, 1), ((64, 3, 1, 2), (64, 3, 1, 2), (64, 3, 1, 2)), (64, 10)),
    Net((16, 16, 1), ((128, 3, 1, 2), (128, 3, 1, 2)), (128, 10)),
    Net((14, 14, 1), ((32, 3, 1, 1), (64, 3, 1, 2)), (32, 10)),
    Net((18, 18, 1), ((64, 5, 1, 2), (48, 3, 1, 1)), (20,)),
    Net((16, 16, 3), ((32, 3, 1, 2), (32, 3, 2, 1), (96, 1, 1, 1)), (10,)),
    Net((12, 12, 1), ((40, 3, 1, 1), (33, 5, 1, 2)), (100, 10)),
    Net((24, 24, 1), ((32, 3, 2, 2), (32, 3, 1, 1), (32, 3, 1, 3)), (10,)),
    Net((12, 12, 1), (), (64, 32, 10)),
    Net((10, 10, 64), ((64, 3, 1, 2), (128, 3, 1, 2)), (10,), signs=True),
    Net((16, 16, 1), ((128, 3, 1, 2), (32, 3, 1, 2)), (10,), kernels=24),
    Net((20, 20, 1), ((64, 3, 1, 2), (64, 3, 1, 2)), (10,), kernels=8),
    Net((10, 10, 32), ((40, 1, 2, 1), (96, 1, 1, 2), (64, 1, 1, 1)), (10,), signs=True),
    Net((8, 8, 128), ((256, 1, 1, 1), (33, 1, 1, 2), (32, 1, 1, 1)), (10,), signs=True),
    Net((6, 6, 512), ((64, 1, 1, 1), (64, 1, 1, 2)), (10,), signs=True),
    Net((12, 12, 3), ((24, 5, 1, 2),), (10,)),
    Net((16, 16, 3), ((32, 3, 1, 2),), (10,)),
    Net((16, 16, 3), ((64, 3, 1, 2),), (10,), kernels=12),
    Net((14, 10, 2), ((48, 3, 1, 2),), (10,)),
)


def build(net: Net, path: Path) -> None:
    """Write the network as a Keras file."""
    import larq
    import tensorflow as tf

    tf.keras.utils.set_random_seed(len(net.convs) + net.image[0])
    model = tf.keras.Sequential([tf.keras.layers.InputLayer(net.image)])
    sign = "ste_sign" if net.signs else None
    for filters, kernel, stride, pool in net.convs:
        model.add(
            larq.layers.QuantConv2D(
                filters,
                kernel,
                strides=stride,
                padding="same",
                use_bias=False,
                input_quantizer=sign,
                kernel_quantizer="ste_sign",
            )
        )
        if pool > 1:
            model.add(tf.keras.layers.MaxPool2D(pool))
        model.add(tf.keras.layers.BatchNormalization(momentum=0.5))
        sign = "ste_sign"
    model.add(tf.keras.layers.Flatten())
    for units in net.units:
        model.add(
            larq.layers.QuantDense(
                units, use_bias=False, input_quantizer=sign, kernel_quantizer="ste_sign"
            )
        )
        model.add(tf.keras.layers.BatchNormalization(momentum=0.5))
        sign = "ste_sign"
    if net.kernels:
        first = model.layers[0]
        few = first.kernel.numpy()[..., : net.kernels]
        copies = -(-first.filters // net.kernels)
        first.kernel.assign(np.tile(few, copies)[..., : first.filters])
    images = np.random.default_rng(1).integers(-127, 128, (64, *net.image)).astype(np.float32)
    for _ in range(12):
        model(images, training=True)
    model.save(path)


class Sample(NamedTuple):
    """One counted layer."""

    title: str
    kernel: str
    work: dict[str, float]
    instructions: int


def measure(
    model: Path, target: Target, folder: Path, preferred: Sequence[str], modes: Sequence[Optimize]
) -> Iterator[Sample]:
    """Every layer of a model, in some modes and with every preferred kernel."""
    counted: set[tuple[str, ...]] = set()
    for mode, kernel in [*((mode, "") for mode in modes), *(("speed", name) for name in preferred)]:
        with preferring(kernel):
            yield from _count(model, target, mode, kernel, folder, counted)


@contextmanager
def preferring(kernel: str) -> Iterator[None]:
    """Plan every layer with this kernel that it can compute, whatever it costs."""

    def prefer(site: Site) -> tuple[Offer, ...]:
        offers = find_offers(site)
        return tuple(offer for offer in offers if offer.kernel == kernel) or offers

    with mock.patch("cbcnn_codegen.plan.choose.find_offers", prefer):
        yield


def _count(
    model: Path,
    target: Target,
    mode: Optimize,
    preferred: str,
    folder: Path,
    counted: set[tuple[str, ...]],
) -> Iterator[Sample]:
    """The layers of a model in one mode, unless these kernels have been counted before."""
    graph = lower(read_model(model, input_type="int8").graph)
    plan = make_plan(graph, target, Options(name="net", optimize=mode))
    kernels = tuple(f"{step.offer.kernel} {sorted(step.offer.work.items())}" for step in plan.steps)
    used = {step.offer.kernel for step in plan.steps}
    if kernels in counted or (preferred and preferred not in used):
        return
    counted.add(kernels)
    out = folder / preferred / f"{model.stem}-{target.name}-{mode}"
    request = Request(
        model, target.name, name="net", optimize=mode, input_type="int8", measure=False
    )
    generate(request).write(out)
    project = read_project(out)
    profile = Profiler(project, target, choose_image(project, None, 0)).run()
    for step, layer in zip(plan.steps, profile.layers, strict=False):
        assert layer.instructions is not None, "every target here is counted"
        kernel = step.offer.kernel
        title = f"{model.stem} {mode} {layer.name} {kernel}"
        yield Sample(title, kernel, dict(step.offer.work), layer.instructions)


def fit(samples: Sequence[Sample], paid_for: Mapping[str, float] | None = None) -> dict[str, float]:
    """Prices by non-negative least squares of relative errors, of pieces that have none yet."""
    known = paid_for or {}
    pieces = sorted({piece for sample in samples for piece in sample.work} - known.keys())
    rows = np.array([[sample.work.get(piece, 0.0) for piece in pieces] for sample in samples])
    counts = np.array([float(sample.instructions) for sample in samples])
    paid = np.array(
        [sum(known.get(of, 0.0) * times for of, times in s.work.items()) for s in samples]
    )
    weights = 1 / (counts + 2000)
    prices = non_negative(rows * weights[:, None], (counts - paid) * weights)
    predicted = rows @ prices + paid
    for sample, guess in sorted(zip(samples, predicted, strict=True), key=lambda p: p[0].title):
        error = guess / sample.instructions - 1
        print(f"{error:+7.1%} {sample.instructions:10,} {sample.title}", file=sys.stderr)
    return {piece: round(float(cost), 2) for piece, cost in zip(pieces, prices, strict=True)}


def non_negative(matrix: Any, target: Any) -> Any:
    """Least squares, the most negative price set to 0 until none is left."""
    active = list(range(matrix.shape[1]))
    while True:
        solution = np.linalg.lstsq(matrix[:, active], target, rcond=None)[0]
        if solution.min() >= 0:
            break
        active.pop(int(solution.argmin()))
    prices = np.zeros(matrix.shape[1])
    prices[active] = solution
    return prices


def main(target: Target, kernels: Sequence[str], pieces: set[str], *, floats: bool) -> None:
    """Measure, fit and print the table, of signs, of some kernels, of some pieces, or of floats."""
    with tempfile.TemporaryDirectory() as name:
        models = write_floats(Path(name)) if floats else write_networks(Path(name))
        preferred = () if floats else kernels or PREFERRED
        modes = () if kernels else MODES
        counted = [
            sample
            for model in models
            for sample in measure(model, target, Path(name), preferred, modes)
        ]
    print_table(counted, target, pieces or _fitted(counted, kernels, floats=floats))


def _fitted(counted: Sequence[Sample], kernels: Sequence[str], *, floats: bool) -> set[str]:
    """The pieces of work to price: of floats, of everything else, or of some kernels alone."""
    fitted = {of for sample in counted for of in sample.work if of.startswith(FLOATS) == floats}
    if kernels:
        fitted = {of for sample in counted if sample.kernel in kernels for of in sample.work}
        fitted -= {of for sample in counted if sample.kernel not in kernels for of in sample.work}
    return fitted


def print_table(counted: Sequence[Sample], target: Target, fitted: set[str]) -> None:
    """Fit the prices of some pieces, of the layers that have them, and print the table."""
    samples = [sample for sample in counted if fitted & sample.work.keys()]
    known = {of: cost for of, cost in target.prices.items() if of not in fitted}
    print("PRICES: Final[Prices] = {")
    for piece, cost in fit(samples, known).items():
        print(f'    "{piece}": {cost},')
    print("}")


def write_networks(folder: Path) -> list[Path]:
    """The networks of signs and integers, as files."""
    models = [folder / f"net{index}.h5" for index in range(len(NETS))]
    for net, path in zip(NETS, models, strict=True):
        build(net, path)
    return models


def write_floats(folder: Path) -> list[Path]:
    """The networks of floats, and typical small architectures, as files."""
    import tensorflow as tf

    from benchmarks.architectures.blocks import calibrate
    from benchmarks.architectures.catalogue import BY_NAME
    from benchmarks.float_networks import NETWORKS

    models = [folder / f"{name}.h5" for name in TYPICAL]
    for path in models:
        BY_NAME[path.stem].write(path)
    for make in NETWORKS:
        tf.keras.utils.set_random_seed(1)
        model = make()
        calibrate(model, -128, 127)
        models.append(folder / f"{make.__name__}.h5")
        model.save(models[-1])
    return models


if __name__ == "__main__":
    given = find_target(sys.argv[1])
    names = [name for name in sys.argv[2:] if name != "--floats"]
    pieces = {name for name in names if name in given.prices}
    kernels = [name for name in names if name in known_kernels()]
    main(given, kernels, pieces, floats="--floats" in sys.argv)
