"""The trials: two bases, and what each trial changes of one.

The long ones are the recipe of a shipped small network with all of its epochs; that network and
its other seeds, which `benchmarks.networks` trains, are their base. The short ones hold out three
tenths of the training images, so that an accuracy has a standard error of 0.2 points, and have ten
epochs, which favour whatever moves fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

BASE_NETWORK: Final = "gtsrb-small"
LONG_DATASET: Final = "gtsrb"
LONG_RECIPE: Final = "examples/models/gtsrb-small/recipe.toml"
LONG_EPOCHS: Final = 40

SHORT_DATASET: Final = "fashion-mnist"
SHORT_BASE: Final[Mapping[str, Any]] = {
    "preset": "cbcnn-small",
    "epochs": 10,
    "batch-size": 128,
    "loss": "cross-entropy",
    "label-smoothing": 0.1,
    "schedule": "cosine",
    "warmup-epochs": 1,
    "learning-rate": 0.01,
    "final-learning-rate": 0.00001,
    "norm-momentum": 0.98,
    "mirror": True,
    "selection": "last",
    "reestimate-norms": True,
    "validation-fraction": 0.3,
}


@dataclass(frozen=True)
class Trial:
    """What is changed of a base.

    Attributes:
        changes: of the base's options, by their names on the command line.
        seeds: it may run with; a row of the page has those that ran.
        start_from: the trial whose model it goes on from.
        teacher: the trial that it learns from; for a long one, a network of `benchmarks.networks`.
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    start_from: str | None = None
    teacher: str | None = None


@dataclass(frozen=True)
class Run:
    """A trial with one seed."""

    trial: Trial
    seed: int
    long: bool

    @property
    def name(self) -> str:
        """Unique; that of its folder."""
        return self.trial.name + (f"-seed-{self.seed}" if self.seed else "")

    @property
    def dataset(self) -> str:
        """As `cbcnn-train` calls it."""
        return LONG_DATASET if self.long else SHORT_DATASET

    @property
    def arguments(self) -> list[str]:
        """The complete command line but for data, output and other models."""
        changes = {**self.trial.changes, **({"seed": self.seed} if self.seed else {})}
        if self.long:
            return ["--config", LONG_RECIPE, *to_arguments(changes)]
        return to_arguments({**SHORT_BASE, **changes})


_SEEDS: Final = (0, 1, 2)

LONG: Final = (
    Trial("window-2", {"gradient-window": 2}, _SEEDS),
    Trial("exposure", {"exposure": 0.3}, _SEEDS),
    Trial("balance", {"balance": 0.5}, _SEEDS),
    Trial("mixup", {"mixup": 0.2}, _SEEDS),
    Trial("cutmix", {"cutmix": 1}, _SEEDS),
    Trial("beta-2", {"beta-2": 0.99}, _SEEDS),
    Trial("rate-step", {"rate-change": "step"}, _SEEDS),
    Trial(
        "taught-softly",
        {"distillation": 0.9, "temperature": 2.0},
        _SEEDS,
        teacher="gtsrb-real-long",
    ),
    Trial("stage-1", {"binary-kernels": False, "epochs": 20}),
    Trial("stage-2", {"epochs": 20}, start_from="stage-1"),
    Trial("average", {"weight-average": 0.99}, _SEEDS),
    Trial(
        "two-optimizers",
        {"real-optimizer": "sgd", "real-learning-rate": 0.1, "real-momentum": 0.9},
        _SEEDS,
    ),
    Trial("first-layer-rate", {"first-layer-rate": 0.1}, _SEEDS),
    Trial("first-layer-scale", {"first-layer-scale": 10}, _SEEDS),
    Trial("sharpen", {"sharpen-epochs": 10}, _SEEDS),
    Trial("erasing", {"erasing": 0.5}, _SEEDS),
    Trial("decay", {"weight-decay": 0.1}, _SEEDS),
    Trial("stage-1-decay", {"binary-kernels": False, "epochs": 20, "weight-decay": 0.1}),
    Trial("stage-2-after-decay", {"epochs": 20}, start_from="stage-1-decay"),
    Trial(
        "taught-matched",
        {"distillation": 0.9, "temperature": 2.0, "feature-matching": 1},
        _SEEDS,
        teacher="gtsrb-real-long",
    ),
)
"""Most interesting first; each can run alone but for the second stage."""

SHORT: Final = (
    Trial("short-base", seeds=(0, 1)),
    Trial("short-teacher", {"binary": False, "learning-rate": 0.003, "label-smoothing": 0.0}),
    Trial("short-taught", {"distillation": 0.5}, teacher="short-teacher"),
    Trial(
        "short-taught-softly", {"distillation": 0.9, "temperature": 2.0}, teacher="short-teacher"
    ),
    Trial("short-stage-1", {"binary-kernels": False, "epochs": 5}),
    Trial("short-stage-2", {"epochs": 5}, start_from="short-stage-1"),
    Trial("short-average", {"weight-average": 0.99}),
    Trial("short-slow", {"learning-rate": 0.003}),
)


def _runs() -> Iterator[Run]:
    for trials, long in ((LONG, True), (SHORT, False)):
        for trial in trials:
            for seed in trial.seeds:
                yield Run(trial, seed, long)


RUNS: Final = tuple(_runs())


def to_arguments(options: Mapping[str, Any]) -> list[str]:
    """Options as words of a command line."""
    words: list[str] = []
    for name, value in options.items():
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words += [f"--{name}", str(value)]
    return words
