"""The kernels of `--camera` against the NumPy code that training uses, byte for byte."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbcnn_codegen.emit.camera import scaling_fields, yuv_fields
from cbcnn_codegen.plan import Buffer, CameraStep
from cbcnn_inputs.frame_pixels import decode_frame
from cbcnn_inputs.frames import FORMATS, LARGEST_FRAME_SIDE, Camera, Luminance
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.scale import Region, scale
from cbcnn_inputs.preprocessing import rgb_to_luma
from support.kernels.build import Variant, build_kernels
from support.kernels.call import Kernels
from support.tools import require_tool

Array = npt.NDArray[Any]
PLACE = Buffer("place", "int32", 0, 4, 0, 0)


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    require_tool("gcc", "gcc")
    variant = Variant(word_bits=32, threshold_bits=32, signed_pixels=False)
    return Kernels(build_kernels(variant, "undefined"), variant)


def numbers(fields: Any) -> Array:
    """A descriptor's members in memory."""
    return np.array([value for field in fields for value in field.values], np.int32)


def make_step(before: tuple[int, int], after: tuple[int, int], channels: int) -> CameraStep:
    height, width = after
    return CameraStep(
        Camera(before[1], before[0], "rgb888"),
        PictureFit(width, height),
        Region(0, 0, *before),
        Region(0, 0, *after),
        channels,
        "channels",
        (),
        PLACE,
        None,
    )


def scale_in_c(kernels: Kernels, picture: Array, height: int, width: int, store: str) -> Array:
    """A picture scaled line by line, with sums that hold nothing useful before the first one."""
    channels = 1 if picture.ndim == 2 else 3
    step = make_step((picture.shape[0], picture.shape[1]), (height, width), channels)
    object.__setattr__(step, "store", store)
    shape = (height, width, step.image_channels)
    with kernels._memory() as take:
        sums = take(np.full(width * channels, 0xA5A5A5A5, np.uint32))
        image = take(np.full(shape, 0xA5, np.uint8))
        descriptor = take(numbers(scaling_fields(step)))
        for number, line in enumerate(picture):
            pixels = take(np.ascontiguousarray(line))
            kernels._call("scale_line_u8", descriptor, pixels, number, sums, image)
        octets = ctypes.string_at(image, int(np.prod(shape)))
    return np.frombuffer(octets, np.uint8).reshape(shape)


SIDES = st.one_of(st.integers(1, 9), st.integers(1, 70))


@given(st.tuples(SIDES, SIDES, SIDES, SIDES), st.sampled_from([1, 3]), st.integers(0, 2**32 - 1))
def test_a_picture_is_scaled_to_the_same_bytes_line_by_line(
    kernels: Kernels, sizes: tuple[int, int, int, int], channels: int, seed: int
) -> None:
    h, w, height, width = sizes
    shape = (h, w) if channels == 1 else (h, w, 3)
    picture = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    found = scale_in_c(kernels, picture, height, width, "channels")
    np.testing.assert_array_equal(found.squeeze(), scale(picture, height, width).squeeze())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1, LARGEST_FRAME_SIDE), (256, 256)),
        ((LARGEST_FRAME_SIDE, 1), (256, 255)),
        ((LARGEST_FRAME_SIDE, 255), (1, 256)),
        ((4093, 4099), (1, 1)),
        ((255, 255), (256, 256)),
        ((1, 1), (256, 256)),
    ],
)
def test_no_sum_overflows_at_the_largest_frames(
    kernels: Kernels, before: tuple[int, int], after: tuple[int, int]
) -> None:
    white = np.full(before, 255, np.uint8)
    assert (scale_in_c(kernels, white, *after, "channels") == 255).all()
    noisy = white - np.random.default_rng(0).integers(0, 2, before).astype(np.uint8)
    found = scale_in_c(kernels, noisy, *after, "channels")
    np.testing.assert_array_equal(found[..., 0], scale(noisy, *after))


def test_a_scaled_pixel_becomes_its_luma_or_three_equal_bytes(kernels: Kernels) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (11, 13, 3)).astype(np.uint8)
    for size in ((5, 6), (17, 19)):
        luma = rgb_to_luma(scale(picture, *size))
        np.testing.assert_array_equal(scale_in_c(kernels, picture, *size, "luma")[..., 0], luma)
        grey = scale(picture[..., 0], *size)
        found = scale_in_c(kernels, picture[..., 0], *size, "thrice")
        np.testing.assert_array_equal(found, np.repeat(grey[..., None], 3, axis=2))


def test_a_frame_that_breaks_off_leaves_nothing_in_the_next_one(kernels: Kernels) -> None:
    rng = np.random.default_rng(2)
    old, new = (rng.integers(0, 256, (12, 5)).astype(np.uint8) for _ in range(2))
    for height in (5, 30):
        step = make_step((12, 5), (height, 5), 1)
        with kernels._memory() as take:
            sums, image = take(np.zeros(5, np.uint32)), take(np.zeros((height, 5), np.uint8))
            descriptor = take(numbers(scaling_fields(step)))
            for picture, lines in ((old, 7), (new, 12)):
                for number in range(lines):
                    line = take(picture[number])
                    kernels._call("scale_line_u8", descriptor, line, number, sums, image)
            found = np.frombuffer(ctypes.string_at(image, height * 5), np.uint8)
        np.testing.assert_array_equal(found.reshape(height, 5), scale(new, height, 5))


LUMINANCE = [name for name, of in FORMATS.items() if isinstance(of, Luminance)]


@given(
    st.sampled_from(LUMINANCE), st.integers(1, 40), st.integers(0, 39), st.integers(0, 2**32 - 1)
)
def test_luminance_and_colours_are_decoded_to_the_same_bytes(
    kernels: Kernels, name: str, width: int, first: int, seed: int
) -> None:
    camera, first = Camera(width, 2, name), first % width
    of = camera.pixel
    assert isinstance(of, Luminance)
    frame = np.random.default_rng(seed).integers(0, 256, camera.frame_bytes).astype(np.uint8)
    lines, chroma = camera.planes(frame)
    count = width - first
    with kernels._memory() as take:
        layout, line = take(numbers(yuv_fields(of))), take(lines[1])
        shared = take(chroma[0]) if of.planar else line
        rgb, grey = take(np.zeros((count, 3), np.uint8)), take(np.zeros(count, np.uint8))
        kernels._call("rgb_yuv_u8", layout, line, shared, first, rgb, count)
        kernels._call("luma_yuv_u8", layout, line, first, grey, count)
        colours = np.frombuffer(ctypes.string_at(rgb, 3 * count), np.uint8).reshape(count, 3)
        levels = np.frombuffer(ctypes.string_at(grey, count), np.uint8)
    np.testing.assert_array_equal(colours, decode_frame(frame, camera)[1, first:])
    np.testing.assert_array_equal(levels, decode_frame(frame, camera, "grey")[1, first:])


@pytest.mark.parametrize("limited", [False, True])
def test_every_combination_of_y_u_and_v_is_clipped_to_the_same_colour(
    kernels: Kernels, limited: bool
) -> None:
    name = "nv12-limited" if limited else "nv12"
    camera = Camera(512, 1, name)
    layout_of = camera.pixel
    assert isinstance(layout_of, Luminance)
    luma = np.repeat(np.arange(256, dtype=np.uint8), 2)
    for u in range(0, 256, 15):
        v = np.arange(256, dtype=np.uint8)
        chroma = np.stack([np.full(256, u, np.uint8), v], axis=1)
        frame = np.concatenate([luma, chroma.reshape(-1)])
        with kernels._memory() as take:
            rgb = take(np.zeros((512, 3), np.uint8))
            layout = take(numbers(yuv_fields(layout_of)))
            kernels._call("rgb_yuv_u8", layout, take(luma), take(chroma), 0, rgb, 512)
            found = np.frombuffer(ctypes.string_at(rgb, 3 * 512), np.uint8).reshape(512, 3)
        np.testing.assert_array_equal(found, decode_frame(frame, camera)[0])


@pytest.mark.parametrize("name", ["rgb565-le", "rgb565-be"])
def test_every_colour_of_16_bits_is_widened_to_the_same_bytes(kernels: Kernels, name: str) -> None:
    frame = np.arange(65536, dtype="<u2").view(np.uint8)
    with kernels._memory() as take:
        rgb = take(np.zeros((65536, 3), np.uint8))
        kernels._call("rgb_rgb565_u8", take(frame), 1 if name.endswith("le") else 0, rgb, 65536)
        found = np.frombuffer(ctypes.string_at(rgb, 3 * 65536), np.uint8).reshape(65536, 3)
    camera = Camera(256, 256, name)
    np.testing.assert_array_equal(found, decode_frame(frame, camera).reshape(-1, 3))


def test_blue_and_red_change_places(kernels: Kernels) -> None:
    bgr = np.random.default_rng(3).integers(0, 256, (7, 3)).astype(np.uint8)
    with kernels._memory() as take:
        rgb = take(np.zeros((7, 3), np.uint8))
        kernels._call("rgb_bgr888_u8", take(bgr), rgb, 7)
        found = np.frombuffer(ctypes.string_at(rgb, 21), np.uint8).reshape(7, 3)
    np.testing.assert_array_equal(found, bgr[:, ::-1])
