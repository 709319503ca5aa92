"""The result of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCORES_NAME = "scores"
"""The last row: the entry of the `run` function, and what it does after the last layer."""


@dataclass(frozen=True)
class LayerProfile:
    """One layer; None for anything unmeasured.

    Attributes:
        vectors: instructions that work on vectors; None where the processor has none, too.
        loops: instructions by the loop of the kernel; see `loops.py`.
    """

    name: str
    kernel: str
    binary_products: int
    integer_products: int
    instructions: int | None = None
    cycles: int | None = None
    vectors: int | None = None
    loops: Mapping[str, int] = field(default_factory=dict)
    real_products: int = 0

    @property
    def products(self) -> int:
        """Products of weights with signs, with image integers and with floats."""
        return self.binary_products + self.integer_products + self.real_products


@dataclass(frozen=True)
class Memory:
    """Bytes of flash and RAM; None for anything unmeasured.

    Attributes:
        computed_stack: the deepest path through the compiler's call graph, from any function of the
            API.
        measured_stack: of the `run` function, seen in memory that was marked before.
    """

    code: int
    weights: int
    constants: int
    static: int
    arena: int
    computed_stack: int
    measured_stack: int | None

    @property
    def flash(self) -> int:
        """Code, weights and all other constants."""
        return self.code + self.weights + self.constants

    @property
    def stack(self) -> int:
        """Bytes of the stack in the worst case."""
        return max(self.computed_stack, self.measured_stack or 0)

    @property
    def ram(self) -> int:
        """Variables, arena and stack, without the caller's image."""
        return self.static + self.arena + self.stack


@dataclass(frozen=True)
class Profile:
    """A profile of one inference.

    Attributes:
        compiler: with its version and the flags.
        counter: the program that counted the instructions, or why none did.
        timing: source of the cycles of an instruction; None without an estimate.
        image: in words.
        answer: the class of the image; None of a network without classes.
        layers: in order, then the scores.
        instructions, cycles: of all; None if unmeasured.
        clock_mhz: for the estimate of milliseconds.
        measured_milliseconds: on this machine, if the code was run natively.
    """

    name: str
    target: str
    compiler: str
    counter: str
    timing: str | None
    image: str
    answer: int | None
    layers: tuple[LayerProfile, ...]
    instructions: int | None
    cycles: int | None
    clock_mhz: float | None
    measured_milliseconds: float | None
    memory: Memory

    @property
    def products(self) -> int:
        """Products of all layers."""
        return sum(layer.products for layer in self.layers)

    @property
    def vectors(self) -> int | None:
        """Instructions of all layers that work on vectors."""
        found = [layer.vectors for layer in self.layers if layer.vectors is not None]
        return sum(found) if found else None

    def milliseconds(self, cycles: int | None) -> float | None:
        """Estimated time of so many cycles."""
        if cycles is None or self.clock_mhz is None:
            return None
        return cycles / self.clock_mhz / 1000.0

    def to_json(self) -> dict[str, Any]:
        """The object that `cbcnn-profile --json` prints."""
        memory = self.memory
        return {
            "name": self.name,
            "target": self.target,
            "compiler": self.compiler,
            "counter": self.counter,
            "timing": self.timing,
            "image": self.image,
            "class": self.answer,
            "instructions": self.instructions,
            "vector_instructions": self.vectors,
            "cycles_estimated": self.cycles,
            "clock_mhz": self.clock_mhz,
            "milliseconds_estimated": self.milliseconds(self.cycles),
            "milliseconds_measured": self.measured_milliseconds,
            "products": self.products,
            "products_per_instruction": ratio(self.products, self.instructions),
            "flash_bytes": memory.flash,
            "ram_bytes": memory.ram,
            "stack_bytes": memory.stack,
            "flash": {
                "code": memory.code,
                "weights": memory.weights,
                "constants": memory.constants,
            },
            "ram": {"static": memory.static, "arena": memory.arena, "stack": memory.stack},
            "stack": {"computed": memory.computed_stack, "measured": memory.measured_stack},
            "layers": [self._layer(layer) for layer in self.layers],
        }

    def _layer(self, layer: LayerProfile) -> Mapping[str, Any]:
        return {
            "name": layer.name,
            "kernel": layer.kernel,
            "instructions": layer.instructions,
            "vector_instructions": layer.vectors,
            "loops": dict(layer.loops),
            "cycles_estimated": layer.cycles,
            "milliseconds_estimated": self.milliseconds(layer.cycles),
            "products": layer.products,
            "binary_products": layer.binary_products,
            "integer_products": layer.integer_products,
            "real_products": layer.real_products,
            "products_per_instruction": ratio(layer.products, layer.instructions),
        }


def ratio(products: int, instructions: int | None) -> float | None:
    """Products for each instruction."""
    return None if not instructions else products / instructions
