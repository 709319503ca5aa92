"""Networks of sequences: steps x channels, with layers along one axis; see `FORMS`."""

from __future__ import annotations

from collections.abc import Callable

from support.typed.program import Program, Value

Form = Callable[[Program, Value], Value]
Resize = Callable[[int], int]


def _form(text: str, steps: Resize, channels: Callable[[int, int], int], least: int = 1) -> Form:
    """A form of a value of one row: `{x}`, its channels `{c}`, and `{f}` filters."""

    def apply(program: Program, value: Value) -> Value:
        _, length, old = value.size
        if length < least:
            return value
        filters = program.pick([3, 8, 9])
        made = text.format(x=value, c=old, f=filters)
        return program.join(made, (1, steps(length), channels(old, filters)))

    return apply


def _kept(length: int) -> int:
    return length


def _half(length: int) -> int:
    return -(-length // 2)


def _same(old: int, _filters: int) -> int:
    return old


def _new(_old: int, filters: int) -> int:
    return filters


_SIGNS = "input_quantizer='ste_sign', kernel_quantizer='ste_sign'"
_PAD = "padding='same'"
FORMS = (
    _form(f"larq.layers.QuantConv1D({{f}}, 3, {_PAD}, {_SIGNS})({{x}})", _kept, _new),
    _form(f"larq.layers.QuantConv1D({{f}}, 3, padding='causal', {_SIGNS})({{x}})", _kept, _new),
    _form(
        f"larq.layers.QuantConv1D({{f}}, 3, {_PAD}, pad_values=1.0, {_SIGNS})({{x}})", _kept, _new
    ),
    _form(f"layers.Conv1D({{f}}, 3, {_PAD}, activation='relu')({{x}})", _kept, _new),
    _form("layers.Conv1D({f}, 2, padding='causal', dilation_rate=2)({x})", _kept, _new),
    _form(f"layers.Conv1D({{f}}, 3, strides=2, {_PAD})({{x}})", _half, _new),
    _form(f"layers.Conv1DTranspose({{f}}, 3, strides=2, {_PAD})({{x}})", lambda n: 2 * n, _new),
    _form(f"layers.SeparableConv1D({{f}}, 3, {_PAD})({{x}})", _kept, _new),
    _form(f"layers.DepthwiseConv1D(3, {_PAD})({{x}})", _kept, _same),
    _form(
        f"larq.layers.QuantSeparableConv1D({{f}}, 3, {_PAD}, input_quantizer='ste_sign', "
        "depthwise_quantizer='ste_sign', pointwise_quantizer='ste_sign')({x})",
        _kept,
        _new,
    ),
    _form("layers.MaxPooling1D(2)({x})", lambda n: n // 2, _same, 2),
    _form("layers.MaxPool1D(3, 1, 'same')({x})", _kept, _same),
    _form("layers.AveragePooling1D(2)({x})", lambda n: n // 2, _same, 2),
    _form("layers.ZeroPadding1D((1, 2))({x})", lambda n: n + 3, _same),
    _form("layers.Cropping1D((1, 0))({x})", lambda n: n - 1, _same, 2),
    _form("layers.UpSampling1D(2)({x})", lambda n: 2 * n, _same),
    _form("layers.Dense({f})({x})", _kept, _new),
    _form(f"larq.layers.QuantDense({{f}}, {_SIGNS})({{x}})", _kept, _new),
    _form("layers.LayerNormalization()({x})", _kept, _same),
    _form("layers.SpatialDropout1D(0.2)({x})", _kept, _same),
    _form("layers.PReLU(shared_axes=[1])({x})", _kept, _same),
    _form("layers.Add()([{x}, layers.Dense({c})({x})])", _kept, _same),
    _form("layers.Concatenate()([{x}, layers.ReLU()({x})])", _kept, lambda c, _f: 2 * c),
    _form("layers.Concatenate(axis=1)([{x}, layers.ReLU()({x})])", lambda n: 2 * n, _same),
    _form("layers.RepeatVector(3)(layers.GlobalMaxPooling1D()({x}))", lambda _n: 3, _same),
    _form("tf.nn.relu({x})[:, 1:]", lambda n: n - 1, _same, 2),
    _form("layers.Reshape((-1, {c}))(layers.Flatten()({x}))", _kept, _same),
)


def network(program: Program, image: Value, forced: tuple[Form, ...]) -> str:
    """Scores of a sequence, some forms with norms and signs between them."""
    value = program.pick(FORMS[3:6])(program, image)
    for form in (*forced, program.pick(FORMS[:3])):
        made = form(program, value)
        value = program.join(f"layers.BatchNormalization()({made})", made.size)
        if program.chance(0.3):
            value = program.pick(FORMS[:3])(program, value)
    head = ["GlobalAveragePooling1D", "GlobalMaxPooling1D", "GlobalMaxPool1D", "Flatten"]
    flat = program.line(f"layers.{program.pick(head)}()({value})")
    return program.line(f"layers.Dense({program.pick([1, 2, 6])})({flat})")
