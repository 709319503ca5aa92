"""A profile as tables in the terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table

from cbcnn_codegen.command_line import escape
from cbcnn_codegen.profile.result import Profile, ratio

_WIDE: Final = 100
"""Columns of a terminal from which on there is place for the names of the kernels."""


def print_profile(profile: Profile, console: Console | None = None) -> None:
    """Print it on standard output, or on `console`."""
    console = console or Console()
    console.print(
        f"[bold]{escape(profile.name)}[/] on {profile.target}, {escape(profile.image)}: "
        f"class {profile.answer}",
        highlight=False,
    )
    console.print(_layers(profile, with_kernels=console.width >= _WIDE))
    console.print(_memory(profile))
    console.print(f"counted with  {escape(profile.counter)}", highlight=False)
    if profile.timing is not None:
        console.print(f"cycles        estimated: {escape(profile.timing)}", highlight=False)
    console.print(f"compiled with {escape(profile.compiler)}", highlight=False)


def _layers(profile: Profile, *, with_kernels: bool) -> Table:
    """One row for each layer; numbers are never shortened."""
    table = Table(box=None, pad_edge=False, show_footer=True)
    table.add_column("layer", footer="total")
    if with_kernels:
        table.add_column("kernel")
    total = _numbers(
        profile,
        profile.products,
        profile.instructions,
        profile.cycles,
        profile.measured_milliseconds,
    )
    for title, footer in zip(_titles(profile), total, strict=True):
        table.add_column(title, justify="right", footer=footer, no_wrap=True)
    for layer in profile.layers:
        numbers = _numbers(profile, layer.products, layer.instructions, layer.cycles)
        kernel = [escape(layer.kernel)] if with_kernels else []
        table.add_row(escape(layer.name), *kernel, *numbers)
    return table


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


def _memory(profile: Profile) -> Table:
    memory = profile.memory
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    seen = "" if memory.measured_stack is None else f", {memory.measured_stack:,} seen in use"
    table.add_row(
        f"[bold]{memory.flash:,}[/]",
        f"bytes of flash: code {memory.code:,}, weights {memory.weights:,}, "
        f"constants {memory.constants:,}",
    )
    table.add_row(
        f"[bold]{memory.ram:,}[/]",
        f"bytes of RAM: static {memory.static:,}, arena {memory.arena:,}, "
        f"stack {memory.stack:,} (call graph {memory.computed_stack:,}{seen})",
    )
    return table
