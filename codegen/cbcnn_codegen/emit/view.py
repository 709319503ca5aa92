"""Turns a plan into plain strings, booleans and lists: everything that the C templates print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.emit.bundle import bundle_kernels
from cbcnn_codegen.emit.rejection import RejectionView, view_rejection
from cbcnn_codegen.emit.tables import DescriptorView, TableView, view_descriptors, view_tables
from cbcnn_codegen.emit.text import (
    comment_text,
    format_assignment,
    format_call,
    format_define,
    string_literal,
)
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.kernels import StoredMap
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import Buffer, Plan, Step
from cbcnn_codegen.targets import Target
from cbcnn_inputs.preprocessing import LEVELS

_INDENT: Final = 4
_C_TYPES: Final = {
    "word": "{p}_word_t",
    "u32": "uint32_t",
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "float": "float",
}
_RESULTS: Final = {"int32": "int32_t", "float": "float"}
_SCORE_TYPES: Final = {"int32": "int32_t", "int64": "int64_t", "float": "float"}


@dataclass(frozen=True)
class StepView:
    """A call of a kernel."""

    comment: str
    call: str
    after: str


@dataclass(frozen=True)
class CompressionView:
    """The Image Compression Block; `levels` is set when a step maps grey levels."""

    luma: bool
    equalise: bool
    standardise: bool
    levels: bool
    standardise_call: str
    rgb888_prototype: str
    rgb888_definition: str
    rgb565_prototype: str
    rgb565_definition: str
    grey_prototype: str
    grey_definition: str
    counts_offset: str
    levels_offset: str
    pixels: str


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
    run_prototype: str
    run_definition: str
    classes: str
    scores: list[str]
    has_one_score: bool
    pixel_type: str
    score_type: str
    score_is_float: bool
    fraction_bits: str
    word_type: str
    word_bits: str
    threshold_type: str
    uses_words: bool
    uses_thresholds: bool
    uses_pixels: bool
    uses_memory_functions: bool
    kernels: str
    tables: list[TableView]
    descriptors: list[DescriptorView]
    checks: list[str]
    buffers: list[str]
    steps: list[StepView]
    result: str
    result_type: str
    result_name: str
    scores_call: str
    classify_call: str
    compression: CompressionView | None
    class_names: list[str]
    pictures: str
    rejection: RejectionView | None
    split_weights: bool


def make_view(plan: Plan, origin: Origin) -> ModelView:
    """The strings of one model.

    Raises:
        UsageError: the C would read tables in another way than the target can.
    """
    _demand_direct_tables(plan.target)
    prefix, macro = plan.options.name, plan.options.name.upper()
    image = plan.graph.input
    kernels = bundle_kernels(plan.kernels, plan.target.isas, prefix)
    tables = view_tables(plan)
    return ModelView(
        prefix=prefix,
        macro=macro,
        summary=_summary(plan),
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
        run_prototype=_declare_run(plan, ";"),
        run_definition=_declare_run(plan, ""),
        classes=str(plan.graph.classes),
        scores=[format_define(f"{macro}_SCORES", "1")] if plan.scores.count == 1 else [],
        has_one_score=plan.scores.count == 1,
        pixel_type=f"{image.dtype}_t",
        score_type=_SCORE_TYPES[plan.scores.format.type],
        score_is_float=plan.scores.format.type == "float",
        fraction_bits=str(plan.scores.format.fraction_bits),
        word_type=f"uint{plan.sizes.word_bits}_t",
        word_bits=str(plan.sizes.word_bits),
        threshold_type=f"int{plan.sizes.threshold_bits}_t",
        uses_words=f"{prefix}_word_t" in kernels,
        uses_thresholds=f"{prefix}_threshold_t" in kernels,
        uses_pixels=f"{prefix}_pixel_t" in kernels,
        uses_memory_functions=any(f"{name}(" in kernels for name in ("memcpy", "memset"))
        or _copies_grey(plan),
        kernels=kernels,
        tables=tables,
        descriptors=view_descriptors(plan),
        checks=_checks(plan, tables),
        buffers=[_point_to(buffer, prefix) for buffer in plan.map_buffers],
        steps=[_view_step(plan, step) for step in plan.steps],
        result=plan.scores.site.source.name,
        result_type=f"{_RESULTS[plan.scores.site.source.element]} *",
        result_name=_result_name(plan),
        scores_call=_call_scores(plan, "(void)" if plan.scores.count == 1 else "return ", "scores"),
        classify_call=_call_scores(plan, "return ", "NULL"),
        compression=_view_compression(plan),
        class_names=_class_names(plan),
        pictures=str(plan.graph.pictures or ""),
        rejection=view_rejection(plan),
        split_weights=plan.options.split_weights,
    )


def _demand_direct_tables(target: Target) -> None:
    """The kernels read tables like any memory."""
    if target.table_access != "direct":
        raise UsageError(
            f"there are no kernels for target {target.name} yet",
            found=f"constant tables that are reached through {target.table_access}",
            allowed="tables that are read like any other memory",
            suggestion="kernels of its own in firmware_templates/kernels",
        )


def _summary(plan: Plan) -> str:
    height, width, channels = plan.graph.input.shape
    scores = "1 score" if plan.scores.count == 1 else f"{plan.scores.count} scores"
    return f"{height}x{width}x{channels} {plan.graph.input.dtype} -> {scores}"


def _copies_grey(plan: Plan) -> bool:
    """Whether the Image Compression Block leaves grey levels as they are."""
    block = plan.graph.preprocessing
    return block is not None and not block.equalise and block.standardise_scale is None


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
    )


def _shape(of: StoredMap) -> str:
    return "x".join(map(str, of.shape))


def _result_name(plan: Plan) -> str:
    """The output of the last layer, of which the scores are made."""
    return "values" if plan.scores.site.source.layout == "reals" else "accumulators"


def _call_scores(plan: Plan, head: str, scores: str) -> str:
    prefix = plan.options.name
    arguments = [f"&{prefix}_scores", _result_name(plan), scores]
    return format_call(f"{head}{prefix}_{plan.scores.offer.kernel}", arguments, ";", _INDENT)


def _checks(plan: Plan, tables: list[TableView]) -> list[str]:
    """Conditions on sizes that the compiler checks."""
    prefix = plan.options.name
    checks = [f"sizeof({prefix}_{table.name}) == {table.bytes}" for table in tables]
    for buffer in plan.buffers:
        end = buffer.offset + buffer.bytes
        size = "ARENA_WITH_IMAGE_BYTES" if buffer is plan.image else "ARENA_BYTES"
        checks.append(f"{end} <= {prefix.upper()}_{size}")
    return list(dict.fromkeys(checks))


def _view_compression(plan: Plan) -> CompressionView | None:
    block, buffer = plan.graph.preprocessing, plan.compression
    if block is None or buffer is None:
        return None
    standardise = block.standardise_scale is not None
    shape = plan.graph.input.shape
    pixels = str(shape.height * shape.width)
    return CompressionView(
        luma=block.luma,
        equalise=block.equalise,
        standardise=standardise,
        levels=block.equalise or standardise,
        standardise_call=format_call(
            f"{plan.options.name}_standardise_levels",
            ["counts", pixels, str(block.standardise_scale), "levels"],
            ";",
            _INDENT,
        ),
        rgb888_prototype=_declare_compress(plan, "rgb888", "uint8_t *rgb", ";"),
        rgb888_definition=_declare_compress(plan, "rgb888", "uint8_t *rgb", ""),
        rgb565_prototype=_declare_compress(plan, "rgb565", "uint16_t *rgb", ";"),
        rgb565_definition=_declare_compress(plan, "rgb565", "uint16_t *rgb", ""),
        grey_prototype=_declare_compress(plan, "grey", "uint8_t *grey", ";"),
        grey_definition=_declare_compress(plan, "grey", "uint8_t *grey", ""),
        counts_offset=str(buffer.offset),
        levels_offset=str(buffer.offset + 4 * LEVELS),
        pixels=pixels,
    )


def _declare_run(plan: Plan, tail: str) -> str:
    prefix, pixel = plan.options.name, plan.graph.input.dtype
    parameters = [f"const {pixel}_t *image", f"{prefix}_score_t *scores", "void *arena"]
    return format_call(f"size_t {prefix}_run", parameters, tail)


def _declare_compress(plan: Plan, source: str, parameter: str, tail: str) -> str:
    prefix, pixel = plan.options.name, plan.graph.input.dtype
    parameters = [f"const {parameter}", f"{pixel}_t *plane", "void *arena"]
    return format_call(f"void {prefix}_compress_{source}", parameters, tail)


def _class_names(plan: Plan) -> list[str]:
    if not plan.options.class_names:
        return []
    return [string_literal(name) for name in plan.graph.class_names]
