"""What an untrained network costs on a target, as the generator says.

`estimate` plans the code and compiles nothing, which takes some hundredths of a second; no network
is as small as it says. What its numbers leave a chance is compiled once, by `measure`, before it is
trained: then flash and RAM are those of the generated code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cbcnn_codegen.boards import Board
from cbcnn_codegen.emit import emit_sources
from cbcnn_codegen.errors import MissingToolError, UsageError
from cbcnn_codegen.measure import measure
from cbcnn_codegen.memory import Budget
from cbcnn_codegen.options import Optimize, Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import Plan, make_plan
from cbcnn_codegen.targets import Target
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_trainer.buildable import Shape
from cbcnn_trainer.presets import Architecture
from cbcnn_trainer.search.network import untrained

_NAME: Final = "model"
_LEAST_CODE: Final = 0.8
"""Share of what its kernels take one by one that the code of a network takes at least; they have
functions in common."""


class Network(NamedTuple):
    """Everything of a network that decides what it costs."""

    architecture: Architecture
    shape: Shape
    classes: int
    block: ImageCompression | None


@dataclass(frozen=True)
class Cost:
    """What a network takes.

    Attributes:
        flash_bytes: code, weights and constants.
        ram_bytes: static, arena and stack, without the image.
        instructions: estimated, for one image.
        latency_ms: estimated; None where nothing tells the cycles of the target.
        measured_with: the compiler that built the code; None for an estimate.
    """

    flash_bytes: int
    ram_bytes: int
    instructions: int
    latency_ms: float | None
    measured_with: str | None = None

    def __str__(self) -> str:
        time = "" if self.latency_ms is None else f", {self.latency_ms:.1f} ms"
        memory = f"{self.flash_bytes:,} bytes of flash, {self.ram_bytes:,} bytes of RAM"
        return f"{memory}, {self.instructions:,} instructions{time}"


@dataclass(frozen=True)
class Limits:
    """What a network may take; None for no limit."""

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    latency_ms: float | None = None

    @classmethod
    def of(cls, board: Board | None, budget: Budget | None, latency_ms: float | None) -> Limits:
        """The tighter of a board's memory and a budget, and a time."""
        rooms = [room for room in (board, budget) if room is not None]
        flash = [room.flash_bytes for room in rooms if room.flash_bytes is not None]
        ram = [room.ram_bytes for room in rooms if room.ram_bytes is not None]
        return cls(min(flash, default=None), min(ram, default=None), latency_ms)

    def excess(self, cost: Cost) -> Mapping[str, float]:
        """For each limit, by how much of it a network exceeds it; 0 and less where it does not."""
        pairs = {
            "flash": (cost.flash_bytes, self.flash_bytes),
            "ram": (cost.ram_bytes, self.ram_bytes),
            "latency": (cost.latency_ms, self.latency_ms),
        }
        return {
            name: need / limit - 1
            for name, (need, limit) in pairs.items()
            if need is not None and limit is not None
        }

    def allow(self, cost: Cost) -> bool:
        """Whether a network fits."""
        return all(more <= 0 for more in self.excess(cost).values())

    def __str__(self) -> str:
        parts = (
            (self.flash_bytes, "{:,} bytes of flash"),
            (self.ram_bytes, "{:,} bytes of RAM"),
            (self.latency_ms, "{:g} ms"),
        )
        return ", ".join(text.format(limit) for limit, text in parts if limit is not None)


@dataclass(frozen=True)
class Costs:
    """Asks the generator what networks cost, about each once.

    Attributes:
        target: whose code it is.
        clock_hz: of its core.
        optimize: the generator's mode.
    """

    target: Target
    clock_hz: float | None
    optimize: Optimize = "balanced"
    _estimates: dict[Network, Cost] = field(default_factory=dict, repr=False)
    _measured: dict[Network, Cost] = field(default_factory=dict, repr=False)

    def estimate(self, network: Network) -> Cost:
        """The least that the network takes; its tables, arena and instructions as planned.

        Raises:
            DataError: it cannot be built.
        """
        if network not in self._estimates:
            plan = self._plan(network)
            code = {offer.kernel: offer.code_bytes for offer in plan.offers}
            tables = plan.weights_bytes + plan.constants_bytes
            least = tables + round(_LEAST_CODE * sum(code.values()))
            self._estimates[network] = self._cost(plan, least, plan.arena_bytes)
        return self._estimates[network]

    def measure(self, network: Network) -> Cost:
        """What the network takes, with code and stack as the target's compiler makes them.

        Raises:
            DataError: it cannot be built.
            MissingToolError: the compiler is not installed.
        """
        if network not in self._measured:
            plan = self._plan(network)
            built = measure(plan, emit_sources(plan, Origin(sha256="0" * 64)))
            if built is None:
                raise MissingToolError(
                    "whether a network fits cannot be told without its target's compiler",
                    found=f"no {self.target.compiler[0]} on PATH",
                    suggestion=f"apt-get install {self.target.toolchain.packages}",
                )
            flash = built.code_bytes + built.weights_bytes + built.constants_bytes
            ram = built.static_bytes + plan.arena_bytes + built.stack_bytes
            self._measured[network] = self._cost(plan, flash, ram, built.compiler)
        return self._measured[network]

    def demand_timing(self) -> None:
        """Raise a UsageError if nobody knows how long an instruction of the target takes."""
        if self.clock_hz is None or self.target.cycles_per_instruction is None:
            raise UsageError(
                "--latency needs a core whose cycles are known",
                found=f"{self.target.name}, for which no source tells them",
                suggestion="another --board or --target, or leave --latency out",
            )

    def _plan(self, network: Network) -> Plan:
        graph = lower(untrained(*network))
        return make_plan(graph, self.target, Options(name=_NAME, optimize=self.optimize))

    def _cost(self, plan: Plan, flash: int, ram: int, compiler: str | None = None) -> Cost:
        instructions = sum(step.instructions for step in plan.steps)
        cycles, latency = self.target.cycles_per_instruction, None
        if cycles is not None and self.clock_hz is not None:
            latency = instructions * cycles / self.clock_hz * 1000
        return Cost(flash, ram, instructions, latency, compiler)
