"""The networks that are compared, and the run that gives each.

A recipe is a TOML file of options for `cbcnn-train`; what it leaves out is the data set's preset.
Those of shipped models lie beside them in `examples/models`, all others in `recipes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

ROOT: Final = Path(__file__).resolve().parents[2]
MODELS: Final = ROOT / "examples" / "models"
RECIPES: Final = Path(__file__).parent / "recipes"

Kind = Literal[
    "cbcnn", "longer", "base", "small", "curve", "peer", "real", "seed", "shape", "shortcuts"
]


@dataclass(frozen=True)
class Network:
    """One trained network.

    Attributes:
        name: unique; that of its recipe, and of its folder if it is shipped.
        dataset: as `cbcnn-train` calls it.
        title: in tables.
        kind: which tables it is in.
        shipped: whether the model lies in `examples/models`.
        recipe: its place in the repository, where it is not the usual one.
        start_from, teacher: names of the networks whose models the run builds on.
        changes: words of the command line that come after the recipe.
        repeats: the network whose recipe it runs with another seed.
    """

    name: str
    dataset: str
    title: str
    kind: Kind
    shipped: bool = False
    recipe: str | None = None
    start_from: str | None = None
    teacher: str | None = None
    changes: tuple[str, ...] = ()
    repeats: str | None = None

    @property
    def recipe_file(self) -> Path:
        """The options of its run."""
        if self.recipe is not None:
            return ROOT / self.recipe
        if self.shipped:
            return MODELS / self.name / "recipe.toml"
        return RECIPES / f"{self.name}.toml"


_IN_FLOAT32: Final = ("--precision", "float32")
_ALL_IMAGES: Final = ("--validation-fraction", "0")
_HELD_OUT: Final = ("--validation-fraction", "0.1")

_FIRST: Final = (
    Network(
        "gtsrb",
        "gtsrb",
        "CBCNN",
        "cbcnn",
        shipped=True,
        recipe="examples/models/gtsrb/recipe-5.toml",
        start_from="gtsrb-4-all",
        teacher="gtsrb-real-all",
    ),
    Network(
        "gtsrb-1",
        "gtsrb",
        "CBCNN, first run",
        "base",
        recipe="examples/models/gtsrb/recipe.toml",
    ),
    Network(
        "gtsrb-2",
        "gtsrb",
        "CBCNN, second run",
        "longer",
        recipe="examples/models/gtsrb/recipe-2.toml",
        start_from="gtsrb-1",
    ),
    Network(
        "gtsrb-3",
        "gtsrb",
        "CBCNN, third run",
        "longer",
        recipe="examples/models/gtsrb/recipe-3.toml",
        start_from="gtsrb-2",
        teacher="gtsrb-real-long",
        changes=_HELD_OUT,
    ),
    Network(
        "gtsrb-4",
        "gtsrb",
        "CBCNN, fourth run",
        "longer",
        recipe="examples/models/gtsrb/recipe-4.toml",
        start_from="gtsrb-3",
        teacher="gtsrb-real-long",
        changes=_HELD_OUT,
    ),
    Network(
        "gtsrb-3-all",
        "gtsrb",
        "CBCNN, third run, all images",
        "base",
        recipe="examples/models/gtsrb/recipe-3.toml",
        start_from="gtsrb-2",
        teacher="gtsrb-real-all",
    ),
    Network(
        "gtsrb-4-all",
        "gtsrb",
        "CBCNN, fourth run, all images",
        "base",
        recipe="examples/models/gtsrb/recipe-4.toml",
        start_from="gtsrb-3-all",
        teacher="gtsrb-real-all",
    ),
    Network(
        "fashion-mnist",
        "fashion-mnist",
        "CBCNN",
        "cbcnn",
        shipped=True,
        start_from="fashion-mnist-3",
        teacher="fashion-mnist-teacher",
    ),
    Network("fashion-mnist-1", "fashion-mnist", "CBCNN, first run", "base"),
    Network(
        "fashion-mnist-2",
        "fashion-mnist",
        "CBCNN, second run",
        "base",
        start_from="fashion-mnist-1",
    ),
    Network(
        "fashion-mnist-3",
        "fashion-mnist",
        "CBCNN, third run",
        "base",
        start_from="fashion-mnist-2",
    ),
    Network("fashion-mnist-teacher", "fashion-mnist", "64, 96, 128, 128; 256, real-valued", "base"),
    Network(
        "fashion-mnist-teacher-2",
        "fashion-mnist",
        "64, 96, 128, 128; 256, real-valued, random erasing",
        "base",
    ),
    Network(
        "fashion-mnist-erasing",
        "fashion-mnist",
        "CBCNN, fifth run, random erasing",
        "base",
        start_from="fashion-mnist",
        teacher="fashion-mnist-teacher-2",
    ),
    Network(
        "fashion-mnist-milder",
        "fashion-mnist",
        "CBCNN, sixth run, without it",
        "base",
        start_from="fashion-mnist-erasing",
        teacher="fashion-mnist-teacher-2",
    ),
    Network("fashion-mnist-real", "fashion-mnist", "CBCNN, real-valued", "real"),
    Network("mnist", "mnist", "CBCNN", "cbcnn", shipped=True),
    Network(
        "mnist-all",
        "mnist",
        "CBCNN, all images",
        "longer",
        recipe="examples/models/mnist/recipe.toml",
        changes=_ALL_IMAGES,
    ),
    Network("gtsrb-dcr", "gtsrb", "DCR", "peer"),
    Network("gtsrb-real", "gtsrb", "CBCNN, real-valued", "real"),
    Network("gtsrb-real-long", "gtsrb", "CBCNN, real-valued, longer", "real"),
    Network(
        "gtsrb-real-all",
        "gtsrb",
        "CBCNN, real-valued, longer, all images",
        "real",
        recipe="benchmarks/networks/recipes/gtsrb-real-long.toml",
        changes=_ALL_IMAGES,
    ),
    Network("mnist-bnn-mlp", "mnist", "BNN-MLP, 3 x 2048", "peer"),
    Network("mnist-real", "mnist", "CBCNN, real-valued", "real"),
    Network("gtsrb-16", "gtsrb", "16, 32, 32, 32; 32", "curve"),
    Network("gtsrb-24", "gtsrb", "24, 48, 48, 48; 48", "curve"),
    Network("gtsrb-small", "gtsrb", "32, 64, 64, 64; 64", "small", shipped=True),
    Network("gtsrb-64", "gtsrb", "64, 64, 64, 64; 128", "curve"),
    Network("fashion-mnist-16", "fashion-mnist", "16, 32, 32, 32; 32", "curve"),
    Network("fashion-mnist-24", "fashion-mnist", "24, 48, 48, 48; 48", "curve"),
    Network("fashion-mnist-small", "fashion-mnist", "32, 64, 64, 64; 64", "small", shipped=True),
    Network("fashion-mnist-64", "fashion-mnist", "64, 64, 64, 64; 128", "curve"),
    Network("mnist-tiny", "mnist", "32, 56, 64", "curve"),
    Network("mnist-16", "mnist", "16, 32, 32, 32; 32", "curve"),
    Network("mnist-24", "mnist", "24, 48, 48, 48; 48", "curve"),
    Network("mnist-smallest", "mnist", "32, 64, 32", "curve", shipped=True),
    Network("mnist-small", "mnist", "32, 64, 64, 64; 64", "small", shipped=True),
    Network("mnist-64", "mnist", "64, 64, 64, 64; 128", "curve"),
    Network("gtsrb-residual-small", "gtsrb", "32, 32, 64; residual", "shortcuts", shipped=True),
    Network(
        "gtsrb-residual-small-plain",
        "gtsrb",
        "the same without its shortcuts",
        "shortcuts",
        recipe="examples/models/gtsrb-residual-small/recipe.toml",
        changes=("--no-shortcuts",),
    ),
    Network("gtsrb-quicknet-small", "gtsrb", "16, 32, 32; QuickNet", "shortcuts", shipped=True),
    Network("gtsrb-quicknet-deeper", "gtsrb", "16, 32, 32; deeper QuickNet", "shortcuts"),
    Network(
        "fashion-mnist-quicknet-small",
        "fashion-mnist",
        "16, 32, 32; deeper QuickNet",
        "shortcuts",
        shipped=True,
    ),
    *(
        Network(
            f"mnist-shape-{filters.replace(',', '-')}",
            "mnist",
            filters.replace(",", ", "),
            "shape",
            recipe="benchmarks/networks/recipes/mnist-shapes.toml",
            changes=("--filters", filters),
        )
        for filters in ("32,56,64", "32,64,32,64", "64,32,64", "64,32,32,64")
    ),
)

_REPEATED: Final[Mapping[str, Mapping[int, tuple[str, ...]]]] = {
    "gtsrb": {1: ()},
    "gtsrb-small": {1: (), 2: (), 3: (), 4: ()},
    "gtsrb-residual-small": {1: ()},
    "gtsrb-quicknet-deeper": {1: (), 2: ()},
    "fashion-mnist-small": {1: (), 2: (), 3: (), 4: ()},
    "mnist": {1: ("--precision", "float32", "--convolution", "fused")},
    "mnist-all": {1: ()},
    "mnist-small": {1: _IN_FLOAT32, 2: _IN_FLOAT32, 3: (), 4: ()},
    "mnist-tiny": {1: (), 2: ()},
}
"""Networks whose recipe is repeated, the other seeds, and what else those runs change."""


def _repeat(network: Network, seed: int, changes: tuple[str, ...]) -> Network:
    """The run of the same recipe with another seed."""
    return replace(
        network,
        name=f"{network.name}-seed-{seed}",
        kind="seed",
        shipped=False,
        recipe=network.recipe_file.relative_to(ROOT).as_posix(),
        changes=("--seed", str(seed), *network.changes, *changes),
        repeats=network.name,
    )


NETWORKS: Final = (
    *_FIRST,
    *(
        _repeat(network, seed, changes)
        for network in _FIRST
        for seed, changes in _REPEATED.get(network.name, {}).items()
    ),
)
