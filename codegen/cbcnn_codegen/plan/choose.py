"""Chooses a kernel for every layer, by what the user wants least of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Final, TypeAlias

from cbcnn_codegen.options import Optimize
from cbcnn_codegen.plan.arena import Size
from cbcnn_codegen.plan.buffers import Extras, place_all, step_size
from cbcnn_codegen.plan.explain import explain
from cbcnn_codegen.plan.kernels import KERNELS, Kernel
from cbcnn_codegen.plan.steps import Candidate, Field, Layer, Layout, Table
from cbcnn_codegen.targets import Target

SCRATCH_SHARE: Final = 8
"""Balanced code takes at most one part in so many of a typical chip's RAM as scratch."""

_LAYOUTS: Final[dict[str, Layout]] = {
    "plane": "plane",
    "signs": "pixel_words",
    "accumulators": "int32",
}


@dataclass(frozen=True, eq=False)
class Option:
    """A kernel that can compute a layer, what it asks for and what it costs."""

    kernel: Kernel
    fields: tuple[Field, ...]
    tables: tuple[Table | None, ...]
    cost: Candidate


@dataclass(frozen=True, eq=False)
class Choice:
    """What a layer is computed with, what else it could have been, and why it is this one."""

    option: Option
    candidates: tuple[Candidate, ...]
    reason: str


Chosen: TypeAlias = tuple[Option, ...]
"""One for each layer."""


def fitting_kernels(layer: Layer) -> tuple[Kernel, ...]:
    """Every kernel that computes the layer, in the order of the registry.

    Raises:
        ValueError: there is none; that is a defect of the tool.
    """
    reads, writes = _LAYOUTS[layer.source.kind], _LAYOUTS[layer.output.kind]
    fitting = tuple(
        kernel
        for kernel in KERNELS
        if isinstance(layer.op, kernel.op)
        and (kernel.reads, kernel.writes) == (reads, writes)
        and kernel.fits(layer)
    )
    if not fitting:
        raise ValueError(f"{layer.op.name}: no kernel from {reads} to {writes}")
    return fitting


def choose_kernel(layer: Layer) -> Kernel:
    """The kernel that computes the layer in the fewest instructions."""
    return min(fitting_kernels(layer), key=lambda kernel: kernel.estimate(layer))


def choose_kernels(
    layers: Sequence[Layer], target: Target, optimize: Optimize, extras: Extras
) -> tuple[Choice, ...]:
    """One kernel for each layer.

    speed: the fewest instructions. balanced: the same among those whose scratch is at most an
    eighth of the target's RAM, where there are any. ram: the smallest arena of the whole model,
    then the fewest instructions. size: the least flash for tables and for the code of the kernels,
    each counted once, then the fewest instructions.
    """
    options = [_options(layer) for layer in layers]
    limit = None if target.ram_bytes is None else target.ram_bytes // SCRATCH_SHARE
    if optimize == "speed":
        chosen = tuple(min(of, key=_by_instructions) for of in options)
    elif optimize == "balanced":
        chosen = tuple(_fastest_within(of, limit) for of in options)
    elif optimize == "ram":
        chosen = _smallest_arena(layers, options, extras)
    else:
        chosen = _smallest_flash(options)
    return tuple(_choice(one, of, optimize, limit) for one, of in zip(chosen, options, strict=True))


def _choice(
    chosen: Option, options: tuple[Option, ...], optimize: Optimize, limit: int | None
) -> Choice:
    candidates = tuple(option.cost for option in options)
    return Choice(chosen, candidates, explain(chosen.cost, candidates, optimize, limit))


def _options(layer: Layer) -> tuple[Option, ...]:
    return tuple(_option(layer, kernel) for kernel in fitting_kernels(layer))


def _option(layer: Layer, kernel: Kernel) -> Option:
    layout, fields, tables = layer.format, kernel.describe(layer), kernel.pack(layer)
    scratch = kernel.scratch(layer) if kernel.scratch else None
    table_bytes = 4 * sum(field.size for field in fields) + layout.pointer_bytes * len(tables)
    for table in tables:
        if table is not None:
            table_bytes += len(table.values) * layout.item_bytes(table.element)
    cost = Candidate(
        kernel=kernel.name,
        instructions=kernel.estimate(layer),
        scratch_bytes=0 if scratch is None else layout.item_bytes(scratch.element) * scratch.items,
        table_bytes=table_bytes,
        code_bytes=kernel.code_bytes,
    )
    return Option(kernel, fields, tables, cost)


def _by_instructions(option: Option) -> tuple[int, int]:
    return option.cost.instructions, option.cost.scratch_bytes


def _by_scratch(option: Option) -> tuple[int, int]:
    return option.cost.scratch_bytes, option.cost.instructions


def _fastest_within(options: tuple[Option, ...], limit: int | None) -> Option:
    within = [option for option in options if limit is None or option.cost.scratch_bytes <= limit]
    return min(within, key=_by_instructions) if within else min(options, key=_by_scratch)


def _smallest_arena(
    layers: Sequence[Layer], options: Sequence[tuple[Option, ...]], extras: Extras
) -> Chosen:
    """The smallest arena, and the fastest kernels in it.

    No arena is smaller than what the neediest layer takes with its smallest kernel. The fastest
    kernels that keep to this bound are tried first; where they cannot be placed within it, the
    smallest ones may take less. Then every layer gets the fastest kernel that keeps the arena.
    """

    def arena(chosen: Chosen) -> Size:
        return place_all(layers, [option.kernel for option in chosen], extras).size

    needs = [
        [step_size(layers, index, option.kernel, extras) for option in of]
        for index, of in enumerate(options)
    ]
    bound = max(min(need) for need in needs)
    fast = tuple(
        _fastest_that_needs(of, need, bound) for of, need in zip(options, needs, strict=True)
    )
    small = tuple(
        _fastest_that_needs(of, need, Size(0, 0)) for of, need in zip(options, needs, strict=True)
    )
    chosen = min(fast, small, key=arena)
    size = arena(chosen)
    for index, of in enumerate(options):
        for option in sorted(of, key=_by_instructions):
            if option is chosen[index]:
                break
            tried = (*chosen[:index], option, *chosen[index + 1 :])
            if arena(tried) <= size:
                chosen = tried
                break
    return chosen


def _fastest_that_needs(options: tuple[Option, ...], needs: Sequence[Size], most: Size) -> Option:
    """The fastest kernel that needs at most so much, or no more than any other."""
    bound = max(most, min(needs))
    within = [option for option, need in zip(options, needs, strict=True) if need <= bound]
    return min(within, key=_by_instructions)


def _smallest_flash(options: Sequence[tuple[Option, ...]]) -> Chosen:
    """Every set of kernels that does for all layers is priced: code once, tables each time."""
    names = sorted({option.kernel.name for of in options for option in of})
    sets = chain.from_iterable(combinations(names, n) for n in range(1, len(names) + 1))
    priced = [_price(options, frozenset(names)) for names in sets]
    return min((one for one in priced if one is not None), key=lambda one: one[0])[1]


def _price(
    options: Sequence[tuple[Option, ...]], names: frozenset[str]
) -> tuple[tuple[int, int], Chosen] | None:
    """Flash and instructions of the smallest choice from some kernels; None if they do not do."""
    code: dict[str, int] = {}
    chosen = []
    for of in options:
        usable = [option for option in of if option.kernel.name in names]
        if not usable:
            return None
        chosen.append(min(usable, key=lambda o: (o.cost.table_bytes, o.cost.instructions)))
        code[chosen[-1].kernel.name] = chosen[-1].cost.code_bytes
    flash = sum(code.values()) + sum(option.cost.table_bytes for option in chosen)
    return (flash, sum(option.cost.instructions for option in chosen)), tuple(chosen)
