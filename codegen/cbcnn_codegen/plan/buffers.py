"""The memory that steps need: maps, scratch, the image and the Image Compression Block's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from cbcnn_codegen.ir import Input
from cbcnn_codegen.kernels import Element, Offer, Site, TypeSizes
from cbcnn_codegen.plan.arena import Placed, Size, least_size, place_buffers
from cbcnn_codegen.plan.buffer import Buffer, Lead, may_share
from cbcnn_codegen.plan.sites import IMAGE
from cbcnn_inputs.preprocessing import LEVELS

LEVEL_COUNTS: Final = "levels"
LINE_SUMS: Final = "line_sums"
LINE: Final = "line"
_BEFORE: Final = -1
"""The step at which the caller makes the image, or the Image Compression Block does."""

_CAMERA: Final = -2
"""The step at which lines of a camera come in and become the image."""


class Life(NamedTuple):
    """The step that makes a map, and the last one that reads it."""

    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Demands:
    """The memory that the steps of a model need, with any choice of kernels.

    Attributes:
        sites: in the order of the steps.
        lives: of every map by its name, the image included.
        compression: memory of the Image Compression Block.
        image: the caller's image, if it has a place in the arena.
        camera: memory for a camera's lines.
    """

    sites: tuple[Site, ...]
    lives: Mapping[str, Life]
    compression: Buffer | None = None
    image: Buffer | None = None
    camera: tuple[Buffer, ...] = ()

    def place(self, offers: Sequence[Offer]) -> Placed:
        """Every buffer of the model with its place; one offer for each site."""
        extras = (self.compression, self.image)
        buffers = [*self.camera, *(extra for extra in extras if extra is not None)]
        for index, offer in enumerate(offers):
            buffers += self.buffers_of(index, offer)
        return place_buffers(buffers)

    def step_size(self, index: int, offer: Offer) -> Size:
        """The least memory while a kernel runs: its own, and all maps that later steps read."""
        maps = [map_buffer(site, self.lives) for site in self.sites[:index]]
        held = [buffer for buffer in (self.image, *maps) if buffer and buffer.last >= index]
        return least_size([*held, *self.buffers_of(index, offer)])

    def buffers_of(self, index: int, offer: Offer) -> tuple[Buffer, ...]:
        """A step's output and, if the kernel needs it, its scratch memory, without a place."""
        site = self.sites[index]
        output = map_buffer(site, self.lives)
        own = () if output is None else (replace(output, leads=self._leads(site, output, offer)),)
        if offer.scratch is None:
            return own
        element, items, align = offer.scratch
        scratch = _buffer(scratch_name(index), element, items, Life(index, index), site.sizes)
        return *own, replace(scratch, align=max(scratch.align, align))

    def _leads(self, site: Site, output: Buffer, offer: Offer) -> tuple[Lead, ...]:
        """Sources that the kernel may overwrite: nobody reads them later, and C allows it."""
        found: dict[str, list[int | None]] = {}
        for source, lead in zip(site.sources, offer.leads, strict=True):
            align = site.sizes.item_bytes(source.element)
            if may_share(align, output.align) and self.lives[source.name].last == output.first:
                found.setdefault(source.name, []).append(lead)
        known = {name: [lead for lead in of if lead is not None] for name, of in found.items()}
        return tuple(
            Lead(name, max(leads))
            for name, leads in known.items()
            if len(leads) == len(found[name])
        )


def find_lives(sites: Sequence[Site], early: int = 0) -> dict[str, Life]:
    """Each map's life; the image's starts before the first step.

    Args:
        sites: in the order of the steps, those of the outputs last.
        early: how many of the last sites are no steps, but run as soon as what they read is made.
    """
    lives = {IMAGE: Life(_BEFORE, _BEFORE)}
    for index, site in enumerate(sites[: len(sites) - early]):
        for source in site.sources:
            lives[source.name] = Life(lives[source.name].first, index)
        lives[site.output.name] = Life(index, index)
    return lives


def scratch_name(index: int) -> str:
    """Name of a step's scratch memory."""
    return f"scratch_{index}"


def map_buffer(site: Site, lives: Mapping[str, Life]) -> Buffer | None:
    """The map that a step makes with any kernel; None for scores, which are the caller's."""
    output, shape = site.output, site.output.shape
    if output.layout in ("fixed_point", "float32"):
        return None
    items = shape.height * shape.width * output.pixel_items(site.sizes)
    return _buffer(output.name, output.element, items, lives[output.name], site.sizes)


def compression_buffer(sizes: TypeSizes) -> Buffer:
    """A count of 32 bits and a byte for each grey level."""
    size = sizes.item_bytes("int32")
    return Buffer(LEVEL_COUNTS, "int32", (size + 1) * LEVELS, size, _BEFORE, _BEFORE)


def camera_buffers(sums: int, line_bytes: int, sizes: TypeSizes) -> tuple[Buffer, ...]:
    """Sums of 32 bits, kept from line to line, and bytes for the pixels of a line."""
    life = Life(_CAMERA, _CAMERA)
    kept = _buffer(LINE_SUMS, "int32", sums, life, sizes)
    return kept, *([_buffer(LINE, "int8", line_bytes, life, sizes)] if line_bytes else [])


def image_buffer(image: Input, lives: Mapping[str, Life], *, camera: bool = False) -> Buffer:
    """The caller's image, from its making, perhaps line by line, to its last reader."""
    life = lives[IMAGE]._replace(first=_CAMERA) if camera else lives[IMAGE]
    return Buffer(IMAGE, "pixel", image.shape.size, 1, *life)


def _buffer(name: str, element: Element, items: int, life: Life, sizes: TypeSizes) -> Buffer:
    size = sizes.item_bytes(element)
    return Buffer(name, element, size * items, size, *life)
