"""Turns a plan into plain strings, booleans and lists: everything that the C templates print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.answer import AnswerView, view_answer
from cbcnn_codegen.emit.bundle import bundle_kernels
from cbcnn_codegen.emit.camera import CameraView, camera_descriptors, view_camera
from cbcnn_codegen.emit.compression import CompressionView, copies_grey, view_compression
from cbcnn_codegen.emit.outputs import (
    OutputCall,
    OutputView,
    call_forward,
    calls_after,
    declare_run,
    view_outputs,
)
from cbcnn_codegen.emit.rejection import RejectionView, view_rejection
from cbcnn_codegen.emit.table_space import choose_space, demand_spaced_tables
from cbcnn_codegen.emit.tables import DescriptorView, TableView, view_descriptors, view_tables
from cbcnn_codegen.emit.text import (
    comment_text,
    format_assignment,
    format_call,
    format_define,
    string_literal,
)
from cbcnn_codegen.kernels import StoredMap
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import Buffer, Plan, Step
from cbcnn_codegen.targets import TableSpace

_INDENT: Final = 4
_C_TYPES: Final = {
    "word": "{p}_word_t",
    "u32": "uint32_t",
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "float": "float",
}


@dataclass(frozen=True)
class StepView:
    """A call of a kernel."""

    comment: str
    call: str
    after: str
    outputs: list[OutputCall]


@dataclass(frozen=True)
class ModelView:
    """Everything in the templates of the generated C."""

    prefix: str
    macro: str
    summary: str
    version: str
    target: str
    sha256: str
    defines: list[str]
    input: list[str]
    arena: list[str]
    image: list[str]
    has_image: bool
    is_real: bool
    is_quantized: bool
    has_classes: bool
    outputs: list[OutputView]
    count: str
    run_prototype: str
    run_definition: str
    forward_definition: str
    forward_call: str
    answer: AnswerView | None
    pixel_type: str
    word_type: str
    word_bits: str
    threshold_type: str
    uses_words: bool
    uses_thresholds: bool
    uses_pixels: bool
    uses_helpers: bool
    uses_memory_functions: bool
    kernels: str
    table_space: TableSpace | None
    tables: list[TableView]
    descriptors: list[DescriptorView]
    checks: list[str]
    buffers: list[str]
    steps: list[StepView]
    compression: CompressionView | None
    class_names: list[str]
    pictures: str
    rejection: RejectionView | None
    camera: CameraView | None
    split_weights: bool


def make_view(plan: Plan, origin: Origin) -> ModelView:
    """The strings of one model.

    Raises:
        UsageError: a kernel would read tables in another way than the target can.
    """
    prefix, macro = plan.options.name, plan.options.name.upper()
    image = plan.graph.input
    tables = view_tables(plan)
    camera = view_camera(plan)
    space = choose_space(plan, tables)
    kernels = bundle_kernels(
        plan.kernels, plan.target.isas, prefix, has_table_space=space is not None
    )
    demand_spaced_tables(plan, kernels, space)
    return ModelView(
        prefix=prefix,
        macro=macro,
        summary=summarise(plan),
        version=origin.version,
        target=plan.target.name,
        sha256=origin.sha256,
        defines=[
            format_define(f"{macro}_VERSION", f'"{origin.version}"'),
            format_define(f"{macro}_MODEL_SHA256", f'"{origin.sha256}"'),
        ],
        input=[
            format_define(f"{macro}_INPUT_HEIGHT", str(image.shape.height)),
            format_define(f"{macro}_INPUT_WIDTH", str(image.shape.width)),
            format_define(f"{macro}_INPUT_CHANNELS", str(image.shape.channels)),
            format_define(f"{macro}_IMAGE_BYTES", str(image.shape.size)),
        ],
        arena=[
            format_define(f"{macro}_ARENA_BYTES", str(plan.arena_bytes)),
            format_define(f"{macro}_ARENA_ALIGNMENT", str(plan.arena_alignment)),
        ],
        image=_image_defines(plan),
        has_image=plan.image is not None,
        is_real=plan.graph.level == 2,
        is_quantized=plan.graph.level == 3,
        has_classes=plan.graph.has_classes,
        outputs=view_outputs(plan),
        count=str(len(plan.outputs)),
        run_prototype=_declare_run(plan, ";"),
        run_definition=_declare_run(plan, ""),
        forward_definition=declare_run(plan, "static ", "forward", ""),
        forward_call=call_forward(plan),
        pixel_type=f"{image.dtype}_t",
        answer=view_answer(plan) if plan.graph.has_classes else None,
        word_type=f"uint{plan.sizes.word_bits}_t",
        word_bits=str(plan.sizes.word_bits),
        threshold_type=f"int{plan.sizes.threshold_bits}_t",
        uses_words=f"{prefix}_word_t" in kernels,
        uses_thresholds=f"{prefix}_threshold_t" in kernels,
        uses_pixels=f"{prefix}_pixel_t" in kernels,
        uses_helpers=f"{macro}_HELPER" in kernels,
        uses_memory_functions=any(f"{name}(" in kernels for name in ("memcpy", "memset"))
        or copies_grey(plan)
        or (camera is not None and camera.clears),
        kernels=kernels,
        table_space=space,
        tables=tables,
        descriptors=[*camera_descriptors(plan), *view_descriptors(plan)],
        checks=_checks(plan, tables),
        buffers=[_point_to(buffer, prefix) for buffer in plan.map_buffers],
        steps=[_view_step(plan, step) for step in plan.steps],
        compression=view_compression(plan),
        class_names=_class_names(plan),
        pictures=str(plan.graph.pictures or ""),
        rejection=view_rejection(plan),
        camera=camera,
        split_weights=plan.options.split_weights,
    )


def summarise(plan: Plan) -> str:
    """A model in a few words: what goes in and what comes out."""
    height, width, channels = plan.graph.input.shape
    if not plan.graph.has_classes:
        forms = (output.form.dimensions for output in plan.outputs)
        made = ", ".join("x".join(map(str, of)) for of in forms)
        return f"{height}x{width}x{channels} {plan.graph.input.dtype} -> {made}"
    scores = "1 score" if plan.scores.count == 1 else f"{plan.scores.count} scores"
    return f"{height}x{width}x{channels} {plan.graph.input.dtype} -> {scores}"


def _image_defines(plan: Plan) -> list[str]:
    """The macros that name the image's place in the arena, if it has one."""
    if plan.image is None:
        return []
    macro = plan.options.name.upper()
    return [
        format_define(f"{macro}_IMAGE_OFFSET", str(plan.image.offset)),
        format_define(f"{macro}_ARENA_WITH_IMAGE_BYTES", str(plan.arena_with_image_bytes)),
    ]


def _point_to(buffer: Buffer, prefix: str) -> str:
    """The declaration of a pointer into the arena."""
    kind = _C_TYPES[buffer.element].format(p=prefix)
    value = f"({kind} *)(void *)(memory + {buffer.offset});"
    return format_assignment(f"{kind} *const {buffer.name}", value, _INDENT)


def _view_step(plan: Plan, step: Step) -> StepView:
    prefix, index, site = plan.options.name, step.index, step.site
    arguments = [
        f"&{prefix}_layer_{index}",
        *(source.name for source in site.sources),
        *(["NULL"] if step.offer.joins and len(site.sources) == 1 else []),
        step.output.name,
        *([] if step.scratch is None else [step.scratch.name]),
    ]
    shapes = f"{' + '.join(map(_shape, site.sources))} -> {_shape(site.output)}"
    after = [str(index), step.output.name, str(step.output.bytes)]
    return StepView(
        comment=f"{comment_text(step.name)}: {shapes}",
        call=format_call(f"{prefix}_{step.offer.kernel}", arguments, ";", _INDENT),
        after=format_call(f"{prefix.upper()}_AFTER_LAYER", after, ";", _INDENT),
        outputs=calls_after(plan, index),
    )


def _shape(of: StoredMap) -> str:
    return "x".join(map(str, of.shape))


def _checks(plan: Plan, tables: list[TableView]) -> list[str]:
    """Conditions on sizes that the compiler checks."""
    prefix = plan.options.name
    checks = [f"sizeof({prefix}_{table.name}) == {table.bytes}" for table in tables]
    for buffer in plan.buffers:
        end = buffer.offset + buffer.bytes
        size = "ARENA_WITH_IMAGE_BYTES" if buffer is plan.image else "ARENA_BYTES"
        checks.append(f"{end} <= {prefix.upper()}_{size}")
    return list(dict.fromkeys(checks))


def _declare_run(plan: Plan, tail: str) -> str:
    prefix, pixel = plan.options.name, plan.graph.input.dtype
    if plan.graph.has_classes:
        given = [f"const {pixel}_t *image", f"{prefix}_score_t *scores", "void *arena"]
        return format_call(f"size_t {prefix}_run", given, tail)
    return declare_run(plan, "", "run", tail)


def _class_names(plan: Plan) -> list[str]:
    if not plan.options.class_names:
        return []
    return [string_literal(name) for name in plan.graph.class_names]
