"""Chooses a kernel for every layer by the user's scarcest resource."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Final, TypeAlias

from cbcnn_codegen.kernels import Offer, Site, find_offers
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.plan.arena import Size
from cbcnn_codegen.plan.buffers import Demands
from cbcnn_codegen.plan.explain import explain
from cbcnn_codegen.plan.plan import Candidate
from cbcnn_codegen.targets import Target

SCRATCH_SHARE: Final = 8
"""Balanced code uses at most this fraction, 1 / 8, of a typical chip's RAM as scratch."""


@dataclass(frozen=True, eq=False)
class Option:
    """An offer, and what it costs on the target."""

    offer: Offer
    cost: Candidate


@dataclass(frozen=True, eq=False)
class Choice:
    """The kernel for a site, the other candidates, and the reason for the choice."""

    option: Option
    candidates: tuple[Candidate, ...]
    reason: str


Chosen: TypeAlias = tuple[Option, ...]
"""One for each site."""


def choose_kernels(demands: Demands, target: Target, optimize: Optimize) -> tuple[Choice, ...]:
    """One kernel for each site.

    speed: the fewest instructions. balanced: the same among those whose scratch is at most an
    eighth of the target's RAM, if there are any. ram: the smallest arena of the whole model,
    then the fewest instructions. size: the least flash for tables and for the code of the kernels,
    each counted once, then the fewest instructions.
    """
    options = [_options(site, target) for site in demands.sites]
    limit = None if target.ram_bytes is None else target.ram_bytes // SCRATCH_SHARE
    if optimize == "speed":
        chosen = tuple(min(of, key=_by_instructions) for of in options)
    elif optimize == "balanced":
        chosen = tuple(_fastest_within(of, limit) for of in options)
    elif optimize == "ram":
        chosen = _smallest_arena(demands, options)
    else:
        chosen = _smallest_flash(options)
    uses = Counter(option.offer.kernel for option in chosen)
    prices = [_price_again(option, target, uses) for option in chosen]
    return tuple(
        _choice(one, priced, of, optimize, limit)
        for one, priced, of in zip(chosen, prices, options, strict=True)
    )


def _price_again(option: Option, target: Target, uses: Counter[str]) -> Option:
    """The same option, now that it is known how many layers have its kernel."""
    once = uses[option.offer.kernel] == 1
    instructions = target.price(option.offer.work, once=once)
    return replace(option, cost=replace(option.cost, instructions=instructions))


def _choice(
    chosen: Option,
    priced: Option,
    options: tuple[Option, ...],
    optimize: Optimize,
    limit: int | None,
) -> Choice:
    candidates = tuple(priced.cost if one is chosen else one.cost for one in options)
    return Choice(priced, candidates, explain(priced.cost, candidates, optimize, limit))


def _options(site: Site, target: Target) -> tuple[Option, ...]:
    return tuple(Option(offer, _cost(offer, site, target)) for offer in find_offers(site))


def _cost(offer: Offer, site: Site, target: Target) -> Candidate:
    return Candidate(
        kernel=offer.kernel,
        instructions=target.price(offer.work),
        scratch_bytes=offer.scratch_bytes(site.sizes),
        table_bytes=offer.constants_bytes(site.sizes),
        code_bytes=offer.code_bytes,
    )


def _by_instructions(option: Option) -> tuple[int, int]:
    return option.cost.instructions, option.cost.scratch_bytes


def _by_scratch(option: Option) -> tuple[int, int]:
    return option.cost.scratch_bytes, option.cost.instructions


def _fastest_within(options: tuple[Option, ...], limit: int | None) -> Option:
    within = [option for option in options if limit is None or option.cost.scratch_bytes <= limit]
    return min(within, key=_by_instructions) if within else min(options, key=_by_scratch)


def _smallest_arena(demands: Demands, options: Sequence[tuple[Option, ...]]) -> Chosen:
    """The smallest arena, and the fastest kernels in it.

    No arena is smaller than the neediest step with its smallest kernel. Try the fastest kernels
    that keep to this bound first. If they do not fit into it together, the smallest ones may take
    less. Then give every step the fastest kernel that keeps the arena.
    """

    def arena(chosen: Chosen) -> Size:
        return demands.place([option.offer for option in chosen]).size

    needs = [
        [demands.step_size(index, option.offer) for option in of]
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
    """The fastest kernel within the limit, or else within the least need of all."""
    bound = max(most, min(needs))
    within = [option for option, need in zip(options, needs, strict=True) if need <= bound]
    return min(within, key=_by_instructions)


def _smallest_flash(options: Sequence[tuple[Option, ...]]) -> Chosen:
    """Price every set of kernels that suffices for all layers: code once, tables each time.

    Kernels without which a layer has none are in every set.
    """
    kernels = [{option.offer.kernel for option in of} for of in options]
    needed = {name for names in kernels for name in names if len(names) == 1}
    free = sorted({name for names in kernels for name in names} - needed)
    sets = chain.from_iterable(combinations(free, n) for n in range(len(free) + 1))
    priced = [_price(options, frozenset({*names, *needed})) for names in sets]
    return min((one for one in priced if one is not None), key=lambda one: one[0])[1]


def _price(
    options: Sequence[tuple[Option, ...]], names: frozenset[str]
) -> tuple[tuple[int, int], Chosen] | None:
    """Flash and instructions of the smallest choice of some kernels; None if they fall short."""
    code: dict[str, int] = {}
    chosen = []
    for of in options:
        usable = [option for option in of if option.offer.kernel in names]
        if not usable:
            return None
        chosen.append(min(usable, key=lambda o: (o.cost.table_bytes, o.cost.instructions)))
        code[chosen[-1].offer.kernel] = chosen[-1].cost.code_bytes
    flash = sum(code.values()) + sum(option.cost.table_bytes for option in chosen)
    return (flash, sum(option.cost.instructions for option in chosen)), tuple(chosen)
