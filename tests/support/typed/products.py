"""Convolutions and dense layers of a map in every form, behind a batch norm; see `FORMS`."""

from __future__ import annotations

from collections.abc import Callable

from support.typed.program import Program, Value

Form = Callable[[Program, Value], Value]


def _product(form: str, spread: int = 1, shrink: int = 1, multiplier: int = 0) -> Form:
    """A form; `{f}` are its filters, `multiplier` times the channels where that is given."""

    def apply(program: Program, value: Value) -> Value:
        height, width, channels = value.size
        filters = multiplier * channels or program.pick([1, 4, 6, 9])
        if "groups" in form:
            groups = next(of for of in (4, 3, 2, 1) if channels % of == 0)
            filters = program.pick([1, 2]) * groups
            text = form.format(x=value, f=filters, g=groups)
        else:
            text = form.format(x=value, f=filters)
        size = tuple(-(-side * spread // shrink) for side in (height, width))
        made = program.join(text, (size[0], size[1], filters))
        return program.join(f"layers.BatchNormalization()({made})", made.size)

    return apply


_SIGNS = "input_quantizer='ste_sign', kernel_quantizer='ste_sign'"
_SAME = "padding='same'"
FORMS = (
    _product(f"layers.Conv2D({{f}}, 3, {_SAME}, activation='tanh')({{x}})"),
    _product(f"layers.Conv2D({{f}}, (1, 3), strides=2, {_SAME}, use_bias=False)({{x}})", shrink=2),
    _product(f"layers.Conv2D({{f}}, 3, dilation_rate=2, {_SAME})({{x}})"),
    _product(f"layers.Conv2D({{f}}, 3, groups={{g}}, {_SAME})({{x}})"),
    _product(f"layers.DepthwiseConv2D(3, {_SAME})({{x}})", multiplier=1),
    _product(f"layers.DepthwiseConv2D(2, depth_multiplier=2, {_SAME})({{x}})", multiplier=2),
    _product(f"layers.SeparableConv2D({{f}}, 3, strides=2, {_SAME})({{x}})", shrink=2),
    _product(f"layers.Conv2DTranspose({{f}}, 3, {_SAME})({{x}})"),
    _product(f"layers.Conv2DTranspose({{f}}, 3, strides=2, {_SAME})({{x}})", spread=2),
    _product("layers.Conv2DTranspose({f}, 2, strides=2, activation='relu')({x})", spread=2),
    _product(f"larq.layers.QuantConv2DTranspose({{f}}, 3, {_SAME}, {_SIGNS})({{x}})"),
    _product("layers.Dense({f}, activation='sigmoid')({x})"),
    _product(f"larq.layers.QuantDense({{f}}, {_SIGNS})({{x}})"),
    _product("larq.layers.QuantDense({f}, kernel_quantizer='ste_sign')({x})"),
    _product(f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, {_SIGNS}, dilation_rate=2)({{x}})"),
    _product(f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, {_SIGNS}, groups={{g}})({{x}})"),
    _product(f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, kernel_quantizer='ste_sign')({{x}})"),
    _product(
        f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, kernel_quantizer='ste_tern', "
        "pad_values=2.5)({x})"
    ),
    _product(
        f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, input_quantizer='ste_tern', "
        "kernel_quantizer=larq.quantizers.SteTern(threshold_value=0.1))({x})"
    ),
    _product(
        f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, input_quantizer='ste_sign', "
        "kernel_quantizer=larq.quantizers.SteTern(ternary_weight_networks=True))({x})"
    ),
    _product(
        f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, input_quantizer='dorefa_quantizer', "
        "kernel_quantizer=larq.quantizers.DoReFa(k_bit=2, mode='weights'))({x})"
    ),
    _product(
        f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, input_quantizer='ste_heaviside', "
        "kernel_quantizer='ste_heaviside')({x})"
    ),
    _product(
        f"larq.layers.QuantConv2D({{f}}, 3, {_SAME}, input_quantizer=own.my_sign, "
        "kernel_quantizer=own.my_magnitude)({x})"
    ),
    _product(
        f"larq.layers.QuantDepthwiseConv2D(3, {_SAME}, input_quantizer='ste_sign', "
        "depthwise_quantizer='ste_sign')({x})",
        multiplier=1,
    ),
    _product(
        f"larq.layers.QuantDepthwiseConv2D(3, {_SAME}, depthwise_quantizer='ste_sign', "
        "pad_values=1.0)({x})",
        multiplier=1,
    ),
    _product(
        f"larq.layers.QuantSeparableConv2D({{f}}, 3, {_SAME}, input_quantizer='ste_sign', "
        "depthwise_quantizer='ste_sign', pointwise_quantizer='ste_sign')({x})"
    ),
)
