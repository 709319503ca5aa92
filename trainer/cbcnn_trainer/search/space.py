"""The networks that a search may try, and how a trial of Optuna stands for one of them.

A network is a few of the trainer's own settings, by their names in a TOML file. So whatever is
found can be trained by `cbcnn-train`, and nothing here builds a layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

Options: TypeAlias = dict[str, Any]
"""Settings of `cbcnn-train`, by their names in a TOML file."""

Family = Literal["blocks", "residual", "quicknet"]

FAMILIES: Final[tuple[Family, ...]] = ("blocks", "residual", "quicknet")
WIDTHS: Final = (8, 16, 24, 32, 48, 64, 96, 128)
UNITS: Final = (0, 32, 64, 128, 256)
MOST_BLOCKS: Final = 5
PICTURES: Final[Mapping[str, Options]] = {
    "compressed": {"channels": "rgb", "preprocessing": "block"},
    "grey": {"channels": "grey", "preprocessing": "none"},
    "rgb": {"channels": "rgb", "preprocessing": "none"},
}
"""What a network may see of your own pictures: grey from the Image Compression Block, grey as it
is, or colours."""


def family_of(options: Options) -> Family:
    """The family of a network."""
    if options.get("downsampling") == "real":
        return "quicknet"
    return "residual" if any(options.get("residuals", ())) else "blocks"


class Trial(Protocol):
    """What suggests a number or a word: a trial of Optuna, or fixed values of one."""

    def suggest_int(self, name: str, low: int, high: int) -> int:
        """An integer in a range, its ends included."""

    def suggest_categorical(self, name: str, choices: tuple[str, ...]) -> Any:
        """One of some words."""


@dataclass(frozen=True)
class Space:
    """What may be tried.

    Attributes:
        sizes: of images, such as "32x32"; empty where the data set has one.
        pictures: names in `PICTURES`; empty where the data set decides.
        side: pixels of the shorter side of images that have one size.
        families: of networks.
    """

    sizes: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    side: int = 32
    families: tuple[Family, ...] = FAMILIES

    def suggest(self, trial: Trial) -> Options:
        """The settings of the network that a trial stands for."""
        options: Options = {}
        side = self.side
        if self.sizes:
            options["size"] = tuple(
                map(int, trial.suggest_categorical("size", self.sizes).split("x"))
            )
            side = min(options["size"])
        if self.pictures:
            options |= PICTURES[trial.suggest_categorical("pictures", self.pictures)]
        family: Family = trial.suggest_categorical("family", self.families)
        pool = 2 + trial.suggest_int("pool", 0, 1)
        wanted = trial.suggest_int("blocks", 1, MOST_BLOCKS)
        stride = 1 if family == "quicknet" else trial.suggest_int("first_stride", 1, 2)
        blocks = min(wanted, max(_deepest(-(-side // stride), pool), 1))
        widths = [
            WIDTHS[trial.suggest_int(f"width_{index + 1}", 0, len(WIDTHS) - 1)]
            for index in range(blocks)
        ]
        options |= {"filters": tuple(widths), "pool_size": pool}
        options["kernel_size"] = 3 + 2 * trial.suggest_int("kernel", 0, 1)
        return options | _FAMILIES[family](trial, blocks, stride)

    def starting_points(self) -> Iterator[dict[str, Any]]:
        """Parameters of trials to begin with: the small presets, and one of the smallest."""
        seen: dict[str, Any] = {}
        if self.pictures:
            seen["pictures"] = self.pictures[0]
        if "32x32" in self.sizes:
            seen["size"] = "32x32"
        for point in _STARTING_POINTS:
            if point["family"] in self.families:
                yield {**_PLAIN, **point, **seen}

    def smallest(self) -> Iterator[dict[str, Any]]:
        """Parameters of the networks among which the smallest one is, whatever is scarce."""
        narrow = {f"width_{index + 1}": 0 for index in range(MOST_BLOCKS)}
        seen: dict[str, Any] = {}
        if self.pictures:
            seen["pictures"] = "grey" if "grey" in self.pictures else self.pictures[0]
        if self.sizes:
            seen["size"] = min(self.sizes, key=_pixels)
        for family in self.families:
            for blocks in range(1, MOST_BLOCKS + 1):
                for stride in (1,) if family == "quicknet" else (1, 2):
                    one = {"family": family, "blocks": blocks, "first_stride": stride}
                    yield {**_PLAIN, **narrow, **one, **seen, "units": 0}


def _pixels(size: str) -> int:
    width, height = map(int, size.split("x"))
    return width * height


def _deepest(side: int, pool: int) -> int:
    """Poolings after which something is left of a map."""
    count = 0
    while side >= pool:
        side //= pool
        count += 1
    return count


_BINARY: Final[Mapping[str, Any]] = {
    **{"residual_relu": False, "downsampling": "binary", "ending": "binary"},
}


def _units(trial: Trial) -> tuple[int, ...]:
    units = UNITS[trial.suggest_int("units", 0, len(UNITS) - 1)]
    return (units,) if units else ()


def _blocks(trial: Trial, _blocks: int, stride: int) -> Options:
    """Binary Blocks 1, then Binary Blocks 2: the paper's kind."""
    options: Options = {**_BINARY, "units": _units(trial), "residuals": ()}
    options["first_stride"] = stride
    order = trial.suggest_categorical("first_order", ("pool-first", "norm-first"))
    return options | {"first_order": order}


def _residual(trial: Trial, blocks: int, stride: int) -> Options:
    """The same with residual layers, at least one."""
    counts = [trial.suggest_int(f"residuals_{index + 1}", 0, 2) for index in range(blocks)]
    counts[-1] = counts[-1] if any(counts) else 1
    options: Options = {**_BINARY, "units": _units(trial), "residuals": tuple(counts)}
    return options | {"first_stride": stride, "first_order": "pool-first"}


def _quicknet(trial: Trial, blocks: int, _stride: int) -> Options:
    """Larq Zoo's QuickNet: real-valued layers make the maps, binary ones work on them."""
    counts = [trial.suggest_int(f"residuals_{index + 1}", 0, 2) for index in range(blocks)]
    counts[-1] = max(counts[-1], 1)
    return {
        "units": (),
        "residuals": tuple(counts),
        "residual_relu": True,
        "downsampling": "real",
        "ending": "average",
    }


_FAMILIES: Final = {"blocks": _blocks, "residual": _residual, "quicknet": _quicknet}

_PLAIN: Final[Mapping[str, Any]] = {
    **{"pool": 0, "first_stride": 1, "kernel": 0, "first_order": "pool-first"},
    **{f"residuals_{index + 1}": 0 for index in range(MOST_BLOCKS)},
}


def _point(family: Family, widths: tuple[int, ...], units: int, **others: int) -> dict[str, Any]:
    named = {f"width_{index + 1}": WIDTHS.index(width) for index, width in enumerate(widths)}
    units_index = UNITS.index(units)
    return {"family": family, "blocks": len(widths), **named, "units": units_index, **others}


_STARTING_POINTS: Final = (
    _point("blocks", (32, 64, 64, 64), 64),
    _point("residual", (32, 32, 64), 0, residuals_2=2, residuals_3=1),
    _point("quicknet", (16, 32, 32), 0, residuals_1=1, residuals_2=1, residuals_3=1),
    _point("blocks", (16, 24, 32), 32),
    _point("residual", (16, 16, 24), 0, residuals_2=1, residuals_3=1),
    _point("quicknet", (8, 16, 24), 0, residuals_1=1, residuals_2=1, residuals_3=1),
)
"""The small presets of `cbcnn-train`, and the same at about half of their widths."""
