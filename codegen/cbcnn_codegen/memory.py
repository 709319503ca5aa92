"""Budgets of memory, and whether a model fits one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from cbcnn_codegen.errors import DoesNotFitError, UsageError
from cbcnn_codegen.options import MODES, Optimize
from cbcnn_codegen.report import Report, ReportedLayer

_UNITS: Final = {"": 1, "K": 1024, "M": 1024 * 1024}
_LAYERS_SHOWN: Final = 4
_AMOUNT: Final = re.compile(r"(flash|ram)=([0-9]{1,12})([KM]?)")


@dataclass(frozen=True)
class Budget:
    """Available bytes; None for no limit."""

    flash_bytes: int | None = None
    ram_bytes: int | None = None


def parse_budget(text: str) -> Budget:
    """Read `flash=128K,ram=20K`; either part may be missing, K is 1024 bytes and M 1024 K.

    Raises:
        UsageError: anything else.
    """
    amounts: dict[str, int] = {}
    for part in text.split(","):
        match = _AMOUNT.fullmatch(part.strip())
        if match is None or match[1] in amounts:
            raise UsageError(
                "--fits cannot be read",
                found=repr(text[:80]),
                allowed="flash=BYTES,ram=BYTES or one of them; K is 1024 bytes, M is 1024 K",
            )
        amounts[match[1]] = int(match[2]) * _UNITS[match[3]]
    return Budget(amounts.get("flash"), amounts.get("ram"))


class Room(Protocol):
    """Something with memory: a budget, a board."""

    @property
    def flash_bytes(self) -> int | None:
        """Bytes of flash; None for no limit."""

    @property
    def ram_bytes(self) -> int | None:
        """Bytes of RAM; None for no limit."""


class Footprint(NamedTuple):
    """Bytes that a generated model takes."""

    flash_bytes: int
    ram_bytes: int

    @classmethod
    def of(cls, report: Report) -> Footprint:
        """The totals of a report."""
        return cls(report.flash_bytes.total, report.ram_bytes.total)

    def exceeds(self, room: Room) -> list[str]:
        """The scarce memory: flash, RAM, both or none."""
        pairs = (("flash", self[0], room.flash_bytes), ("RAM", self[1], room.ram_bytes))
        return [name for name, need, limit in pairs if limit is not None and need > limit]

    def __str__(self) -> str:
        return f"{self.flash_bytes:,} bytes of flash and {self.ram_bytes:,} bytes of RAM"


def demand_fit(budget: Budget, report: Report, need_in: Callable[[Optimize], Footprint]) -> None:
    """Raise unless the model fits.

    Args:
        budget: the available memory.
        report: of the generated code.
        need_in: what the same model takes in another mode; asked only when this one does not fit.

    Raises:
        DoesNotFitError: with needed and available bytes, the layers that hold them, and the modes
            that would fit.
    """
    need = Footprint.of(report)
    lacking = need.exceeds(budget)
    if not lacking:
        return
    limits = (("flash", budget.flash_bytes), ("RAM", budget.ram_bytes))
    mode = report.options.optimize
    raise DoesNotFitError(
        f"the model does not fit: {' and '.join(lacking)}",
        found="\n".join([f"{need}, with --optimize {mode}", *_largest_layers(report, lacking)]),
        allowed=", ".join(f"{limit:,} bytes of {name}" for name, limit in limits if limit),
        suggestion=_suggest(budget, {other: need_in(other) for other in MODES if other != mode}),
    )


def _largest_layers(report: Report, lacking: Sequence[str]) -> list[str]:
    """Lines for the layers that hold most of the scarce memory."""
    reads = [report.input.bytes, *(layer.output_bytes for layer in report.layers)]
    rows = []
    for layer, read in zip(report.layers, reads, strict=False):
        ram = layer.output_bytes + layer.scratch_bytes + (read if layer.index else 0)
        flash = layer.weights_bytes + layer.constants_bytes
        held = (ram if "RAM" in lacking else 0) + (flash if "flash" in lacking else 0)
        rows.append((held, _describe_layer(layer, read)))
    return [line for _, line in sorted(rows, key=lambda row: -row[0])[:_LAYERS_SHOWN]]


def _describe_layer(layer: ReportedLayer, read: int) -> str:
    sizes = (
        ("reads", read),
        ("writes", layer.output_bytes),
        ("scratch", layer.scratch_bytes),
        ("weights", layer.weights_bytes),
        ("constants", layer.constants_bytes),
    )
    named = f"{layer.name}, {layer.kernel}"
    return f"{named}: " + ", ".join(f"{what} {size:,}" for what, size in sizes)


def _suggest(budget: Budget, needs: Mapping[Optimize, Footprint]) -> str:
    for mode, need in needs.items():
        if not need.exceeds(budget):
            return f"--optimize {mode}, which takes {need}"
    least = min(needs.items(), key=lambda item: (len(item[1].exceeds(budget)), sum(item[1])))
    return (
        f"fewer filters or units, another pooling, or a larger chip; no mode fits, --optimize "
        f"{least[0]} takes {least[1]}"
    )
