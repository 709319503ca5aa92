"""Makes the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.kernels import Site
from cbcnn_codegen.names import name_outputs
from cbcnn_codegen.options import Options
from cbcnn_codegen.plan.arena import Size
from cbcnn_codegen.plan.buffer import Buffer
from cbcnn_codegen.plan.buffers import (
    LEVEL_COUNTS,
    Demands,
    compression_buffer,
    find_lives,
    image_buffer,
    scratch_name,
)
from cbcnn_codegen.plan.camera import camera_demand
from cbcnn_codegen.plan.choose import Choice, choose_kernels
from cbcnn_codegen.plan.compression import check_compression, compression_kernels
from cbcnn_codegen.plan.plan import Plan, ScoreStep, Step
from cbcnn_codegen.plan.sites import IMAGE, make_sites
from cbcnn_codegen.targets import Target, target_for


def make_plan(graph: Graph, target: Target, options: Options) -> Plan:
    """Choose kernels and place buffers.

    Args:
        graph: lowered; it ends with scores.
        target: to plan for.
        options: chosen by the user; the mode, the scores' type and the class names matter here.

    Raises:
        UsageError: the options ask for something impossible with this model.
        UnsupportedLayerError: the Image Compression Block cannot make this input.
    """
    graph.check()
    _demand_floats(graph, target, options)
    if options.class_names and not graph.class_names:
        raise UsageError("the model file holds no class names", suggestion="drop --class-names")
    if graph.preprocessing is not None:
        check_compression(graph.preprocessing, graph.input)
    sites = make_sites(graph, target, options.scores)
    sizes = sites[0].sizes
    compression = None if graph.preprocessing is None else compression_buffer(sizes)
    camera = camera_demand(graph, options)
    lines = () if camera is None else camera.buffers(sizes)
    count = len(sites) - len(graph.outputs)
    lives = find_lives(sites, 0 if graph.has_classes else len(graph.outputs))
    demands = Demands(sites, lives, compression, camera=lines)
    memory = _plan_memory(demands, target, options)
    chosen = [*zip(sites, memory.choices, strict=True)]
    plan = Plan(
        graph=graph,
        target=target_for(target, options.optimize),
        options=options,
        sizes=sizes,
        steps=tuple(_make_step(memory, i, *layer) for i, layer in enumerate(chosen[:count])),
        outputs=tuple(_make_outputs(graph, chosen[count:], sites)),
        compression_kernels=compression_kernels(graph.preprocessing),
        compression=memory.at.get(LEVEL_COUNTS),
        image=memory.at.get(IMAGE),
        arena_bytes=memory.size.bytes,
        arena_with_image_bytes=memory.size.with_image,
        arena_alignment=max(buffer.align for buffer in memory.at.values()),
        camera=None if camera is None else camera.step(memory.at),
    )
    plan.check()
    return plan


def _demand_floats(graph: Graph, target: Target, options: Options) -> None:
    """Raise where the C would compute floats and the target's C computes others."""
    if target.float_obstacle is None:
        return
    if graph.level == 2:
        raise UsageError(
            f"target {target.name} computes no real-valued layers",
            found=f"a network of level 2, and {target.float_obstacle}",
            allowed="signs and integers",
            suggestion="--real-layers int8 --calibrate DATA",
        )
    if options.scores == "float":
        raise UsageError(
            f"target {target.name} computes no float scores",
            found=target.float_obstacle,
            suggestion="--scores integer, which are the same numbers in fixed point",
        )


@dataclass(frozen=True, eq=False)
class _Memory:
    """Kernels, and every buffer by its name, with its place."""

    choices: tuple[Choice, ...]
    at: Mapping[str, Buffer]
    size: Size


def _plan_memory(demands: Demands, target: Target, options: Options) -> _Memory:
    """Kernels and places; in mode `ram` with the image in the arena, if that saves memory."""
    outside = _place(demands, target, options)
    if options.optimize != "ram":
        return outside
    image = image_buffer(demands.sites[0].image, demands.lives, camera=bool(demands.camera))
    inside = _place(replace(demands, image=image), target, options)
    saves = inside.size.with_image < outside.size.bytes + image.bytes
    return inside if saves and inside.size.bytes <= outside.size.bytes else outside


def _place(demands: Demands, target: Target, options: Options) -> _Memory:
    choices = choose_kernels(demands, target, options.optimize)
    placed = demands.place([choice.option.offer for choice in choices])
    alignment = max(buffer.align for buffer in placed.buffers)
    size = (-(-size // alignment) * alignment for size in placed.size)
    return _Memory(choices, {buffer.name: buffer for buffer in placed.buffers}, Size(*size))


def _make_outputs(
    graph: Graph, chosen: Sequence[tuple[Site, Choice]], sites: Sequence[Site]
) -> Iterator[ScoreStep]:
    """What makes each output, and behind which step."""
    makers = {site.output.name: index for index, site in enumerate(sites)}
    names = name_outputs(form.name for form in graph.output_forms)
    for form, name, (site, choice) in zip(graph.output_forms, names, chosen, strict=True):
        yield ScoreStep(site, choice.option.offer, form, name, makers[site.source.name])


def _make_step(memory: _Memory, index: int, site: Site, choice: Choice) -> Step:
    return Step(
        index=index,
        site=site,
        offer=choice.option.offer,
        output=memory.at[site.output.name],
        scratch=memory.at.get(scratch_name(index)),
        instructions=choice.option.cost.instructions,
        candidates=choice.candidates,
        reason=choice.reason,
    )
