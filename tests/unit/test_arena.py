"""Buffers share memory exactly where they may."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cbcnn_codegen.plan import Buffer, Lead
from cbcnn_codegen.plan.arena import least_size, place_buffers
from support.commands import run_in_two_processes


def buffer(name: str, size: int, first: int, last: int, *leads: Lead) -> Buffer:
    return Buffer(name, "word", size, 4, first, last, leads)


@st.composite
def arenas(draw: st.DrawFn) -> list[Buffer]:
    """Maps of steps that read one or two earlier ones, some over their inputs, and scratch."""
    sizes = [
        draw(st.integers(1, 240)),
        *(4 * n for n in draw(st.lists(st.integers(1, 60), min_size=1, max_size=9))),
    ]
    last, sources = {0: 0}, {}
    for made in range(1, len(sizes)):
        far = draw(st.integers(0, made - 1))
        sources[made] = sorted({made - 1, far} if draw(st.booleans()) else {made - 1})
        last |= dict.fromkeys((*sources[made], made), made)
    buffers = [Buffer("map_0", "pixel", sizes[0], 1, 0, last[0])]
    for made, size in enumerate(sizes[1:], 1):
        leads = [
            Lead(f"map_{source}", 4 * draw(st.integers(0, size // 4)))
            for source in sources[made]
            if last[source] == made and draw(st.booleans())
        ]
        buffers.append(buffer(f"map_{made}", size, made, last[made], *leads))
        if draw(st.booleans()):
            buffers.append(buffer(f"scratch_{made}", 4 * draw(st.integers(1, 60)), made, made))
    return buffers


@given(arenas())
def test_what_is_in_use_together_lies_apart_or_far_enough_before(buffers: list[Buffer]) -> None:
    """Byte by byte, without the formula that places them."""
    placed, (inner, size) = place_buffers(buffers)
    assert [replace(one, offset=0) for one in placed] == buffers
    at = {one.name: one for one in placed}
    for one in placed:
        assert one.offset % one.align == 0
        assert one.offset + one.bytes <= (size if one.element == "pixel" else inner)
        for other in placed:
            together = one.first <= other.last and other.first <= one.last
            if one is other or not together:
                continue
            shared = set(range(one.offset, one.offset + one.bytes)) & set(
                range(other.offset, other.offset + other.bytes)
            )
            leads = [(one, lead) for lead in one.leads if lead.over == other.name]
            leads += [(other, lead) for lead in other.leads if lead.over == one.name]
            if shared:
                ((writer, lead),) = leads
                assert at[lead.over].offset - writer.offset >= lead.bytes


@given(arenas())
def test_no_placement_is_smaller_than_the_bound_and_none_much_larger(buffers: list[Buffer]) -> None:
    _, size = place_buffers(buffers)
    least = least_size(buffers)
    for bytes_taken, bound in zip(size, least, strict=True):
        assert bound <= bytes_taken <= bound + bound // 2 + 8


PLACE_RANDOM_CHAINS = """
from random import Random
from cbcnn_codegen.plan import Buffer, Lead
from cbcnn_codegen.plan.arena import least_size, place_buffers

random, searched = Random(1), 0
for chain in range(10):
    sizes = [4 * random.randint(1, 200) for _ in range(30)]
    buffers = [
        Buffer(f"map_{i}", "word", size, 4, i, i + random.randint(1, 8))
        for i, size in enumerate(sizes)
    ]
    placed = place_buffers(buffers)
    searched += placed.size > least_size(buffers)
    print([buffer.offset for buffer in placed.buffers])
print("searched", searched)
"""


def test_the_search_finds_the_same_places_in_every_process() -> None:
    """Chains that no good order places within the bound, so that exchanges are tried to the end."""
    output = run_in_two_processes(PLACE_RANDOM_CHAINS)
    assert int(output.split()[-1]) > 0


def test_an_output_lies_over_its_input_from_its_lead_on() -> None:
    source = buffer("map_0", 4096, 0, 1)
    output = buffer("map_1", 1024, 1, 2, Lead("map_0", 16))
    (source, output), size = place_buffers([source, output])
    assert (source.offset - output.offset, size.bytes) == (16, 4112)


def test_without_permission_input_and_output_lie_apart() -> None:
    source, output = buffer("map_0", 4096, 0, 1), buffer("map_1", 1024, 1, 2)
    assert place_buffers([source, output]).size.bytes == 5120


def test_buffers_of_any_elements_share_memory_at_different_times() -> None:
    words = Buffer("map_0", "word", 64, 8, 0, 0)
    integers = Buffer("map_1", "int16", 64, 2, 1, 1)
    image = Buffer("image", "pixel", 64, 1, 1, 1)
    assert place_buffers([words, integers]).size.bytes == 64
    assert place_buffers([words, image]).size.with_image == 64


def test_an_output_may_lie_over_two_inputs_at_once() -> None:
    """As that of an addition: a word is written when both of its summands have been read."""
    one, two = buffer("map_0", 1024, 0, 2), buffer("map_1", 1024, 1, 2)
    output = buffer("map_2", 1024, 2, 3, Lead("map_0", 0), Lead("map_1", 0))
    assert place_buffers([one, two, output]).size.bytes == 2048
