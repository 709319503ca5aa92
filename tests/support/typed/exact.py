"""Networks of signs and integers with branches, as people type them: no float is left (level 1)."""

from __future__ import annotations

from typing import Any

from support.typed import shapes
from support.typed.blocks import concatenate, norm, sign
from support.typed.program import Program, Value

WIDTHS = (1, 3, 8, 9, 16, 17, 32, 33)
BINARY: dict[str, Any] = {"kernel_quantizer": "ste_sign", "padding": "same", "use_bias": False}


def sums(program: Program, value: Value, filters: int) -> Value:
    """A binary convolution without a bias; it binarizes what it reads, unless that is signs."""
    quantizer = {} if value.kind in ("signs", "image") else {"input_quantizer": "ste_sign"}
    kernel = program.pick([1, 3, 3])
    size = (*value.size[:2], filters)
    options = {**quantizer, **BINARY}
    return program.apply("larq.layers.QuantConv2D", (filters, kernel), options, value, size)


def features(program: Program, value: Value) -> Value:
    """New sums beside the old ones, which one batch norm for each reader follows."""
    made = sums(program, norm(program, value), program.pick(WIDTHS))
    return concatenate(program, value, made)


def signs_beside_signs(program: Program, value: Value) -> Value:
    """Signs of two layers side by side, then their sums."""
    first = sign(program, norm(program, value))
    second = sign(program, norm(program, sums(program, first, program.pick(WIDTHS))))
    joined = concatenate(program, first, second)._replace(kind="signs")
    return sums(program, joined, program.pick(WIDTHS))


def added_sums(program: Program, value: Value) -> Value:
    """Sums of two layers that read the same signs."""
    signs, filters = sign(program, norm(program, value)), program.pick(WIDTHS)
    made = [sums(program, signs, filters) for _ in range(2)]
    form = program.pick(["layers.add([{}, {}])", "{} + {}"])
    return program.join(form.format(*made), made[0].size)


def product_of_signs(program: Program, value: Value) -> Value:
    """Two maps of signs, multiplied."""
    filters = program.pick(WIDTHS)
    first = sign(program, norm(program, sums(program, norm(program, value), filters)))
    second = sign(program, norm(program, sums(program, first, filters)))
    form = program.pick(["layers.multiply([{}, {}])", "{} * {}"])
    joined = program.join(form.format(first, second), first.size, "signs")
    return sums(program, joined, program.pick(WIDTHS))


def averaged(program: Program, value: Value) -> Value:
    """Averages of sums, or of signs, with a norm behind them."""
    read = sign(program, norm(program, value)) if program.chance(0.5) else value
    height, width, channels = value.size
    if min(height, width) < 2:
        return value
    return program.join(f"layers.AveragePooling2D(2, 1)({read})", (height - 1, width - 1, channels))


def largest_signs(program: Program, value: Value) -> Value:
    """The maxima of signs, and their sums."""
    signs = sign(program, norm(program, value))
    pooled = program.join(f"layers.MaxPool2D(2, 1, 'same')({signs})", value.size, "signs")
    return sums(program, pooled, program.pick(WIDTHS))


def largest_of_joined_signs(program: Program, value: Value) -> Value:
    """The maxima of signs side by side, which no layer before them can take."""
    first = sign(program, norm(program, value))
    second = sign(program, norm(program, sums(program, first, program.pick(WIDTHS))))
    joined = concatenate(program, first, second)
    pooled = program.join(f"layers.MaxPool2D(2, 1, 'same')({joined})", joined.size, "signs")
    return sums(program, pooled, program.pick(WIDTHS))


def signs_and_sums(program: Program, value: Value) -> Value:
    """Signs, and the sums that a layer makes of them, added up."""
    signs = sign(program, norm(program, value))
    made = sums(program, signs, value.channels)
    return program.join(f"layers.Add()([{signs}, {made}])", value.size)


def bent(program: Program, value: Value) -> Value:
    """A PReLU in front of signs: one threshold, or two where a slope is below 0."""
    form = "layers.PReLU(shared_axes=[1, 2], alpha_initializer='he_normal')({})"
    made = program.join(form.format(norm(program, value)), value.size)
    return sums(program, sign(program, norm(program, made)), program.pick(WIDTHS))


def moved(program: Program, value: Value) -> Value:
    """Numbers at other places, whose signs a layer reads."""
    made = program.pick(shapes.MOVES)(program, norm(program, value))
    return sums(program, sign(program, made), program.pick(WIDTHS))


def reshaped(program: Program, value: Value) -> Value:
    """Signs in a map of another shape, whose pixels may have other channels."""
    height, width, channels = value.size
    size = (height, 2 * width, channels // 2) if channels % 2 == 0 else (width, height, channels)
    made = program.join(f"layers.Reshape({size})({norm(program, value)})", size)
    return sums(program, sign(program, made), program.pick(WIDTHS))


BLOCKS = (
    *(features, signs_beside_signs, added_sums, product_of_signs),
    *(averaged, largest_signs, signs_and_sums, bent, moved, reshaped),
)
TURNS = (*BLOCKS[:7], largest_of_joined_signs, *BLOCKS[8:], *BLOCKS, *BLOCKS)
"""One of thirty networks has what a block by itself hardly makes: a pooling of signs."""


def network(program: Program, image: Value, rank: int) -> str:
    """Scores of an image: some blocks, among them the one whose turn it is."""
    if program.chance(0.2):
        image = sign(program, image)
    value = sums(program, image, program.pick(WIDTHS))
    value = TURNS[rank % len(TURNS)](program, value)
    for _ in range(program.pick([0, 1, 2])):
        value = program.pick(BLOCKS)(program, value)
    flat = program.line(f"layers.Flatten()({sign(program, norm(program, value))})")
    units = program.pick([1, 2, 5, 10])
    flat = program.line(f"larq.layers.QuantDense({units}, kernel_quantizer='ste_sign')({flat})")
    return program.line(f"layers.BatchNormalization()({flat})") if program.chance(0.6) else flat
