"""Makes the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError, UsageError
from cbcnn_codegen.ir import Graph, Input, PoolSigns, Scores
from cbcnn_codegen.options import Options
from cbcnn_codegen.plan.arena import place_buffers
from cbcnn_codegen.plan.fixed_point import is_identity, to_fixed_point
from cbcnn_codegen.plan.kernels import choose_kernel
from cbcnn_codegen.plan.products import count_products
from cbcnn_codegen.plan.ranges import clipped_thresholds, largest_accumulator
from cbcnn_codegen.plan.steps import (
    Buffer,
    Element,
    Format,
    Layer,
    LayerOp,
    Plan,
    ScoreStep,
    Step,
    Table,
)
from cbcnn_codegen.targets import Target
from cbcnn_trainer.preprocessing import LEVELS, MAX_PIXELS

_NARROW: Final = np.iinfo(np.int16)
_BEFORE: Final = -1
"""The step at which the Image Compression Block runs."""


def make_plan(graph: Graph, target: Target, options: Options) -> Plan:
    """Choose kernels and place buffers.

    Args:
        graph: integer-level: any of `LayerOp`, then `Scores`.
        target: to plan for.
        options: chosen by the user; the scores' type and the class names matter here.

    Raises:
        UsageError: the options ask for something that this model cannot have.
        UnsupportedLayerError: the Image Compression Block cannot make this input.
    """
    graph.check()
    if options.class_names and not graph.class_names:
        raise UsageError("the model file holds no class names", suggestion="drop --class-names")
    if graph.preprocessing is not None:
        _check_compression(graph)
    ops, scores = _split(graph)
    layout = Format(
        target.word_bits, _threshold_bits(graph, ops), target.pointer_bytes, target.lane_words
    )
    layers = _make_layers(graph, ops, layout)
    steps = _make_steps(layers)
    compression = _compression_buffer(layout) if graph.preprocessing else None
    steps, compression, arena_bytes, alignment = _place(steps, compression)
    plan = Plan(
        graph=graph,
        target=target,
        options=options,
        format=layout,
        steps=steps,
        scores=_make_scores(scores, layers[-1], options),
        compression=compression,
        arena_bytes=arena_bytes,
        arena_alignment=alignment,
    )
    plan.check()
    return plan


def _split(graph: Graph) -> tuple[tuple[LayerOp, ...], Scores]:
    *ops, last = graph.ops
    layers = tuple(op for op in ops if isinstance(op, LayerOp))
    kinds = [output.kind for output in graph.maps()]
    if len(layers) != len(ops) or not isinstance(last, Scores) or kinds[-2] != "accumulators":
        raise ValueError(f"not an integer graph that ends with scores:\n{graph}")
    return layers, last


def _make_layers(graph: Graph, ops: Sequence[LayerOp], layout: Format) -> tuple[Layer, ...]:
    maps = graph.maps()
    return tuple(
        Layer(index, op, maps[index], maps[index + 1], graph.input, layout)
        for index, op in enumerate(ops)
    )


def _threshold_bits(graph: Graph, ops: Sequence[LayerOp]) -> int:
    """16 where all thresholds of the model fit, else 32."""
    for op, source in zip(ops, graph.maps(), strict=False):
        if isinstance(op, PoolSigns) or op.thresholds is None:
            continue
        thresholds = clipped_thresholds(op, source, graph.input)
        if thresholds.min() < _NARROW.min or thresholds.max() > _NARROW.max:
            return 32
    return 16


def _make_steps(layers: Sequence[Layer]) -> tuple[Step, ...]:
    steps: list[Step] = []
    source: Buffer | None = None
    for layer in layers:
        steps.append(_make_step(layer, source))
        source = steps[-1].output
    return tuple(steps)


def _make_step(layer: Layer, source: Buffer | None) -> Step:
    kernel = choose_kernel(layer)
    shape, index = layer.output.shape, layer.index
    packed = kernel.writes == "pixel_words"
    element: Element = "word" if packed else "int32"
    pixel = layer.format.words(shape.channels) if packed else shape.channels
    scratch = kernel.scratch(layer) if kernel.scratch else None
    return Step(
        layer=layer,
        kernel=kernel.name,
        struct=kernel.struct,
        fields=kernel.describe(layer),
        tables=kernel.pack(layer),
        source=source,
        output=_buffer(
            f"map_{index}",
            element,
            shape.height * shape.width * pixel,
            (index, index + 1),
            layer.format,
        ),
        scratch=scratch and _buffer(f"scratch_{index}", *scratch, (index, index), layer.format),
        products=count_products(layer),
        instructions=kernel.estimate(layer),
    )


def _buffer(
    name: str, element: Element, count: int, steps: tuple[int, int], layout: Format
) -> Buffer:
    size = layout.item_bytes(element)
    return Buffer(name, element, size * count, size, *steps)


def _compression_buffer(layout: Format) -> Buffer:
    """A count of 32 bits and a byte for each grey level."""
    size = layout.item_bytes("int32")
    return Buffer("levels", "int32", (size + 1) * LEVELS, size, _BEFORE, _BEFORE)


def _place(
    steps: Sequence[Step], compression: Buffer | None
) -> tuple[tuple[Step, ...], Buffer | None, int, int]:
    """Steps and the compression's buffer with offsets, then the arena's size and alignment."""
    buffers = [buffer for step in steps for buffer in (step.output, step.scratch) if buffer]
    if compression:
        buffers.append(compression)
    placed, used = place_buffers(buffers)
    at = {buffer.name: buffer for buffer in placed}
    alignment = max(buffer.align for buffer in buffers)
    moved = tuple(
        replace(
            step,
            source=step.source and at[step.source.name],
            output=at[step.output.name],
            scratch=step.scratch and at[step.scratch.name],
        )
        for step in steps
    )
    size = -(-used // alignment) * alignment
    return moved, compression and at[compression.name], size, alignment


def _make_scores(scores: Scores, last: Layer, options: Options) -> ScoreStep:
    classes = last.output.shape.size
    if options.scores == "float":
        tables = (
            Table("multipliers", "float", scores.multiplier, f"{classes} classes"),
            Table("offsets", "float", scores.offset, f"{classes} classes"),
        )
        return ScoreStep(scores, "scores_i32_f32", "scores_f32_t", classes, tables, "float", 0)
    if is_identity(scores):
        return ScoreStep(scores, "scores_i32_i32", "scores_i32_t", classes, (), "int32_t", 0)
    assert not isinstance(last.op, PoolSigns)
    fixed = to_fixed_point(scores, largest_accumulator(last.op, last.source, last.image))
    tables = (
        Table("multipliers", "int64", fixed.multipliers, f"{classes} classes"),
        Table("offsets", "int64", fixed.offsets, f"{classes} classes"),
    )
    return ScoreStep(
        scores,
        "scores_i32_i64",
        "scores_i64_t",
        classes,
        tables,
        "int64_t",
        fixed.fraction_bits,
    )


def _check_compression(graph: Graph) -> None:
    """Demand an input that the block can make: one channel, no more pixels than it can count."""
    image: Input = graph.input
    block = graph.preprocessing
    assert block is not None
    pixels = image.shape.height * image.shape.width
    if image.shape.channels == 1 and pixels <= MAX_PIXELS and image.dtype == block.output_type:
        return
    raise UnsupportedLayerError(
        "the Image Compression Block of this model does not make the network's input",
        found=f"an input of {'x'.join(map(str, image.shape))}, {image.dtype}",
        allowed=f"one channel, at most {MAX_PIXELS} pixels, {block.output_type}",
    )
