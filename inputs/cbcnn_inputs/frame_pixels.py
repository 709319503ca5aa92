"""The picture in a camera's frame, and frames that show a picture.

Python decodes a frame here and fits it as it fits every picture (`own_pictures.scale`). The C of
`cbcnn-codegen --camera` computes the same integers line by line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.frames import Camera, Luminance, Packed
from cbcnn_inputs.own_pictures.fit import Channels, PictureFit
from cbcnn_inputs.own_pictures.scale import UInt8Array, fitted
from cbcnn_inputs.preprocessing import rgb565_to_rgb888, rgb_to_luma


def image_of_frame(frame: UInt8Array, camera: Camera, fit: PictureFit) -> UInt8Array:
    """What becomes of a frame, as `fitted` makes it of a picture: uint8 of `fit.shape`."""
    return fitted(decode_frame(frame, camera, fit.channels), fit)


def decode_frame(frame: UInt8Array, camera: Camera, channels: Channels = "rgb") -> UInt8Array:
    """The picture in a frame.

    Args:
        frame: uint8 [frame_bytes], without gaps.
        camera: whose frame it is.
        channels: `grey` takes the luminance where the frame has one.

    Returns:
        uint8 [height, width, 3] in RGB order; [height, width] of a grey frame, and of a luminance
        that is asked for.
    """
    lines, chroma = camera.planes(frame)
    shape = (camera.height, camera.width)
    match camera.pixel:
        case Packed(24, is_reversed):
            colours = lines.reshape(*shape, 3)
            return colours[..., ::-1] if is_reversed else colours
        case Packed(16, is_reversed):
            words = np.ascontiguousarray(lines).view(">u2" if is_reversed else "<u2")
            return rgb565_to_rgb888(words.astype(np.uint16))
        case Luminance() as of:
            return _decode_luminance(lines, chroma, camera, of, channels)
    return lines


def _decode_luminance(
    lines: UInt8Array, chroma: UInt8Array, camera: Camera, of: Luminance, channels: Channels
) -> UInt8Array:
    weights = of.weights
    y = lines[:, of.y :: of.step][:, : camera.width].astype(np.int64) - weights.black
    bright = weights.luma * y
    if channels == "grey":
        return _from_fixed_point(bright)
    shared = np.repeat(chroma, 2, axis=0)[: camera.height] if of.planar else lines
    u, v = (
        np.repeat(shared[:, at :: of.chroma_step], 2, axis=1)[:, : camera.width].astype(np.int64)
        - 128
        for at in (of.u, of.v)
    )
    u, v = u[:, : camera.width], v[:, : camera.width]
    return np.stack(
        [
            _from_fixed_point(bright + weights.red_v * v),
            _from_fixed_point(bright + weights.green_u * u + weights.green_v * v),
            _from_fixed_point(bright + weights.blue_u * u),
        ],
        axis=-1,
    )


def _from_fixed_point(values: NDArray[np.int64]) -> UInt8Array:
    """Multiples of 2^-16, rounded half up and clipped to a byte."""
    return np.clip((values + (1 << 15)) >> 16, 0, 255).astype(np.uint8)


def encode_frame(picture: UInt8Array, camera: Camera) -> UInt8Array:
    """A frame that shows a picture, as nearly as its format can.

    Args:
        picture: uint8 [height, width, 3] in RGB order, of the camera's size.
        camera: whose frame it becomes.

    Returns:
        uint8 [frame_bytes].
    """
    match camera.pixel:
        case Packed(24, is_reversed):
            colours = picture[..., ::-1] if is_reversed else picture
            return np.ascontiguousarray(colours).reshape(-1)
        case Packed(16, is_reversed):
            red, green, blue = np.moveaxis(picture.astype(np.uint16), -1, 0)
            words = red >> 3 << 11 | green >> 2 << 5 | blue >> 3
            octets: UInt8Array = words.astype(">u2" if is_reversed else "<u2").view(np.uint8)
            return octets.reshape(-1)
        case Luminance() as of:
            return _encode_luminance(picture, camera, of)
    return rgb_to_luma(picture).reshape(-1)


def _encode_luminance(picture: UInt8Array, camera: Camera, of: Luminance) -> UInt8Array:
    weights = of.weights
    wide = np.pad(picture, ((0, -len(picture) % 2), (0, picture.shape[1] % 2), (0, 0)), "edge")
    red, _, blue = np.moveaxis(wide.astype(np.float64), -1, 0)
    luma = rgb_to_luma(wide).astype(np.float64)
    y = _to_byte(luma * 65536 / weights.luma + weights.black)[: camera.height]
    colours = [
        _to_byte((colour - luma) * 65536 / weight + 128)[:, ::2]
        for colour, weight in ((blue, weights.blue_u), (red, weights.red_v))
    ]
    if of.planar:
        shared = np.stack([colour[::2] for colour in colours], axis=-1)
        return np.concatenate([y[:, : camera.width].reshape(-1), shared.reshape(-1)])
    lines = np.empty((camera.height, camera.line_bytes), np.uint8)
    lines[:, of.y :: 2] = y
    for at, colour in zip((of.u, of.v), colours, strict=True):
        lines[:, at::4] = colour[: camera.height]
    return lines.reshape(-1)


def _to_byte(values: NDArray[np.float64]) -> UInt8Array:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
