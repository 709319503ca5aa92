"""The parts of a plan, buffers and steps, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from cbcnn_codegen.ir import Graph, OutputForm
from cbcnn_codegen.kernels import Offer, ScoreFormat, Site, TypeSizes
from cbcnn_codegen.options import Options
from cbcnn_codegen.plan.buffer import Buffer
from cbcnn_codegen.targets import Target
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.scale import Region

Store = Literal["channels", "luma", "thrice"]
"""A scaled pixel becomes its channels; their luma; or the one that it has, three times."""

_REAL_WEIGHTS: Final = ("weights", "float")


@dataclass(frozen=True)
class Products:
    """Products of weights with signs, with image integers and with floats, for one image.

    What a kernel leaves out because a pooled channel has fired already is counted.
    """

    binary: int
    integer: int
    real: int = 0

    @property
    def total(self) -> int:
        """Products of all kinds."""
        return self.binary + self.integer + self.real


@dataclass(frozen=True)
class Candidate:
    """The costs of an offer on the target.

    Attributes:
        instructions: estimated.
        table_bytes: of its weights and all other constants.
        code_bytes: of the kernel, once in a model.
    """

    kernel: str
    instructions: int
    scratch_bytes: int
    table_bytes: int
    code_bytes: int


@dataclass(frozen=True, eq=False)
class Step:
    """A site, the chosen offer, and its buffers.

    Attributes:
        index: its place in the order.
        instructions: estimated.
        candidates: the costs of all offers.
        reason: for the choice.
    """

    index: int
    site: Site
    offer: Offer
    output: Buffer
    scratch: Buffer | None
    instructions: int
    candidates: tuple[Candidate, ...]
    reason: str

    @property
    def name(self) -> str:
        """Name of its operation."""
        return self.site.op.name

    @property
    def products(self) -> Products:
        """The products that it computes."""
        count = self.offer.products
        tables = [table for table in self.offer.tables if table is not None]
        if any((table.role, table.element) == _REAL_WEIGHTS for table in tables):
            return Products(0, 0, count)
        is_binary = self.site.sources[0].layout == "pixel_words"
        return Products(count, 0) if is_binary else Products(0, count)

    @property
    def weights_bytes(self) -> int:
        """Flash for its weights."""
        return self.offer.weights_bytes(self.site.sizes)

    @property
    def constants_bytes(self) -> int:
        """Flash for its thresholds, masks and sizes."""
        return self.offer.constants_bytes(self.site.sizes) - self.weights_bytes


@dataclass(frozen=True, eq=False)
class ScoreStep:
    """What makes an output of the network: scores from sums, or floats and signs as they are.

    Attributes:
        form: what the model calls the output.
        name: of the caller's buffer in the C.
        after: the step that makes what it reads.
    """

    site: Site
    offer: Offer
    form: OutputForm
    name: str
    after: int

    @property
    def format(self) -> ScoreFormat:
        """Type of the scores.

        Raises:
            ValueError: the kernel makes none; that is a defect of the tool.
        """
        if self.offer.scores is None:
            raise ValueError(f"{self.offer.kernel} makes no scores")
        return self.offer.scores

    @property
    def count(self) -> int:
        """Number of its values."""
        return self.site.source.shape.size


@dataclass(frozen=True)
class CameraStep:
    """How lines of a camera become the image.

    Attributes:
        camera: its frames.
        fit: what they become.
        taken: the part of a frame that is scaled.
        filled: the part of the image that it fills.
        channels: of a pixel that is scaled: 3, or 1 of grey.
        store: what becomes of a scaled pixel.
        kernels: in the order of their calls, the scaling last.
        sums: kept from line to line.
        line: place for the pixels of a line; None where they lie in the line that came.
    """

    camera: Camera
    fit: PictureFit
    taken: Region
    filled: Region
    channels: int
    store: Store
    kernels: tuple[str, ...]
    sums: Buffer
    line: Buffer | None

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """Its memory."""
        return (self.sums,) if self.line is None else (self.sums, self.line)

    @property
    def image_channels(self) -> int:
        """Bytes of a pixel of the image."""
        return {"channels": self.channels, "luma": 1, "thrice": 3}[self.store]


@dataclass(frozen=True, eq=False)
class Plan:
    """A model for one target: which kernel runs on which memory, in order.

    Attributes:
        compression_kernels: of the Image Compression Block, in the order of their calls.
        compression: place for its tables; None without a block.
        image: place for the caller's image; None if the plan has none.
        outputs: of the network, in the model's order.
        camera: how frames become the image; None without a camera.
        arena_bytes: of an arena whose image is elsewhere.
        arena_with_image_bytes: of an arena with the image in its place; the same without one.
    """

    graph: Graph
    target: Target
    options: Options
    sizes: TypeSizes
    steps: tuple[Step, ...]
    outputs: tuple[ScoreStep, ...]
    compression_kernels: tuple[str, ...]
    compression: Buffer | None
    image: Buffer | None
    arena_bytes: int
    arena_with_image_bytes: int
    arena_alignment: int
    camera: CameraStep | None = None

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What computes the steps, and then the outputs."""
        steps = tuple(step.offer for step in self.steps)
        return steps + tuple(output.offer for output in self.outputs)

    @property
    def kernels(self) -> tuple[str, ...]:
        """Every kernel once, in the order of use."""
        camera = () if self.camera is None else self.camera.kernels
        offered = (offer.kernel for offer in self.offers)
        names = [*camera, *self.compression_kernels, *offered]
        return tuple(dict.fromkeys(names))

    @property
    def scores(self) -> ScoreStep:
        """That of the classes.

        Raises:
            ValueError: there are several outputs.
        """
        (scores,) = self.outputs
        return scores

    @property
    def image_saved_bytes(self) -> int:
        """RAM that the image's place saves, compared with an image outside of the arena."""
        if self.image is None:
            return 0
        return self.arena_bytes + self.image.bytes - self.arena_with_image_bytes

    @property
    def map_buffers(self) -> tuple[Buffer, ...]:
        """Maps and scratch of all steps."""
        pairs = ((step.output, step.scratch) for step in self.steps)
        return tuple(piece for pair in pairs for piece in pair if piece is not None)

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """Every piece of the arena."""
        extras = (self.compression, self.image)
        camera = () if self.camera is None else self.camera.buffers
        return (*camera, *(extra for extra in extras if extra is not None), *self.map_buffers)

    @property
    def weights_bytes(self) -> int:
        """Flash for the weights of all layers."""
        return sum(step.weights_bytes for step in self.steps)

    @property
    def constants_bytes(self) -> int:
        """Flash for all other tables and descriptors, padding between their members left out."""
        outputs = sum(output.offer.constants_bytes(self.sizes) for output in self.outputs)
        return outputs + sum(step.constants_bytes for step in self.steps)

    def check(self) -> None:
        """Demand that buffers lie in the arena, aligned, and apart where they must.

        Raises:
            ValueError: one does not; that is a defect of the tool.
        """
        for i, buffer in enumerate(self.buffers):
            end = buffer.offset + buffer.bytes
            size = self.arena_with_image_bytes if buffer is self.image else self.arena_bytes
            if buffer.offset % buffer.align or buffer.offset < 0 or end > size:
                raise ValueError(f"{buffer} does not lie in {size} bytes")
            for other in self.buffers[:i]:
                low, high = buffer.excluded(other)
                if low < buffer.offset < high:
                    raise ValueError(f"{buffer} and {other} share memory")
