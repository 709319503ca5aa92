"""Makes the report of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cbcnn_codegen.boards import Board
from cbcnn_codegen.ir import Graph
from cbcnn_codegen.kernels import Layout
from cbcnn_codegen.measure import Measured
from cbcnn_codegen.memory import Footprint
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import Buffer, Plan, ScoreStep, Step
from cbcnn_codegen.report.scores import ReportedScores
from cbcnn_codegen.report.used_memory import (
    BufferUse,
    FlashBytes,
    ImagePlace,
    RamBytes,
    ReportedBuffer,
)
from cbcnn_codegen.report.values import (
    GENERATOR,
    SCHEMA,
    BoardFit,
    ImageFormat,
    LayerKind,
    Report,
    ReportedCamera,
    ReportedLayer,
    ReportedOptions,
)

_IMAGE: Final = -1
"""The index of what makes the image, before the first layer."""

_KINDS: Final[dict[Layout, LayerKind]] = {
    "pixel_words": "signs",
    "int8": "int8",
    "int16": "int16",
    "int32": "accumulators",
    "reals": "reals",
}


def make_report(
    plan: Plan, origin: Origin, measured: Measured | None, boards: Sequence[Board]
) -> Report:
    """The report of a plan before anything is printed; files come later.

    Args:
        plan: that is printed.
        origin: the model file.
        measured: by the compiler; None leaves code and stack unknown.
        boards: to say whether the code fits them.
    """
    options, graph = plan.options, plan.graph
    flash, ram = _flash_bytes(plan, measured), _ram_bytes(plan, measured)
    return Report(
        schema=SCHEMA,
        generator=GENERATOR,
        tool_version=origin.version,
        name=options.name,
        prefix=options.name,
        model_sha256=origin.sha256,
        target=plan.target.name,
        word_bits=plan.sizes.word_bits,
        threshold_bits=plan.sizes.threshold_bits,
        compiler_flags=(*plan.target.flags, *plan.target.optimise),
        options=ReportedOptions(
            scores=options.scores,
            optimize=options.optimize,
            class_names=options.class_names,
            split_weights=options.split_weights,
            project=options.project,
            input_type=origin.input_type,
            rescale=origin.rescale,
            custom=origin.custom,
            camera=options.camera,
            fit=options.fit,
        ),
        input=ImageFormat(*graph.input.shape, graph.input.dtype),
        level=graph.level,
        calibration=origin.calibration,
        classes=graph.classes,
        class_names=graph.class_names,
        outputs=tuple(_output(plan, output) for output in plan.outputs),
        preprocessing=graph.preprocessing,
        pictures=graph.pictures,
        rejection=graph.rejection,
        camera=_camera(plan),
        measured_with=None if measured is None else measured.compiler,
        flash_bytes=flash,
        ram_bytes=ram,
        image_in_arena=_image_place(plan),
        arena=tuple(_arena(plan)),
        layers=_layers(plan),
        knife_edges=dict(graph.knife_edges),
        fits=tuple(_fit(board, Footprint(flash.total, ram.total)) for board in boards),
        notes=origin.notes,
        evidence=origin.evidence,
        files=(),
    )


def _output(plan: Plan, output: ScoreStep) -> ReportedScores:
    return ReportedScores(
        name="" if plan.graph.has_classes else output.name,
        layer=output.form.name,
        reads=output.after,
        dimensions=output.form.dimensions,
        count=output.count,
        type=output.format.type,
        fraction_bits=output.format.fraction_bits,
    )


def _flash_bytes(plan: Plan, measured: Measured | None) -> FlashBytes:
    if measured is None:
        code, weights, constants = None, plan.weights_bytes, plan.constants_bytes
    else:
        code, weights = measured.code_bytes, measured.weights_bytes
        constants = measured.constants_bytes
    return FlashBytes(code, weights, constants, (code or 0) + weights + constants)


def _ram_bytes(plan: Plan, measured: Measured | None) -> RamBytes:
    stack = None if measured is None else measured.stack_bytes
    static = 0 if measured is None else measured.static_bytes
    return RamBytes(static, plan.arena_bytes, stack, static + plan.arena_bytes + (stack or 0))


def _camera(plan: Plan) -> ReportedCamera | None:
    if plan.camera is None:
        return None
    camera = plan.camera.camera
    line_bytes = max(camera.line_bytes, camera.chroma_line_bytes)
    return ReportedCamera(camera.width, camera.height, camera.format, line_bytes, plan.camera.fit)


def _image_place(plan: Plan) -> ImagePlace | None:
    if plan.image is None:
        return None
    return ImagePlace(plan.image.offset, plan.arena_with_image_bytes, plan.image_saved_bytes)


def _arena(plan: Plan) -> Iterator[ReportedBuffer]:
    """Every piece, in the order of its first use."""
    if plan.image is not None:
        yield _buffer(plan.image, "image", _IMAGE)
    if plan.compression is not None:
        yield _buffer(plan.compression, "levels", _IMAGE)
    for step in plan.steps:
        yield _buffer(step.output, "map", step.index)
        if step.scratch is not None:
            yield _buffer(step.scratch, "scratch", step.index)


def _buffer(buffer: Buffer, use: BufferUse, layer: int) -> ReportedBuffer:
    return ReportedBuffer(use, layer, buffer.offset, buffer.bytes, buffer.first, buffer.last)


def _layers(plan: Plan) -> tuple[ReportedLayer, ...]:
    makers = {step.site.output.name: step.index for step in plan.steps}
    return tuple(
        _layer(plan.graph, step, [makers.get(one.name, _IMAGE) for one in step.site.sources])
        for step in plan.steps
    )


def _layer(graph: Graph, step: Step, reads: Sequence[int]) -> ReportedLayer:
    op, output = step.site.op, step.site.output
    return ReportedLayer(
        index=step.index,
        name=op.name,
        source=graph.maker(op.name).source,
        reads=tuple(dict.fromkeys(reads)),
        kind=_KINDS[output.layout],
        shape=output.shape,
        kernel=step.offer.kernel,
        products=step.products,
        weights_bytes=step.weights_bytes,
        constants_bytes=step.constants_bytes,
        output_bytes=step.output.bytes,
        scratch_bytes=0 if step.scratch is None else step.scratch.bytes,
        instructions_estimated=step.instructions,
        reason=step.reason,
        candidates=step.candidates,
    )


def _fit(board: Board, need: Footprint) -> BoardFit:
    return BoardFit(
        board=board.name,
        title=board.title,
        target=board.target,
        flash_bytes=board.flash_bytes,
        ram_bytes=board.ram_bytes,
        flash_left_bytes=board.flash_bytes - need.flash_bytes,
        ram_left_bytes=board.ram_bytes - need.ram_bytes,
        fits=not need.exceeds(board),
    )
