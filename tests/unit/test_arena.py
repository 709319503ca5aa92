"""Buffers share memory exactly where they may."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cbcnn_codegen.plan import Buffer
from cbcnn_codegen.plan.arena import least_size, place_buffers


def buffer(name: str, size: int, first: int, last: int, **more: int | str) -> Buffer:
    return Buffer(name, "word", size, 4, first, last, **more)  # type: ignore[arg-type]


@st.composite
def chains(draw: st.DrawFn) -> list[Buffer]:
    """Maps of a chain of layers, some over their inputs, with scratch and an image before them."""
    words = st.integers(1, 60)
    image = Buffer("image", "pixel", draw(st.integers(1, 240)), 1, -1, 0)
    buffers = [image]
    for index in range(draw(st.integers(1, 9))):
        size = 4 * draw(words)
        output = buffer(f"map_{index}", size, index, index + 1)
        if draw(st.booleans()):
            over = f"map_{index - 1}" if index else "image"
            output = replace(output, over=over, lead_bytes=4 * draw(st.integers(0, size // 4)))
        buffers.append(output)
        if draw(st.booleans()):
            buffers.append(buffer(f"scratch_{index}", 4 * draw(words), index, index))
    return buffers


@given(chains())
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
            writer = one if one.over == other.name else other if other.over == one.name else None
            if shared:
                assert writer is not None
                assert at[str(writer.over)].offset - writer.offset >= writer.lead_bytes


@given(chains())
def test_no_placement_is_smaller_than_the_bound_and_none_much_larger(buffers: list[Buffer]) -> None:
    _, size = place_buffers(buffers)
    least = least_size(buffers)
    for bytes_taken, bound in zip(size, least, strict=True):
        assert bound <= bytes_taken <= bound + bound // 2 + 8


@given(chains())
def test_the_same_buffers_get_the_same_places(buffers: list[Buffer]) -> None:
    assert place_buffers(buffers) == place_buffers(list(buffers))


def test_an_output_lies_over_its_input_from_its_lead_on() -> None:
    source = buffer("map_0", 4096, 0, 1)
    output = buffer("map_1", 1024, 1, 2, over="map_0", lead_bytes=16)
    (source, output), size = place_buffers([source, output])
    assert (source.offset - output.offset, size.bytes) == (16, 4112)


def test_without_permission_input_and_output_lie_apart() -> None:
    source, output = buffer("map_0", 4096, 0, 1), buffer("map_1", 1024, 1, 2)
    assert place_buffers([source, output]).size.bytes == 5120


def test_buffers_of_other_elements_never_share_memory_unless_they_are_bytes() -> None:
    words = Buffer("map_0", "word", 64, 8, 0, 0)
    integers = Buffer("map_1", "int32", 64, 4, 1, 1)
    image = Buffer("image", "pixel", 64, 1, 1, 1)
    assert place_buffers([words, integers]).size.bytes == 128
    assert place_buffers([words, image]).size.with_image == 64
