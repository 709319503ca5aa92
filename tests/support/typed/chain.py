"""Whole networks: an image, blocks of layers in every order that means something, scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from support.typed import layers, options
from support.typed.state import Dimensions, Draft, Part

Step = Callable[[Draft], None]

POOLS = (layers.pool, layers.global_pool)


def draw_chain(rng: np.random.Generator) -> tuple[Dimensions, list[Part]]:
    """The shape of one image without the batch, and the layers behind it."""
    draft = Draft(rng, _image(rng), zero=-1 if rng.random() < 0.12 else 1)
    shape = draft.dimensions
    _prelude(draft)
    for _ in range(int(rng.integers(0, 4)) if draft.is_map else 0):
        _product(draft)
        _behind(draft, flat=False)
        if not draft.is_map:
            break
    if draft.kind != "image" and draft.is_map and draft.chance(0.15):
        _conv_head(draft)
        return shape, draft.parts
    if not draft.is_vector:
        layers.flatten(draft)
    for _ in range(int(rng.integers(0, 3))):
        if draft.chance(0.08):
            layers.to_map(draft)
        _product(draft)
        _behind(draft, flat=True)
    _dense_head(draft)
    return shape, draft.parts


def _image(rng: np.random.Generator) -> Dimensions:
    height, width = (int(size) for size in rng.integers(1, 13, 2))
    values = int(rng.choice([1, 5, 12, 31, 32, 33, 64, 65, 100]))
    drawn = rng.random()
    if drawn < 0.1:
        return (values,)
    if drawn < 0.17:
        return (1, values)
    return (height, width) if drawn < 0.25 else (height, width, int(rng.choice([1, 1, 2, 3, 4])))


def _prelude(draft: Draft) -> None:
    """What stands in front of the first product."""
    if draft.chance(0.25):
        scale, offset = draft.pick([(1 / 128, -1.0), (1 / 256, 0.0), (2.0, -255.0), (1.0, -128.0)])
        given = {"offset": offset} if offset or draft.chance(0.5) else {}
        draft.add("layers.Rescaling", scale, **given)
    if len(draft.dimensions) == 2:
        draft.pick([layers.flatten, layers.to_map])(draft)
    elif draft.is_vector and draft.chance(0.1):
        layers.to_map(draft)
    elif draft.is_map and draft.chance(0.05):
        layers.flatten(draft)
    if draft.chance(0.1):
        _binarize_image(draft)


def _binarize_image(draft: Draft) -> None:
    norm: list[Step] = [layers.norm]
    steps = norm * int(draft.rng.integers(0, 2)) * (draft.pixels == 1)
    steps += [layers.pool] * (draft.is_map and draft.chance(0.3))
    draft.rng.shuffle(steps)  # type: ignore[arg-type]
    steps.append(layers.sign)
    steps += [layers.pool] * (draft.is_map and draft.chance(0.2))
    for step in steps:
        step(draft)


def _product(draft: Draft) -> None:
    """A product; real numbers that a layer of the CBCNN authors would read are binarized first."""
    if draft.zero < 0 and draft.kind == "sums":
        layers.sign(draft)
    units = draft.pick(options.CHANNELS)
    if draft.is_map and draft.chance(0.9):
        layers.conv(draft, units)
    else:
        layers.dense(draft, units)


def _behind(draft: Draft, *, flat: bool) -> None:
    """Pools, norms, signs and what does nothing, in any order that can be generated."""
    steps = _draw_steps(draft)
    for position, step in enumerate(steps):
        if flat and draft.chance(0.4) and _may_flatten(draft, steps[position:]):
            layers.flatten(draft)
        step(draft)
    if flat and (not draft.is_vector or draft.chance(0.05)):
        layers.flatten(draft)


def _draw_steps(draft: Draft) -> list[Step]:
    pools: list[Step] = [layers.pool] * draft.pick([0, 0, 1, 1, 2]) if draft.is_map else []
    if draft.is_map and draft.chance(0.05):
        pools = [layers.global_pool]
    early = int(draft.rng.integers(0, len(pools) + 1))
    has_sign = draft.kind == "signs"
    steps: list[Step] = [] if has_sign else [layers.norm] * draft.pick([0, 1, 1, 1, 2])
    steps += [] if has_sign else [layers.relu] * draft.chance(0.12)
    steps += [layers.nothing] * draft.chance(0.15)
    steps += pools[:early]
    draft.rng.shuffle(steps)  # type: ignore[arg-type]
    late = [*pools[early:], *[layers.nothing] * draft.chance(0.15)]
    draft.rng.shuffle(late)  # type: ignore[arg-type]
    if not has_sign and draft.chance(0.4):
        steps.append(layers.sign)
    return [*steps, *late, *_once_more(draft, steps)]


def _once_more(draft: Draft, steps: list[Step]) -> list[Step]:
    """Rarely, a batch norm of signs, which are binarized again."""
    if draft.zero > 0 and layers.sign in steps and draft.chance(0.06):
        return [layers.norm, *[layers.sign] * draft.chance(0.5)]
    return []


def _may_flatten(draft: Draft, following: list[Step]) -> bool:
    """A flattened map is not pooled, and normalised only where it was of one pixel."""
    if draft.is_vector or any(step in POOLS for step in following):
        return False
    pixel = draft.dimensions[:-1] == (1, 1)
    return pixel or layers.norm not in following


def _conv_head(draft: Draft) -> None:
    """A convolution, one pooling at most, and norms in front of it, behind it, or flattened."""
    if draft.zero < 0 and draft.kind == "sums":
        layers.sign(draft)
    layers.conv(draft, int(draft.rng.integers(1, 9)), (1, 3))
    if draft.parts[-1].call.options.get("activation") not in (None, "linear"):
        _drop_activation(draft)
    for _ in range(draft.pick([0, 0, 1])):
        layers.norm(draft)
    draft.pick([layers.global_pool, layers.global_pool, layers.pool, layers.nothing])(draft)
    for _ in range(draft.pick([0, 1])):
        layers.norm(draft)
    if not draft.is_vector:
        layers.flatten(draft)
        for _ in range(draft.pick([0, 0, 1])):
            layers.norm(draft)
    _end(draft)


def _drop_activation(draft: Draft) -> None:
    last = draft.parts[-1]
    draft.parts[-1] = Part(last.call.with_option("activation", None), last.reads)
    draft.kind = "sums"


def _dense_head(draft: Draft) -> None:
    if draft.zero < 0 and draft.kind == "sums":
        layers.sign(draft)
    layers.dense(draft, draft.pick([1, 2, 3, 4, 5, 8, 10, 12]), last=True)
    norms = draft.pick([0, 1, 1, 1, 2])
    for _ in range(norms):
        layers.norm(draft)
    if not norms and draft.zero > 0 and draft.size > 1 and draft.chance(0.2):
        last = draft.parts[-1]
        draft.parts[-1] = Part(last.call.with_option("activation", "softmax"), last.reads)
        return
    _end(draft)


def _end(draft: Draft) -> None:
    if draft.chance(0.15):
        layers.nothing(draft)
    if draft.size > 1 and draft.chance(0.3):  # of one score it would always be 1
        layers.softmax(draft)
