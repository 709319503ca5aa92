"""What a search is asked for, and what a candidate of it is."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from cbcnn_trainer import settings
from cbcnn_trainer.search.cost import Cost, Costs, Limits, Network
from cbcnn_trainer.search.space import Options, Space
from cbcnn_trainer.settings import SETTINGS, Settings

Scarce = Literal["flash", "ram", "instructions"]

SCARCE: Final[Mapping[Scarce, str]] = {
    "flash": "flash_bytes",
    "ram": "ram_bytes",
    "instructions": "instructions",
}
"""What accuracy can be traded against, and the field of a `Cost` that counts it."""

CANDIDATES: Final = "candidates"
FINALISTS: Final = "finalists"

REDUCTION: Final = 3
"""Of the networks of a class that reach a rung, one in this many goes on; each rung is this many
times as far as the one before."""

_LARGEST_MOMENTUM: Final = 0.9
"""Of batch norms: slower averages are far behind after the few steps of a first rung, and networks
would be dropped for that."""


@dataclass(frozen=True)
class Plan:
    """One search, complete but for how long it goes on.

    Attributes:
        dataset: its name, or `folder`.
        data: where it is.
        classes: number of them.
        shape: height and width of images that have one size, for a data set with a name.
        options: settings of every training, by their names in a TOML file.
        space: of networks.
        limits: for what they take.
        costs: asks what they take.
        scarce: what accuracy is traded against.
        epochs: of a candidate that stays to the end.
        seed: of the search.
        skip_bad: leave out pictures that cannot be read.
    """

    dataset: str
    data: Path | None
    classes: int
    shape: tuple[int, int]
    options: Options
    space: Space
    limits: Limits
    costs: Costs
    scarce: Scarce = "flash"
    epochs: int = 27
    seed: int = 0
    skip_bad: bool = False

    def settings(self, options: Options) -> Settings:
        """The settings of a training of one network, to its end."""
        chosen = {**self.options, **options}
        plain = options.get("downsampling") == "real" or options.get("first_stride", 1) > 1
        if chosen.get("convolution") == "fused" and plain:
            chosen["convolution"] = "tensorflow"  # whose blocks are not those of `fused`
        return settings.resolve(self.dataset, chosen)

    def network(self, options: Options) -> Network:
        """What decides the costs of one network."""
        chosen = self.settings(options)
        own, block = chosen.own, chosen.block
        height, width = self.shape
        colour = False
        if own is not None:
            width, height = own.size
            colour = own.channels == "rgb" and block is None
        shape = (height, width, 3 if colour else 1)
        return Network(chosen.architecture, shape, self.classes, block)

    def command(self, options: Options, out: str = "model.h5") -> str:
        """The command that trains one network to its end."""
        words = ["cbcnn-train", self.dataset]
        if self.data is not None:
            words += ["--data", str(self.data)]
        chosen = self.settings(options).values()
        for name in {**self.options, **options}:
            words += _typed(name, chosen[name])
        words += ["--skip-bad"] if self.skip_bad else []
        return shlex.join([*words, "-o", out])

    def identity(self) -> dict[str, Any]:
        """What decides the outcome of the search, as plain values by name."""
        return {
            "dataset": self.dataset,
            "data": None if self.data is None else str(self.data.resolve()),
            "classes": self.classes,
            "options": {name: _plain(value) for name, value in self.options.items()},
            "space": {name: _plain(value) for name, value in asdict(self.space).items()},
            "limits": asdict(self.limits),
            "target": self.costs.target.name,
            "clock_hz": self.costs.clock_hz,
            "optimize": self.costs.optimize,
            "scarce": self.scarce,
            "epochs": self.epochs,
            "seed": self.seed,
        }


def _typed(name: str, value: Any) -> list[str]:
    """The words that give a setting on the command line."""
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{'' if value else 'no-'}{option}"]
    return [f"--{option}", SETTINGS[name].show(value)]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True)
class Candidate:
    """A network that fits and is to be trained.

    Attributes:
        number: of its trial.
        options: its settings.
        cost: what it takes.
        by_hand: whether it is a starting point, which nobody drew.
    """

    number: int
    options: Options
    cost: Cost
    by_hand: bool = False


@dataclass(frozen=True)
class Job:
    """Everything that trains a candidate, on this machine or another.

    Attributes:
        number: of its trial.
        dataset, data, skip_bad: as in `Plan`.
        options: settings of the training that are not the data set's own.
        folder: of the search; the checkpoint of each candidate is in it.
        room: where in it, `CANDIDATES` or `FINALISTS`.
    """

    number: int
    dataset: str
    data: str | None
    options: Options
    folder: str
    skip_bad: bool = False
    room: str = CANDIDATES

    @classmethod
    def of(cls, plan: Plan, candidate: Candidate, folder: Path) -> Job:
        """The training of a candidate as far as the search takes it."""
        chosen = plan.settings(candidate.options).values()
        given = {name: chosen[name] for name in {**plan.options, **candidate.options}}
        given |= {"epochs": plan.epochs, "selection": "validation"}
        given.pop("reestimate_norms", None)  # at the end of a whole run alone
        given["norm_momentum"] = min(chosen["norm_momentum"], _LARGEST_MOMENTUM)
        return cls._of(plan, candidate, folder, given, CANDIDATES)

    @classmethod
    def to_end(cls, plan: Plan, candidate: Candidate, folder: Path) -> Job:
        """The training of a candidate as the user's settings have it, to its end."""
        chosen = plan.settings(candidate.options).values()
        given = {name: chosen[name] for name in {**plan.options, **candidate.options}}
        return cls._of(plan, candidate, folder, given, FINALISTS)

    @classmethod
    def _of(
        cls, plan: Plan, candidate: Candidate, folder: Path, options: Options, room: str
    ) -> Job:
        data = None if plan.data is None else str(plan.data.resolve())
        where = str(folder.resolve())
        return cls(candidate.number, plan.dataset, data, options, where, plan.skip_bad, room)

    @property
    def settings(self) -> Settings:
        """The settings of the training, complete."""
        return settings.resolve(self.dataset, self.options)

    @property
    def checkpoint_folder(self) -> Path:
        """Where the checkpoint of the candidate is."""
        return Path(self.folder) / self.room / f"{self.number:04d}"
