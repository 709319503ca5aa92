"""Prints a profile as tables in the terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console

from cbcnn_codegen.profile.result import Profile, ratio
from cbcnn_inputs.command_line import escape
from cbcnn_inputs.terminal import Cells, Column, open_console, print_table

_WIDE: Final = 100
"""Least columns of a terminal with room for the names of the kernels."""


def print_profile(profile: Profile, console: Console | None = None) -> None:
    """Print it on standard output, or on `console`."""
    console = console or open_console()
    answer = "" if profile.answer is None else f": class {profile.answer}"
    console.print(
        f"[bold]{escape(profile.name)}[/] on {profile.target}, {escape(profile.image)}{answer}"
    )
    _print_layers(console, profile, with_kernels=console.width >= _WIDE)
    _print_memory(console, profile)
    console.print(f"counted with  {escape(profile.counter)}")
    if profile.vectors is not None:
        share = ratio(profile.vectors, profile.instructions) or 0.0
        console.print(f"vectors       {profile.vectors:,} of the instructions, {share:.1%}")
    if profile.timing is not None:
        console.print(f"cycles        estimated: {escape(profile.timing)}")
    console.print(f"compiled with {escape(profile.compiler)}")


def _print_layers(console: Console, profile: Profile, *, with_kernels: bool) -> None:
    """One row for each layer."""
    total = _numbers(
        profile,
        profile.products,
        profile.instructions,
        profile.cycles,
        profile.measured_milliseconds,
    )
    columns = [
        Column("layer", "name", footer="total"),
        *([Column("kernel", "name")] if with_kernels else []),
        *(
            Column(title, footer=number)
            for title, number in zip(_titles(profile), total, strict=True)
        ),
    ]
    rows = [
        Cells(
            [
                layer.name,
                *([layer.kernel] if with_kernels else []),
                *_numbers(profile, layer.products, layer.instructions, layer.cycles),
            ]
        )
        for layer in profile.layers
    ]
    print_table(console, columns, rows)


def _titles(profile: Profile) -> list[str]:
    clock = "" if profile.clock_mhz is None else f"{profile.clock_mhz:g} MHz"
    milliseconds = f"ms, {clock}" if clock else "ms"
    return ["products", "instructions", "share", "each", "est. cycles", milliseconds]


def _numbers(
    profile: Profile,
    products: int,
    instructions: int | None,
    cycles: int | None,
    measured: float | None = None,
) -> list[str]:
    """The cells of a row; `each` is products for each instruction."""
    milliseconds = profile.milliseconds(cycles) if measured is None else measured
    each = ratio(products, instructions)
    share = ratio(instructions or 0, profile.instructions)
    return [
        f"{products:,}",
        _number(instructions),
        "" if share is None else f"{share:.1%}",
        "" if each is None else f"{each:.2f}",
        _number(cycles),
        "" if milliseconds is None else f"{milliseconds:.3f}",
    ]


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _print_memory(console: Console, profile: Profile) -> None:
    memory = profile.memory
    seen = "" if memory.measured_stack is None else f", {memory.measured_stack:,} seen in use"
    flash = (
        f"bytes of flash: code {memory.code:,}, weights {memory.weights:,}, "
        f"constants {memory.constants:,}"
    )
    ram = (
        f"bytes of RAM: static {memory.static:,}, arena {memory.arena:,}, "
        f"stack {memory.stack:,} (call graph {memory.computed_stack:,}{seen})"
    )
    rows = [Cells([f"{memory.flash:,}", flash], "bold"), Cells([f"{memory.ram:,}", ram], "bold")]
    print_table(console, [Column(""), Column("", "text")], rows)
