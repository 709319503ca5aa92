"""The parts of a plan, buffers and steps, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from cbcnn_codegen.ir import Graph
from cbcnn_codegen.kernels import Element, Offer, ScoreFormat, Site, TypeSizes
from cbcnn_codegen.options import Options
from cbcnn_codegen.targets import Target
from cbcnn_inputs.frames import Camera
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.own_pictures.scale import Region

Store = Literal["channels", "luma", "thrice"]
"""A scaled pixel becomes its channels; their luma; or the one that it has, three times."""

_REAL_WEIGHTS: Final = ("weights", "float")


class Lead(NamedTuple):
    """A buffer that another one may overlap if that starts so many bytes before it."""

    over: str
    bytes: int


def may_share(align: int, other: int) -> bool:
    """Whether C lets elements of these sizes lie at the same place at different times.

    A compiler assumes that elements of different size never share memory; bytes may share it with
    anything.
    """
    return align == other or 1 in (align, other)


@dataclass(frozen=True)
class Buffer:
    """A piece of the arena, in use from step `first` to step `last`, both included.

    `align` is that of its element; see `may_share`.

    Attributes:
        leads: buffers that a kernel reads for the last time while it writes this one, and that it
            may overlap.
    """

    name: str
    element: Element
    bytes: int
    align: int
    first: int
    last: int
    leads: tuple[Lead, ...] = ()
    offset: int = 0

    def meets(self, other: Buffer) -> bool:
        """Whether the two may not share memory, unless one has a lead over the other."""
        together = self.first <= other.last and other.first <= self.last
        return together or not self.may_alias(other)

    def may_alias(self, other: Buffer) -> bool:
        """Whether C allows the two to lie at the same place at different times."""
        return may_share(self.align, other.align)

    def excluded(self, other: Buffer) -> tuple[int, int]:
        """The offsets `low < offset < high` that another buffer, which has its place, rules out."""
        low, high = other.offset - self.bytes, other.offset + other.bytes
        if not self.meets(other):
            return 0, 0
        for lead in self.leads:
            if lead.over == other.name:
                low = max(low, other.offset - lead.bytes)
        for lead in other.leads:
            if lead.over == self.name:
                high = min(high, other.offset + lead.bytes)
        return low, high


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
    """The last step: class scores from accumulators."""

    site: Site
    offer: Offer

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
        """Number of scores."""
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
        camera: how frames become the image; None without a camera.
        arena_bytes: of an arena whose image is elsewhere.
        arena_with_image_bytes: of an arena with the image in its place; the same without one.
    """

    graph: Graph
    target: Target
    options: Options
    sizes: TypeSizes
    steps: tuple[Step, ...]
    scores: ScoreStep
    compression_kernels: tuple[str, ...]
    compression: Buffer | None
    image: Buffer | None
    arena_bytes: int
    arena_with_image_bytes: int
    arena_alignment: int
    camera: CameraStep | None = None

    @property
    def kernels(self) -> tuple[str, ...]:
        """Every kernel once, in the order of use."""
        layers = [step.offer.kernel for step in self.steps]
        camera = () if self.camera is None else self.camera.kernels
        names = [*camera, *self.compression_kernels, *layers, self.scores.offer.kernel]
        return tuple(dict.fromkeys(names))

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
        scores = self.scores.offer.constants_bytes(self.sizes)
        return scores + sum(step.constants_bytes for step in self.steps)

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
