"""Maps live from the step that makes them to the last one that reads them."""

from __future__ import annotations

import numpy as np
import pytest

from cbcnn_codegen.ir import Input, Shape, Window
from cbcnn_codegen.kernels import Offer, Scratch, Site, StoredMap, TypeSizes
from cbcnn_codegen.ops.pool_signs import PoolSigns
from cbcnn_codegen.plan import Lead
from cbcnn_codegen.plan.buffers import Demands, find_lives, image_buffer

SIZES = TypeSizes(word_bits=32, threshold_bits=16, pointer_bytes=4)
SHAPE = Shape(8, 8, 32)
IMAGE = Input("image", SHAPE, "int8")
MAP_BYTES = 256


def stored(name: str) -> StoredMap:
    if name == "image":
        return StoredMap(name, SHAPE, "plane", 128)
    return StoredMap(name, SHAPE, "pixel_words", 1)


def site(name: str, *sources: str) -> Site:
    op = PoolSigns(name, Window(1, 1, 1, 1), np.zeros(32, np.bool_))
    return Site(op, tuple(map(stored, sources)), stored(name), IMAGE, SIZES)


def offer(*leads: int | None, scratch: Scratch | None = None) -> Offer:
    return Offer("kernel", "kernel_t", (), (), {}, 0, scratch=scratch, leads=leads)


# image -> one -> two -> sum -> end, and one -> sum: a residual block.
BLOCK = (
    site("one", "image"),
    site("two", "one"),
    site("sum", "two", "one"),
    site("end", "sum"),
)


def test_a_map_lives_until_its_last_reader() -> None:
    assert find_lives(BLOCK) == {
        "image": (-1, 0),
        "one": (0, 2),
        "two": (1, 2),
        "sum": (2, 3),
        "end": (3, 3),
    }


def test_an_image_that_two_steps_read_lives_until_the_second() -> None:
    sites = (site("one", "image"), site("two", "one", "image"))
    image = image_buffer(IMAGE, find_lives(sites))
    assert (image.bytes, image.first, image.last) == (SHAPE.size, -1, 1)


def test_only_a_map_that_nobody_reads_later_is_overwritten() -> None:
    demands = Demands(BLOCK, find_lives(BLOCK))
    leads = [
        demands.buffers_of(i, offer(*[4] * len(of.sources)))[0].leads for i, of in enumerate(BLOCK)
    ]
    assert leads == [
        (Lead("image", 4),),
        (),
        (Lead("two", 4), Lead("one", 4)),
        (Lead("sum", 4),),
    ]


def test_a_map_that_is_read_twice_at_once_needs_the_larger_lead() -> None:
    sites = (site("one", "image"), site("two", "one", "one"))
    demands = Demands(sites, find_lives(sites))
    assert demands.buffers_of(1, offer(8, 12))[0].leads == (Lead("one", 12),)
    assert demands.buffers_of(1, offer(12, None))[0].leads == ()


@pytest.mark.parametrize(("index", "maps"), [(0, 1), (1, 2), (2, 3), (3, 2)])
def test_a_step_needs_memory_for_all_that_is_still_to_be_read(index: int, maps: int) -> None:
    """While `two` is made from `one`, `one` stays; the image has no place here."""
    demands = Demands(BLOCK, find_lives(BLOCK))
    apart = offer(*[None] * len(BLOCK[index].sources), scratch=Scratch("u32", 5))
    assert demands.step_size(index, apart).bytes == maps * MAP_BYTES + 20


def test_a_block_in_place_takes_two_maps() -> None:
    demands = Demands(BLOCK, find_lives(BLOCK))
    in_place = [offer(*[0] * len(of.sources)) for of in BLOCK]
    placed = demands.place(in_place)
    assert placed.size.bytes == 2 * MAP_BYTES
    one, two, total, _ = placed.buffers
    assert total.offset in (one.offset, two.offset)
    assert one.offset != two.offset
