"""The C of a network that does not answer with a class: each output has a buffer of the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.text import comment_text, format_call, format_define
from cbcnn_codegen.plan import Plan, ScoreStep

SCORE_TYPES: Final = {
    "int8": "int8_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "float": "float",
}
_INDENT: Final = 4
_ROWS: Final = 3
"""Axes of a map with rows, columns and channels."""


@dataclass(frozen=True)
class OutputView:
    """An output in the header.

    Attributes:
        comment: what lies in the caller's buffer.
        defines: its size and shape.
    """

    comment: list[str]
    defines: list[str]


@dataclass(frozen=True)
class OutputCall:
    """A call that writes an output, or a part of it at a time.

    Attributes:
        calls: how many; "" for a single one.
    """

    call: str
    calls: str


def view_outputs(plan: Plan) -> list[OutputView]:
    """The outputs in the model's order; nothing where the network answers with a class."""
    if plan.graph.has_classes:
        return []
    return [OutputView(_comment(plan, one), _defines(plan, one)) for one in plan.outputs]


def declare_run(plan: Plan, head: str, name: str, tail: str) -> str:
    """The function that computes all outputs, under this name."""
    outputs = [f"{SCORE_TYPES[one.format.type]} *{one.name}" for one in plan.outputs]
    given = [f"const {plan.graph.input.dtype}_t *image", *outputs, "void *arena"]
    return format_call(f"{head}void {plan.options.name}_{name}", given, tail)


def call_forward(plan: Plan) -> str:
    """The call of the function that runs all layers."""
    given = ["image", *(one.name for one in plan.outputs), "arena"]
    return format_call(f"{plan.options.name}_forward", given, ";", _INDENT)


def calls_after(plan: Plan, step: int) -> list[OutputCall]:
    """The calls that write what a step makes to the caller's buffers."""
    if plan.graph.has_classes:
        return []
    return [_call(plan, index, one) for index, one in enumerate(plan.outputs) if one.after == step]


def say_format(output: ScoreStep, fraction_bits: str) -> str:
    """What the numbers of an output are.

    Args:
        output: whose.
        fraction_bits: how the text names them.
    """
    if output.format.type == "float":
        return "float32: the model's numbers"
    if output.format.type == "int8":
        return "signs: -1 or +1"
    if output.format.fraction_bits == 0:
        return "integers: the model's numbers"
    return f"integers: the model's numbers times 2^{fraction_bits}"


def _comment(plan: Plan, output: ScoreStep) -> list[str]:
    sizes, macro = " x ".join(map(str, output.form.dimensions)), _macro(plan, output)
    order = ", row by row, the last axis fastest" if len(output.form.dimensions) > 1 else " values"
    named = comment_text(output.form.name)
    numbers = say_format(output, f"{macro}_FRACTION_BITS")
    return [f"{output.name}, of layer {named}:", f"  {sizes}{order};", f"  {numbers}."]


def _defines(plan: Plan, output: ScoreStep) -> list[str]:
    macro, dimensions = _macro(plan, output), output.form.dimensions
    axes = ("HEIGHT", "WIDTH", "CHANNELS") if len(dimensions) == _ROWS else ()
    numbers = {
        **dict(zip(axes, dimensions, strict=False)),
        "VALUES": output.count,
        "FRACTION_BITS": output.format.fraction_bits,
    }
    return [format_define(f"{macro}_{name}", str(number)) for name, number in numbers.items()]


def _macro(plan: Plan, output: ScoreStep) -> str:
    return f"{plan.options.name}_{output.name}".upper()


def _call(plan: Plan, index: int, output: ScoreStep) -> OutputCall:
    prefix, calls = plan.options.name, output.format.calls
    head = "" if output.format.type == "int8" else "(void)"
    pointers = [output.site.source.name, output.name]
    if calls > 1:
        pointers = [f"{pointer} + i * {output.count // calls}" for pointer in pointers]
    arguments = [f"&{prefix}_output_{index}", *pointers]
    indent = _INDENT if calls == 1 else 2 * _INDENT
    call = format_call(f"{head}{prefix}_{output.offer.kernel}", arguments, ";", indent)
    return OutputCall(call, "" if calls == 1 else str(calls))
