"""From what a user asks for to the plan of a search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cbcnn_codegen.boards import find_board
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.memory import parse_budget
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets import find_target
from cbcnn_inputs.own_pictures import FOLDER
from cbcnn_trainer import settings
from cbcnn_trainer.load_data import load_data
from cbcnn_trainer.presets import FAST_TRAINING, SEARCH_RECIPES
from cbcnn_trainer.search.cost import Costs, Limits
from cbcnn_trainer.search.plan import Plan, Scarce
from cbcnn_trainer.search.space import FAMILIES, PICTURES, Family, Options, Space
from cbcnn_trainer.settings import SETTINGS

SIZES: Final = ("24x24", "32x32", "48x48")

_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_DECIDED: Final = (
    *("filters", "units", "residuals", "shortcuts", "residual_relu", "downsampling", "ending"),
    *("kernel_size", "pool_size", "first_stride", "first_order"),
    *("binary", "binary_kernels", "sign_of_zero", "kernel_scale"),
)
_DECIDED_OF_PICTURES: Final = ("size", "channels", "preprocessing")


@dataclass(frozen=True)
class Wanted:
    """A user's request for a search; see the options of `cbcnn-search`."""

    dataset: str
    data: Path | None
    board: str | None
    target: str | None
    fits: str | None
    latency: str | None
    optimize: Optimize
    families: Sequence[Family]
    sizes: Sequence[str]
    pictures: Sequence[str]
    scarce: Scarce
    epochs: int
    seed: int
    config: Path | None
    train_images: int | None
    skip_bad: bool


def make_plan_of_search(wanted: Wanted) -> Plan:
    """The plan of a search, after a first look at the data.

    Raises:
        UsageError: options that are missing, contradict each other or would change nothing.
        DataError: the data cannot be read, or are too few.
    """
    costs, limits = _costs(wanted)
    own = wanted.dataset == FOLDER
    sizes = (wanted.sizes or SIZES) if own else ()
    shown = (wanted.pictures or tuple(PICTURES)) if own else ()
    options = _options(wanted)
    first: Options = {**options, **(PICTURES[shown[0]] if own else {})}
    if own:
        first["size"] = sizes[0]
    chosen = settings.resolve(wanted.dataset, first)
    dataset = load_data(chosen, wanted.data, skip_bad=wanted.skip_bad)
    height, width = dataset.train.images.shape[1:3]
    return Plan(
        dataset=wanted.dataset,
        data=wanted.data,
        classes=len(dataset.class_names),
        shape=(height, width),
        options=options,
        space=Space(
            tuple(sizes), tuple(shown), min(height, width), tuple(wanted.families) or FAMILIES
        ),
        limits=limits,
        costs=costs,
        scarce=wanted.scarce,
        epochs=wanted.epochs,
        seed=wanted.seed,
        skip_bad=wanted.skip_bad,
    )


def _costs(wanted: Wanted) -> tuple[Costs, Limits]:
    board = None if wanted.board is None else find_board(wanted.board)
    if board is None and wanted.target is None:
        raise UsageError(
            "a search needs a processor",
            allowed="--board BOARD, or --target TARGET with --fits or --latency",
            suggestion="--board list and --target list show the names",
        )
    if board is not None and wanted.target not in (None, board.target):
        raise UsageError(
            "--board and --target contradict each other",
            found=f"{board.name} has a {board.target}, not a {wanted.target}",
            suggestion="leave --target out",
        )
    target = find_target(board.target if board is not None else str(wanted.target))
    hz = board.clock.hz if board is not None else None
    if hz is None and target.clock_mhz is not None:
        hz = round(target.clock_mhz * 1_000_000)
    costs = Costs(target, hz, wanted.optimize)
    latency = None
    if wanted.latency is not None:
        latency = 1000 * parse_duration(wanted.latency, "--latency")
        costs.demand_timing()
    limits = Limits.of(board, None if wanted.fits is None else parse_budget(wanted.fits), latency)
    if limits == Limits():
        raise UsageError(
            "a search needs a limit",
            found=f"--target {target.name} alone, which every network fits",
            allowed="--board, --fits or --latency",
            suggestion="--fits flash=64K,ram=12K",
        )
    return costs, limits


def _options(wanted: Wanted) -> Options:
    """Settings of every training: those of the file, or a recipe for the data set."""
    given = dict(SEARCH_RECIPES.get(wanted.dataset, FAST_TRAINING))
    if wanted.config is not None:
        given = settings.read_toml(wanted.config)
    decided = _DECIDED + (_DECIDED_OF_PICTURES if wanted.dataset == FOLDER else ())
    if taken := [name for name in decided if name in given]:
        raise UsageError(
            f"{wanted.config} sets what the search decides",
            found=", ".join(taken),
            suggestion="leave them out, or narrow the search with --family, --size, --pictures",
        )
    if wanted.train_images is not None:
        given["train_images"] = wanted.train_images
    return {name: SETTINGS[name].accept(value) for name, value in given.items()}


def parse_duration(text: str, option: str) -> float:
    """Seconds of `50ms`, `2s`, `40m` or `1h`.

    Raises:
        UsageError: anything else.
    """
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)", text)
    if match is None or not float(match[1]):
        raise UsageError(
            f"{option} cannot be read",
            found=repr(text[:40]),
            allowed="a number with ms, s, m or h, such as 50ms",
        )
    return float(match[1]) * _SECONDS[match[2]]


def check_sizes(sizes: Sequence[str]) -> tuple[str, ...]:
    """Sizes as typed, each width x height.

    Raises:
        DataError: one is none.
    """
    found: list[tuple[int, int]] = [SETTINGS["size"].accept(size) for size in sizes]
    return tuple(dict.fromkeys(f"{width}x{height}" for width, height in found))
