"""Blocks of layers as people type them: residual, dense and QuickNet blocks, real-valued ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.typed.call import Call
from support.typed.program import Program, Value

Block = Callable[[Program, Value], Value]

FILTERS = (1, 3, 4, 7, 8, 16, 17, 32, 33)
SIGNS = ("ste_sign", "approx_sign", "swish_sign")
KERNELS = ("ste_sign", "ste_sign", "approx_sign", "magnitude_aware_sign")


def _shrunk(value: Value, stride: int, channels: int) -> tuple[int, int, int]:
    height, width, _ = value.size
    return -(-height // stride), -(-width // stride), channels


def norm(program: Program, value: Value) -> Value:
    options = {
        **program.sometimes(0.3, epsilon=program.pick([1e-5, 1e-4])),
        **program.sometimes(0.3, momentum=0.9),
        **program.sometimes(0.1, scale=False),
        **program.sometimes(0.1, center=False),
    }
    return program.apply("layers.BatchNormalization", (), options, value)


def function(program: Program, value: Value) -> Value:
    """A function of single numbers."""
    forms: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("layers.ReLU", (), {}),
        ("layers.ReLU", (6.0,), {}),
        ("layers.LeakyReLU", (0.1,), {}),
        ("layers.PReLU", (), {"shared_axes": [1, 2], "alpha_initializer": "he_normal"}),
        ("layers.Activation", ("relu",), {}),
        ("layers.Activation", ("hard_tanh",), {}),
        ("tf.nn.relu", (), {}),
    ]
    name, arguments, options = program.pick(forms)
    if name == "tf.nn.relu":
        return program.join(f"tf.nn.relu({value})", value.size)
    return program.apply(name, arguments, options, value)


def sign(program: Program, value: Value) -> Value:
    """A binarization that is a layer; people place it where several layers read its signs."""
    kind = program.pick(["SteSign", "ApproxSign", "SwishSign"])
    return program.apply(f"larq.quantizers.{kind}", (), {}, value, kind="signs")


def binary_conv(program: Program, value: Value, filters: int, stride: int = 1) -> Value:
    """A QuantConv2D of a map."""
    options: dict[str, Any] = {
        **({"strides": stride} if stride > 1 else {}),
        "padding": "same",
        **_input_quantizer(program, value),
        "kernel_quantizer": program.pick(KERNELS),
        **program.sometimes(0.5, kernel_constraint="weight_clip"),
        **program.sometimes(0.6, use_bias=False),
        **program.sometimes(0.2, activation="relu"),
    }
    if options.get("input_quantizer") in SIGNS or value.kind == "signs":
        options |= program.sometimes(0.25, pad_values=program.pick([1.0, -1.0]))
    size = _shrunk(value, stride, filters)
    kernel = program.pick([1, 3, 3, 3, 5])
    return program.apply("larq.layers.QuantConv2D", (filters, kernel), options, value, size)


def _input_quantizer(program: Program, value: Value) -> dict[str, Any]:
    if value.kind == "signs":
        return {}
    drawn = program.rng.random()
    if drawn < 0.1:
        return {"input_quantizer": "ste_heaviside"}
    if drawn < 0.2:
        bits = int(program.rng.integers(1, 5))
        return {"input_quantizer": Call("larq.quantizers.DoReFa", (), {"k_bit": bits})}
    return {} if drawn < 0.24 else {"input_quantizer": program.pick(SIGNS)}


def real_conv(program: Program, value: Value, filters: int, stride: int = 1) -> Value:
    """A Conv2D, a depthwise or a separable one, binary weights on numbers, ternary weights."""
    common: dict[str, Any] = {
        **({"strides": stride} if stride > 1 else {}),
        "padding": "same",
        **program.sometimes(0.5, use_bias=False),
        **program.sometimes(0.3, activation=program.pick(["relu", "relu6"])),
    }
    size, kernel = _shrunk(value, stride, filters), program.pick([1, 3, 3, 5])
    drawn = program.rng.random()
    if drawn < 0.12:
        size = _shrunk(value, stride, value.channels)
        return program.apply("layers.DepthwiseConv2D", (kernel,), common, value, size)
    if drawn < 0.24:
        return program.apply("layers.SeparableConv2D", (filters, kernel), common, value, size)
    if drawn < 0.34:
        quantizer = {"kernel_quantizer": program.pick(["ste_sign", "ste_tern"])}
        options = {**common, **quantizer}
        return program.apply("larq.layers.QuantConv2D", (filters, kernel), options, value, size)
    if stride == 1 and drawn < 0.44:
        common |= {"dilation_rate": 2}
    elif drawn < 0.54:
        groups = [of for of in (2, 3, 4) if value.channels % of == 0 and filters % of == 0]
        common |= {"groups": groups[0]} if groups else {}
    return program.apply("layers.Conv2D", (filters, kernel), common, value, size)


def add(program: Program, first: Value, second: Value) -> Value:
    forms = [
        f"layers.add([{first}, {second}])",
        f"layers.Add()([{first}, {second}])",
        f"{first} + {second}",
        f"tf.add({first}, {second})",
    ]
    return program.join(program.pick(forms), first.size)


def concatenate(program: Program, first: Value, second: Value) -> Value:
    forms = [
        f"layers.concatenate([{first}, {second}])",
        f"layers.Concatenate()([{first}, {second}])",
        f"tf.concat([{first}, {second}], axis=-1)",
    ]
    height, width, _ = first.size
    return program.join(program.pick(forms), (height, width, first.channels + second.channels))


def residual(program: Program, value: Value) -> Value:
    """The block of Bi-Real Net, with or without functions, and a shortcut that may shrink."""
    stride = 2 if program.chance(0.3) and min(value.size[:2]) > 1 else 1
    filters = program.pick(FILTERS) if stride > 1 else value.channels
    made = binary_conv(program, value, filters, stride)
    steps: list[Block] = [norm, *[function] * program.chance(0.4)]
    program.rng.shuffle(steps)  # type: ignore[arg-type]
    for step in steps:
        made = step(program, made)
    shortcut = value
    if stride > 1:
        shortcut = norm(program, real_shortcut(program, value, filters))
    return add(program, shortcut, made)


def real_shortcut(program: Program, value: Value, filters: int) -> Value:
    half = _shrunk(value, 2, value.channels)
    options = {"strides": 2, "padding": "same"}
    value = program.apply("layers.AveragePooling2D", (2,), options, value, half)
    size = (*value.size[:2], filters)
    return program.apply("layers.Conv2D", (filters, 1), {"use_bias": False}, value, size)


def dense_block(program: Program, value: Value) -> Value:
    """New features beside the old ones."""
    for _ in range(program.pick([1, 2])):
        made = norm(program, binary_conv(program, value, program.pick([1, 4, 8, 9])))
        value = concatenate(program, value, made)
    return value


def quicknet(program: Program, value: Value) -> Value:
    """Convolution with ReLU, batch norm, shortcut; then perhaps a transition."""
    options = {
        "padding": "same",
        "pad_values": 1.0,
        "input_quantizer": "ste_sign",
        "kernel_quantizer": "ste_sign",
        "use_bias": False,
        "activation": "relu",
    }
    made = program.apply("larq.layers.QuantConv2D", (value.channels, 3), options, value)
    value = add(program, value, norm(program, made))
    if not program.chance(0.5) or min(value.size[:2]) < 3:
        return value
    value = function(program, value)
    if program.chance(0.5):
        pool = {"pool_size": program.pick([2, 3]), "strides": 1, "padding": "same"}
        value = program.apply("layers.MaxPool2D", (), pool, value)
    blur = {"strides": 2, "padding": "same", "use_bias": False, "trainable": False}
    size = _shrunk(value, 2, value.channels)
    value = program.apply("layers.DepthwiseConv2D", (3,), blur, value, size)
    filters = program.pick(FILTERS)
    size = (*value.size[:2], filters)
    value = program.apply("layers.Conv2D", (filters, 1), {"use_bias": False}, value, size)
    return norm(program, value)


def real_block(program: Program, value: Value) -> Value:
    """Real-valued layers in the middle."""
    value = real_conv(program, value, program.pick(FILTERS))
    for step in ([norm] * program.chance(0.7)) + ([function] * program.chance(0.5)):
        value = step(program, value)
    return value


def pool(program: Program, value: Value) -> Value:
    """Average or maximum of windows."""
    kind = program.pick(["AveragePooling2D", "AvgPool2D", "MaxPool2D"])
    size = program.pick([1, 2, 3])
    stride = program.pick([1, 2])
    options = {"strides": stride, "padding": "same"}
    shrunk = _shrunk(value, stride, value.channels)
    return program.apply(f"layers.{kind}", (size,), options, value, shrunk)


def two_paths(program: Program, value: Value) -> Value:
    """Two layers that read one value, joined by a product, a sum, or side by side."""
    filters = program.pick(FILTERS)
    shared = sign(program, value) if program.chance(0.4) else value
    first = norm(program, binary_conv(program, shared, filters))
    second = norm(program, binary_conv(program, shared, filters))
    if program.chance(0.3):
        form = program.pick(["layers.multiply([{}, {}])", "{} * {}", "tf.multiply({}, {})"])
        return program.join(form.format(first, second), first.size)
    return program.pick([add, concatenate])(program, first, second)


def shared_quantizer(program: Program, value: Value) -> Value:
    """One quantizer object in two layers."""
    quantizer = program.line(program.pick(["larq.quantizers.SteSign()"] * 2), "q")
    filters, made = program.pick(FILTERS), []
    for size in (1, 3):
        layer = (
            f"larq.layers.QuantConv2D({filters}, {size}, padding='same', "
            f"input_quantizer={quantizer}, kernel_quantizer={quantizer})"
        )
        made.append(norm(program, program.join(f"{layer}({value})", (*value.size[:2], filters))))
    return add(program, *made)


def nested(program: Program, value: Value) -> Value:
    """A block in a model of its own."""
    with program.inside(value) as inside:
        made = program.pick([residual, dense_block, real_block])(program, inside)
        model = program.line(f"keras.Model({inside}, {made})", "block")
    return program.join(f"{model}({value})", made.size)


def shared_layer(program: Program, value: Value) -> Value:
    """One layer with weights at two places."""
    options = "padding='same', input_quantizer='ste_sign', kernel_quantizer='ste_sign'"
    layer = program.line(f"larq.layers.QuantConv2D({value.channels}, 3, {options})", "conv")
    first = norm(program, program.join(f"{layer}({value})", value.size))
    second = norm(program, program.join(f"{layer}({first})", value.size))
    return add(program, value if program.chance(0.5) else first, second)


def shared_model(program: Program, value: Value) -> Value:
    """A block in a model that is called twice."""
    with program.inside(value) as inside:
        made = norm(program, binary_conv(program, inside, value.channels))
        joined = add(program, inside, made)
        model = program.line(f"keras.Model({inside}, {joined})", "block")
    first = program.join(f"{model}({value})", value.size)
    return add(program, first, program.join(f"{model}({first})", value.size))


def parts(program: Program, value: Value) -> Value:
    """The channels in two parts, one of which goes through a layer."""
    height, width, channels = value.size
    if channels < 2:
        return value
    if channels % 2 == 0 and program.chance(0.6):
        half = channels // 2
        forms = [f"tf.split({value}, 2, axis=-1)", f"tf.split({value}, [{half}, {half}], 3)"]
        split = program.line(program.pick(forms), "parts")
        names = [f"{split}[0]", f"{split}[1]"]
    else:
        half = int(program.rng.integers(1, channels))
        names = [f"{value}[:, :, :, :{half}]", f"{value}[:, :, :, {half}:]"]
        names = [program.line(name, "part") for name in names]
    first = Value(names[0], (height, width, half))
    second = Value(names[1], (height, width, channels - half))
    made = norm(program, binary_conv(program, second, second.channels))
    return concatenate(program, first, add(program, second, made))


BLOCKS: tuple[Block, ...] = (
    *(residual, residual, dense_block, quicknet, quicknet, real_block, pool, two_paths),
    *(shared_quantizer, shared_layer, shared_model, parts, nested, function),
)
