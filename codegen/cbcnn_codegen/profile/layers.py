"""Turns a flow into numbers for each layer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from cbcnn_codegen.profile.decode import Decoder
from cbcnn_codegen.profile.flow import OUTSIDE, Block, Edge, Flow
from cbcnn_codegen.profile.loops import REST, Kinds
from cbcnn_codegen.profile.program import Program
from cbcnn_codegen.targets.timing import Timing
from cbcnn_codegen.targets.timing.instructions import Instruction


@dataclass
class Work:
    """What one layer costs.

    Attributes:
        cycles: estimated; 0 without a timing table.
        vectors: instructions that work on vectors.
        loops: instructions by loop.
    """

    instructions: int = 0
    cycles: int = 0
    vectors: int = 0
    loops: Counter[str] = field(default_factory=Counter)


def add_up(
    flow: Flow,
    program: Program,
    layer_at: Mapping[int, int],
    timing: Timing | None,
    kinds: Kinds | None = None,
) -> dict[int, Work]:
    """Instructions and cycles by layer index.

    An instruction of the forward function counts for the layer that it stems from, every other one
    for the layer that called it. Conditional instructions count whether or not they are executed,
    as QEMU and Unicorn count them.

    Args:
        flow: of one run.
        program: that ran.
        layer_at: see `attribute_instructions`.
        timing: of the core; None to count instructions alone.
        kinds: of instructions; None to count no loops and no vectors.
    """
    kinds = kinds or Kinds()
    work: defaultdict[int, Work] = defaultdict(Work)
    blocks = _Blocks(program, layer_at, None if timing is None else Decoder())
    for edge, times in flow.edges.items():
        if timing is not None:
            _add_cycles(work, edge, times, blocks, timing)
        if edge.block == OUTSIDE:
            continue
        for address, layer in blocks.layers(edge.block, edge.context):
            of = work[layer]
            of.instructions += times
            of.vectors += times * (address in kinds.vectors)
            of.loops[kinds.loop_at.get(address, REST)] += times
    return dict(work)


class _Blocks:
    """The known facts about blocks, each computed once."""

    def __init__(
        self, program: Program, layer_at: Mapping[int, int], decoder: Decoder | None
    ) -> None:
        self._program = program
        self._layer_at = layer_at
        self._decoder = decoder
        self._addresses: dict[Block, tuple[int, ...]] = {}

    def layers(self, block: Block, context: Block) -> list[tuple[int, int]]:
        """Each instruction and its layer, the calling one for all that lie in kernels."""
        caller = self._layer_at[self._instructions(context)[-1]]
        addresses = self._instructions(block)
        return [(address, self._layer_at.get(address, caller)) for address in addresses]

    def decode(self, block: Block) -> tuple[Instruction, ...]:
        """The instructions for a timing table."""
        assert self._decoder is not None, "decoding was not asked for"
        return self._decoder.decode(self._program.code(block))

    def _instructions(self, block: Block) -> tuple[int, ...]:
        """The address of each instruction."""
        if block not in self._addresses:
            addresses, position = [], block.address
            for length in self._program.lengths(self._program.code(block)):
                addresses.append(position)
                position += length
            self._addresses[block] = tuple(addresses)
        return self._addresses[block]


def _add_cycles(
    work: Mapping[int, Work], edge: Edge, times: int, blocks: _Blocks, timing: Timing
) -> None:
    """The cycles of the block, and of the jump to it."""
    jumped = edge.source.end != edge.block.address
    last = blocks.decode(edge.source)[-1] if edge.source != OUTSIDE else None
    if last is not None and jumped:
        _, layer = blocks.layers(edge.source, edge.context)[-1]
        work[layer].cycles += times * timing.leave(last)
    if edge.block != OUTSIDE:
        cycles = timing.block(blocks.decode(edge.block), None if jumped else last)
        layers = blocks.layers(edge.block, edge.context)
        for (_, layer), count in zip(layers, cycles, strict=True):
            work[layer].cycles += times * count
