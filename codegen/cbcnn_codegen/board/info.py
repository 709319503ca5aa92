"""A board's answer to `info`: about itself and its model."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cbcnn_codegen.board.protocol import Command, Format, decode_text
from cbcnn_codegen.boards import SHORTEST_PAYLOAD
from cbcnn_codegen.errors import BoardError
from cbcnn_codegen.ir import Shape
from cbcnn_inputs.answers import class_count

COUNTERS: Final = ("none", "DWT", "timer", "SysTick")
_FIXED: Final = struct.Struct("<BBHI32s4HIBBBBIIIBBBBIII")
_SPENDS_IMAGE: Final = 1 << 30
_PROVOKES: Final = 1 << 31
_SCORE_TYPES: Final = ("<i4", "<i8", "<f4")
_PIXEL_TYPES: Final = ("uint8", "int8")
_PIXEL_BYTES: Final = {Format.RGB888: 3, Format.RGB565: 2, Format.GREY: 1}


@dataclass(frozen=True)
class Info:
    """The answer to `info`.

    Attributes:
        max_payload: of a packet, in both directions.
        commands: numbers of those that the firmware has, below 0x20.
        can_provoke: faults, for tests.
        spends_image: a run of the network leaves nothing of the image: it lies where that works.
        scores: how many the model makes.
        plane_bytes: of the network's input.
        layers: how many.
        formats: of images that are taken.
        clock_hz: of the core; 0 if unknown.
        ticks_hz: of the cycle counter.
        counter: its name.
        golden_images: in flash.
        start_reason, last_fault: numbers of the protocol.
        stack_bytes: reserved.
        stack_bound: computed worst case of the model; 0 if unknown.
    """

    versions: tuple[int, int]
    max_payload: int
    commands: frozenset[int]
    can_provoke: bool
    spends_image: bool
    model_sha256: bytes
    shape: Shape
    scores: int
    plane_bytes: int
    pixel_type: str
    score_type: np.dtype[Any]
    fraction_bits: int
    layers: int
    formats: frozenset[int]
    clock_hz: int
    ticks_hz: int
    counter: str
    golden_images: int
    start_reason: int
    last_fault: int
    arena_bytes: int
    stack_bytes: int
    stack_bound: int
    board: str
    name: str
    version: str

    def pixel_bytes(self, kind: Format) -> int:
        """Bytes of one pixel."""
        return _PIXEL_BYTES.get(kind, self.shape.channels)

    def has(self, command: Command) -> bool:
        """Whether the firmware has a command."""
        return command in self.commands

    def to_json(self) -> dict[str, Any]:
        """The object for `--json`."""
        return {
            "board": self.board,
            "name": self.name,
            "model_sha256": self.model_sha256.hex(),
            "version": self.version,
            "protocol": list(self.versions),
            "input": {**self.shape._asdict(), "type": self.pixel_type},
            "classes": class_count(self.scores),
            "layers": self.layers,
            "clock_hz": self.clock_hz,
            "counter": self.counter,
            "ticks_per_second": self.ticks_hz,
            "golden_images": self.golden_images,
            "arena_bytes": self.arena_bytes,
            "stack_reserved_bytes": self.stack_bytes,
            "stack_bound_bytes": self.stack_bound or None,
            "max_payload": self.max_payload,
        }


def parse_info(payload: bytes) -> Info:
    """Take the answer to `info` apart.

    Raises:
        BoardError: it is not one.
    """
    try:
        fields = _FIXED.unpack_from(payload)
        texts = _texts(payload[_FIXED.size :], 3)
        return _make(fields, texts)
    except (struct.error, IndexError, ValueError) as error:
        raise BoardError(
            "what the board says about itself cannot be understood",
            found=f"{len(payload)} bytes, {error}",
            suggestion="build and flash the firmware with this version of cbcnn",
        ) from error


def _make(fields: tuple[Any, ...], texts: list[str]) -> Info:
    lowest, highest, max_payload, capabilities, sha256, *rest = fields
    height, width, channels, scores, plane_bytes, pixel, score, fraction_bits, *more = rest
    layers, formats, clock_hz, ticks_hz, counter, golden, reason, fault, *memory = more
    if not min(height, width, channels, scores, plane_bytes) or max_payload < SHORTEST_PAYLOAD:
        raise ValueError("a size is zero or too small")
    return Info(
        versions=(lowest, highest),
        max_payload=max_payload,
        commands=_bits(capabilities & ~(_SPENDS_IMAGE | _PROVOKES)),
        can_provoke=bool(capabilities & _PROVOKES),
        spends_image=bool(capabilities & _SPENDS_IMAGE),
        model_sha256=sha256,
        shape=Shape(height, width, channels),
        scores=scores,
        plane_bytes=plane_bytes,
        pixel_type=_PIXEL_TYPES[pixel],
        score_type=np.dtype(_SCORE_TYPES[score]),
        fraction_bits=fraction_bits,
        layers=layers,
        formats=_bits(formats),
        clock_hz=clock_hz,
        ticks_hz=ticks_hz,
        counter=COUNTERS[counter],
        golden_images=golden,
        start_reason=reason,
        last_fault=fault,
        arena_bytes=memory[0],
        stack_bytes=memory[1],
        stack_bound=memory[2],
        board=texts[0],
        name=texts[1],
        version=texts[2],
    )


def _bits(value: int) -> frozenset[int]:
    return frozenset(bit for bit in range(32) if value >> bit & 1)


def _texts(data: bytes, count: int) -> list[str]:
    """Texts, each behind its length."""
    texts = []
    for _ in range(count):
        size = data[0]
        if len(data) < 1 + size:
            raise ValueError("a text is cut off")
        texts.append(decode_text(data[1 : 1 + size]))
        data = data[1 + size :]
    return texts
