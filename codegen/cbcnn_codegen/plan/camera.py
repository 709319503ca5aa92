"""How lines of a camera become the network's image, and what that takes.

The fit is the one that training used. Python's `image_of_frame` makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.kernels import TypeSizes
from cbcnn_codegen.options import Options
from cbcnn_codegen.plan.buffer import Buffer
from cbcnn_codegen.plan.buffers import LINE, LINE_SUMS, camera_buffers
from cbcnn_codegen.plan.plan import CameraStep, Store
from cbcnn_inputs.frames import Camera, Luminance, Packed
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.fit import LARGEST_SIDE
from cbcnn_inputs.own_pictures.scale import Region, place


@dataclass(frozen=True)
class CameraDemand:
    """What a camera needs, before its memory has a place."""

    camera: Camera
    fit: PictureFit
    store: Store

    @property
    def windows(self) -> tuple[Region, Region]:
        """The part of a frame that is scaled, and the part of the image that it fills."""
        return place(self.fit, self.camera.height, self.camera.width)

    @property
    def channels(self) -> int:
        """Of a pixel that is scaled."""
        return 1 if self.camera.pixel is None or self.fit.channels == "grey" else 3

    @property
    def decoders(self) -> tuple[str, ...]:
        """Kernels that make pixels of a line, in the order of their calls."""
        is_grey = self.channels == 1
        match self.camera.pixel:
            case Packed(24, is_reversed):
                first = ["rgb_bgr888_u8"] if is_reversed else []
            case Packed():
                first = ["rgb_rgb565_u8"]
            case Luminance() as of:
                if not is_grey:
                    return ("rgb_yuv_u8",)
                # The line of a plane is the luminance as it is.
                return () if of.planar and not of.limited else ("luma_yuv_u8",)
            case _:
                return ()
        return (*first, *(["luma_rgb888_u8"] if is_grey else []))

    def buffers(self, sizes: TypeSizes) -> tuple[Buffer, ...]:
        """Memory while lines come in."""
        taken, filled = self.windows
        has_colours = any(name.startswith("rgb_") for name in self.decoders)
        line_bytes = taken.width * (3 if has_colours else 1) if self.decoders else 0
        return camera_buffers(filled.width * self.channels, line_bytes, sizes)

    def step(self, at: Mapping[str, Buffer]) -> CameraStep:
        """The same with memory in its place."""
        return CameraStep(
            self.camera,
            self.fit,
            *self.windows,
            channels=self.channels,
            store=self.store,
            kernels=(*self.decoders, "scale_line_u8"),
            sums=at[LINE_SUMS],
            line=at.get(LINE),
        )


def camera_demand(graph: Graph, options: Options) -> CameraDemand | None:
    """What the camera of the options needs; None without one.

    Raises:
        UsageError: the network's image cannot be made of frames.
    """
    if options.camera is None:
        return None
    shape, block = graph.input.shape, graph.preprocessing
    fit = graph.pictures or PictureFit(
        shape.width,
        shape.height,
        options.fit or "crop",
        "rgb" if (shape.channels == 3 if block is None else block.luma) else "grey",
    )
    is_grey = options.camera.pixel is None or fit.channels == "grey"
    store: Store = "channels" if is_grey else "luma"
    if block is None and shape.channels == 3:
        store = "thrice" if is_grey else "channels"
    has_levels = block is not None or graph.input.dtype == "uint8"
    makes = (fit.height, fit.width) == shape[:2] and shape.channels in (1, 3)
    if not (has_levels and makes and max(shape[:2]) <= LARGEST_SIDE):
        raise UsageError(
            "a camera's frames cannot become this network's image",
            found=f"an input of {'x'.join(map(str, shape))}, {graph.input.dtype}",
            allowed=f"1 or 3 channels of uint8, or an Image Compression Block, at most "
            f"{LARGEST_SIDE}x{LARGEST_SIDE} pixels",
            suggestion="leave --camera away, and make the image yourself",
        )
    return CameraDemand(options.camera, fit, store)
