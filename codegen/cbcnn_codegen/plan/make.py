"""Makes the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError, UsageError
from cbcnn_codegen.ir import Graph, Input, PoolSigns, Scores
from cbcnn_codegen.options import Options
from cbcnn_codegen.plan.arena import Size
from cbcnn_codegen.plan.buffers import (
    IMAGE,
    LEVEL_COUNTS,
    Extras,
    compression_buffer,
    image_buffer,
    output_name,
    place_all,
    scratch_name,
)
from cbcnn_codegen.plan.choose import Choice, choose_kernels
from cbcnn_codegen.plan.fixed_point import is_identity, to_fixed_point
from cbcnn_codegen.plan.products import count_products
from cbcnn_codegen.plan.ranges import clipped_thresholds, largest_accumulator
from cbcnn_codegen.plan.steps import (
    Buffer,
    Format,
    Layer,
    LayerOp,
    Plan,
    ScoreStep,
    Step,
    Table,
)
from cbcnn_codegen.targets import Target, target_for
from cbcnn_inputs.preprocessing import MAX_PIXELS

_NARROW: Final = np.iinfo(np.int16)


def make_plan(graph: Graph, target: Target, options: Options) -> Plan:
    """Choose kernels and place buffers.

    Args:
        graph: integer-level: any of `LayerOp`, then `Scores`.
        target: to plan for.
        options: chosen by the user; the mode, the scores' type and the class names matter here.

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
        target.word_bits,
        _threshold_bits(graph, ops),
        target.pointer_bytes,
        target.lane_words,
        target.costs,
    )
    layers = _make_layers(graph, ops, layout)
    compression = compression_buffer(layout) if graph.preprocessing else None
    memory = _plan_memory(layers, target, options, compression)
    plan = Plan(
        graph=graph,
        target=target_for(target, options.optimize),
        options=options,
        format=layout,
        steps=tuple(map(partial(_make_step, memory), layers, memory.choices)),
        scores=_make_scores(scores, layers[-1], options),
        compression=memory.at.get(LEVEL_COUNTS),
        image=memory.at.get(IMAGE),
        arena_bytes=memory.size.bytes,
        arena_with_image_bytes=memory.size.with_image,
        arena_alignment=max(buffer.align for buffer in memory.at.values()),
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


@dataclass(frozen=True, eq=False)
class _Memory:
    """Kernels, and every buffer by its name, with its place."""

    choices: tuple[Choice, ...]
    at: Mapping[str, Buffer]
    size: Size


def _plan_memory(
    layers: Sequence[Layer], target: Target, options: Options, compression: Buffer | None
) -> _Memory:
    """Kernels and places; in mode `ram` with the image in the arena, where that saves memory."""
    outside = _place(layers, target, options, Extras(compression))
    if options.optimize != "ram":
        return outside
    image = image_buffer(layers[0])
    inside = _place(layers, target, options, Extras(compression, image))
    saves = inside.size.with_image < outside.size.bytes + image.bytes
    return inside if saves and inside.size.bytes <= outside.size.bytes else outside


def _place(layers: Sequence[Layer], target: Target, options: Options, extras: Extras) -> _Memory:
    choices = choose_kernels(layers, target, options.optimize, extras)
    placed = place_all(layers, [choice.option.kernel for choice in choices], extras)
    alignment = max(buffer.align for buffer in placed.buffers)
    size = (-(-size // alignment) * alignment for size in placed.size)
    return _Memory(choices, {buffer.name: buffer for buffer in placed.buffers}, Size(*size))


def _make_step(memory: _Memory, layer: Layer, choice: Choice) -> Step:
    kernel, index = choice.option.kernel, layer.index
    return Step(
        layer=layer,
        kernel=kernel.name,
        struct=kernel.struct,
        fields=choice.option.fields,
        tables=choice.option.tables,
        source=memory.at[output_name(index - 1)] if index else None,
        output=memory.at[output_name(index)],
        scratch=memory.at.get(scratch_name(index)),
        products=count_products(layer),
        instructions=choice.option.cost.instructions,
        candidates=choice.candidates,
        reason=choice.reason,
    )


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
